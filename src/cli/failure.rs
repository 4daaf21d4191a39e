//! Errors as the user and scripts see them: message, location, hint, stable code and exit code.

use crate::columnar::QueryError;
use crate::plan::SelectionError;
use crate::runner::{NO_CHECKPOINT_HINT, RunError, SnapshotError};
use crate::spec::{Position, SpecError};
use crate::store::{StoreError, is_full};
use crate::text::suggest;
use serde_json::json;
use std::path::Path;

/// The program's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExitCode {
    /// Success, or nothing to do.
    Done = 0,
    /// A stage failed.
    #[default]
    Failed = 1,
    /// Wrong usage, an invalid pipeline or a missing input; nothing ran.
    Usage = 2,
    /// `status --exit-code`: a stage is stale.
    Stale = 3,
    /// Another run holds the lock.
    Locked = 4,
    /// The store is damaged and could not repair itself.
    Damaged = 5,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// Hint for a missing input of a stage that reads MIDI files.
const NO_MIDI_HINT: &str = "put MIDI files there, or name another folder, in the pipeline or as its variable: --set corpus=DIR";
/// Hint for any other missing input.
const NO_FILES_HINT: &str = "put the files there, or correct the path in the pipeline";

/// An error to print.
#[derive(Debug, Default)]
pub(super) struct Failure {
    pub(super) exit: ExitCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    location: Box<Location>,
    pub(super) hint: Option<String>,
}

#[derive(Debug, Default)]
struct Location {
    file: Option<String>,
    position: Option<Position>,
    setting: Option<String>,
}

impl Failure {
    fn new(exit: ExitCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into(), ..Self::default() }
    }

    pub(super) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, code, message)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn with_exit(self, exit: ExitCode) -> Self {
        Self { exit, ..self }
    }

    pub(super) fn at(self, file: &Path, position: Position) -> Self {
        let (file, position) = (Some(file.display().to_string()), Some(position));
        Self { location: Box::new(Location { file, position, setting: None }), ..self }
    }

    /// Returns `{"error": {...}}`.
    pub(super) fn json(&self) -> serde_json::Value {
        let Self { exit: _, code, message, location, hint } = self;
        let Location { file, position, setting: _ } = &**location;
        json!({ "error": {
            "code": code,
            "message": message,
            "file": file,
            "line": position.map(|position| position.line),
            "column": position.map(|position| position.column),
            "hint": hint,
        }})
    }

    /// Returns true if the error is in a file, so that an edit may fix it.
    pub(super) fn is_in_file(&self) -> bool {
        self.location.file.is_some() && self.location.setting.is_none()
    }

    /// Returns `file:line:column: ` as far as known, or `--set KEY=VALUE: `; empty if there is no location.
    pub(super) fn location(&self) -> String {
        match &*self.location {
            Location { setting: Some(setting), .. } => format!("--set {setting}: "),
            Location { file: None, .. } => String::new(),
            Location { file: Some(file), position: None, .. } => format!("{file}: "),
            Location { file: Some(file), position: Some(Position { line, column }), .. } => {
                format!("{file}:{line}:{column}: ")
            }
        }
    }
}

/// Returns a hint for an unknown stage: the nearest of `stages`, or all of them if they are few.
pub(super) fn stage_hint(name: &str, stages: &[String]) -> String {
    suggest::or_list(name, "stages", stages)
        .unwrap_or_else(|| format!("it has {} stages; 'partita graph' lists them", stages.len()))
}

impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        let file = error.file.as_ref().map(|path| path.display().to_string());
        let (position, setting) = (error.position(), error.setting.clone());
        Self {
            location: Box::new(Location { file, position, setting }),
            hint: error.hint().map(str::to_owned),
            ..Self::usage(error.code(), error.message())
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (exit, code) = match &error {
            StoreError::Io(io) if is_full(io) => (ExitCode::Failed, "disk_full"),
            StoreError::Io(_) => (ExitCode::Usage, "store_io"),
            StoreError::UnusableRoot { .. } => (ExitCode::Usage, "unusable_artifacts"),
            StoreError::AlreadyExists(_) => (ExitCode::Usage, "taken"),
            StoreError::Unwritable { .. } => (ExitCode::Usage, "unwritable"),
            StoreError::Version { .. } => (ExitCode::Damaged, "store_version"),
            StoreError::Locked { .. } => (ExitCode::Locked, "locked"),
            StoreError::Interrupted(_) => (ExitCode::Interrupted, "interrupted"),
            StoreError::PruneUnsafe(_) => (ExitCode::Damaged, "store_unsure"),
        };
        let hint = error.hint().map(str::to_owned);
        Self { hint, ..Self::new(exit, code, error.to_string()) }
    }
}

/// Returns the hint for an input without files.
fn missing_hint(input: &str) -> &'static str {
    if input == "midi" { NO_MIDI_HINT } else { NO_FILES_HINT }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        let usage = |code, hint: &str| Self::usage(code, message.as_str()).hint(hint);
        match error {
            RunError::Store(error) => error.into(),
            RunError::Snapshot(SnapshotError::Spec { input, error }) => {
                let failure = Self::from(error);
                if failure.hint.is_some() { failure } else { failure.hint(missing_hint(&input)) }
            }
            RunError::Snapshot(SnapshotError::NoFiles { file, position, input, .. }) => {
                usage("no_files", missing_hint(&input)).at(&file, position)
            }
            RunError::Snapshot(SnapshotError::EqualNames { file, position, names, .. }) => {
                usage("equal_names", &names.hint()).at(&file, position)
            }
            RunError::Selection(SelectionError::Unknown { name, known, .. }) => {
                usage("unknown_stage", &stage_hint(&name, &known))
            }
            RunError::Selection(SelectionError::Nothing { .. }) => usage(
                "nothing_selected",
                "--from names the first stage, --until one that depends on it",
            ),
            RunError::NothingRecorded { .. } => {
                usage("nothing_recorded", "run without --only or --from once")
            }
            RunError::NoCheckpoint { .. } => usage("no_checkpoint", NO_CHECKPOINT_HINT),
            RunError::NoGpu { file, position, .. } => {
                let hint =
                    "write 'gpu: optional' if it can do without, or leave it out with --until";
                usage("no_gpu", hint).at(&file, position)
            }
            RunError::Interrupted => Self::new(ExitCode::Interrupted, "interrupted", message),
            RunError::Scheduler(_) => Self::new(ExitCode::Failed, "scheduler", message),
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        let (message, hint) = match &error {
            QueryError::UnknownColumn { name, nearest, columns } => {
                let near = nearest.as_ref().map(|near| format!("did you mean '{near}'? "));
                let columns = format!("The columns are {}", columns.join(", "));
                (format!("unknown column '{name}'"), Some(near.unwrap_or_default() + &columns))
            }
            QueryError::Sql { hint, .. } | QueryError::Condition { hint, .. } => {
                (error.to_string(), hint.clone())
            }
            _ => (error.to_string(), None),
        };
        Self { hint, ..Self::usage("query", message) }
    }
}
