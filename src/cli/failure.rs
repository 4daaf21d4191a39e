//! Everything that can go wrong, as a person and a script see it. The only place that knows exit
//! codes.

use crate::columnar::QueryError;
use crate::plan::SelectionError;
use crate::runner::{NO_CHECKPOINT_HINT, RunError, SnapshotError};
use crate::spec::SpecError;
use crate::stage_api::ParamError;
use crate::store::{StoreError, is_full};
use serde_json::json;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Done, or nothing to do.
    Done = 0,
    /// A stage failed.
    Failed = 1,
    /// Usage, an invalid pipeline, an input that is not there: nothing ran.
    Usage = 2,
    /// `status --exit-code`: something is stale.
    Stale = 3,
    /// Another run holds the lock.
    Locked = 4,
    /// The store is damaged and could not mend itself.
    Damaged = 5,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// What to do about an input that is not there.
const NO_FILES: &str = "put MIDI files there, or name another folder, in the pipeline or as its variable: --set corpus=DIR";
/// The same for a stage that reads other files than MIDI.
const NO_OTHER_FILES: &str = "put the files there, or correct the path in the pipeline";

/// An error on its way to a person.
#[derive(Debug, Default)]
pub(super) struct Failure {
    pub(super) exit: Option<ExitCode>,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) place: Option<Box<Place>>,
    pub(super) hint: Option<String>,
}

/// Where an error is.
#[derive(Debug)]
pub(super) struct Place {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    setting: Option<String>,
}

impl Place {
    fn in_file(file: String, line: Option<usize>, column: Option<usize>) -> Option<Box<Self>> {
        Some(Box::new(Self { file: Some(file), line, column, setting: None }))
    }
}

impl Failure {
    pub(super) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self { exit: Some(ExitCode::Usage), code, message: message.into(), ..Self::default() }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn exit(&self) -> ExitCode {
        self.exit.unwrap_or(ExitCode::Failed)
    }

    /// `{"error": {...}}`, as the design has it.
    pub(super) fn json(&self) -> serde_json::Value {
        let Self { exit: _, code, message, place, hint } = self;
        let place = place.as_deref();
        json!({ "error": {
            "code": code,
            "message": message,
            "file": place.and_then(|place| place.file.as_ref()),
            "line": place.and_then(|place| place.line),
            "column": place.and_then(|place| place.column),
            "hint": hint,
        }})
    }

    /// Whether it is about what a file says, so that an edit may mend it.
    pub(super) fn is_in_file(&self) -> bool {
        self.place.as_deref().is_some_and(|place| place.file.is_some() && place.setting.is_none())
    }

    /// Where it is: `file:line:column: `, as far as known.
    pub(super) fn place(&self) -> String {
        match self.place.as_deref() {
            Some(Place { setting: Some(setting), .. }) => format!("--set {setting}: "),
            Some(Place { file: Some(file), line: Some(line), column: Some(column), .. }) => {
                format!("{file}:{line}:{column}: ")
            }
            Some(Place { file: Some(file), .. }) => format!("{file}: "),
            _ => String::new(),
        }
    }

    /// A stage's objection to a pipeline.
    pub(super) fn invalid(file: String, place: crate::spec::Position, invalid: ParamError) -> Self {
        Self {
            exit: Some(ExitCode::Usage),
            code: "invalid_stage",
            message: invalid.message,
            place: Place::in_file(file, Some(place.line), Some(place.column)),
            hint: invalid.hint,
        }
    }
}

impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        Self {
            exit: Some(ExitCode::Usage),
            code: error.code(),
            message: error.message(),
            place: Some(Box::new(Place {
                file: error.file().map(|path| path.display().to_string()),
                line: error.line(),
                column: error.column(),
                setting: error.setting().map(str::to_owned),
            })),
            hint: error.hint().map(str::to_owned),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (exit, code) = match &error {
            StoreError::Io(io) if is_full(io) => (ExitCode::Failed, "disk_full"),
            StoreError::Io(_) => (ExitCode::Usage, "store_io"),
            StoreError::AlreadyExists { .. } => (ExitCode::Usage, "taken"),
            StoreError::Unwritable { .. } => (ExitCode::Usage, "unwritable"),
            StoreError::Version { .. } => (ExitCode::Damaged, "store_version"),
            StoreError::Locked { .. } => (ExitCode::Locked, "locked"),
            StoreError::Interrupted { .. } => (ExitCode::Interrupted, "interrupted"),
            StoreError::PruneUnsafe { .. } => (ExitCode::Damaged, "store_unsure"),
        };
        let (message, hint) = (error.to_string(), error.hint().map(str::to_owned));
        Self { exit: Some(exit), code, message, hint, ..Self::default() }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Store(error) => error.into(),
            RunError::Snapshot(SnapshotError::Spec(error)) => {
                let failure = Self::from(error);
                if failure.hint.is_some() { failure } else { failure.hint(NO_FILES) }
            }
            RunError::Snapshot(error @ SnapshotError::NoFiles { .. }) => {
                let message = error.to_string();
                let SnapshotError::NoFiles { file, position, input, .. } = error else {
                    unreachable!()
                };
                Self {
                    place: Place::in_file(
                        file.display().to_string(),
                        Some(position.line),
                        Some(position.column),
                    ),
                    ..Self::usage("no_files", message)
                }
                .hint(if input == "midi" { NO_FILES } else { NO_OTHER_FILES })
            }
            RunError::Selection(error) => {
                let message = error.to_string();
                match error {
                    SelectionError::Unknown { name, known, .. } => {
                        let hint = super::project::stage_hint(&name, &known);
                        Self::usage("unknown_stage", message).hint(hint)
                    }
                    SelectionError::Nothing { .. } => Self::usage("nothing_selected", message)
                        .hint("--from names the first stage, --until one that depends on it"),
                }
            }
            RunError::NothingRecorded { .. } => Self::usage("nothing_recorded", error.to_string())
                .hint("run without --only or --from once"),
            RunError::NoCheckpoint { .. } => {
                Self::usage("no_checkpoint", error.to_string()).hint(NO_CHECKPOINT_HINT)
            }
            RunError::NoGpu { .. } => {
                let message = error.to_string();
                let RunError::NoGpu { file, position, .. } = error else { unreachable!() };
                let file = file.display().to_string();
                Self {
                    place: Place::in_file(file, Some(position.line), Some(position.column)),
                    ..Self::usage("no_gpu", message)
                }
                .hint("write 'gpu: optional' if it can do without, or leave it out with --until")
            }
            RunError::Interrupted => Self {
                exit: Some(ExitCode::Interrupted),
                code: "interrupted",
                message: error.to_string(),
                ..Self::default()
            },
            RunError::Scheduler(_) => {
                Self { code: "scheduler", message: error.to_string(), ..Self::default() }
            }
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        let (message, hint) = match &error {
            QueryError::UnknownColumn { name, nearest, columns } => {
                let columns = format!("The columns are {}", columns.join(", "));
                let near = nearest.as_ref().map(|near| format!("did you mean '{near}'? "));
                let hint = near.unwrap_or_default() + &columns;
                (format!("unknown column '{name}'"), Some(hint))
            }
            QueryError::Sql { hint, .. } => (error.to_string(), hint.clone()),
            _ => (error.to_string(), None),
        };
        Self { hint, ..Self::usage("query", message) }
    }
}

/// Shows clap's own message; a missing or wrong argument ends with 2, `--help` with 0.
pub(super) fn usage(error: &clap::Error) -> std::process::ExitCode {
    use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
    let asked = matches!(error.kind(), DisplayHelp | DisplayVersion);
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if wants_json && !asked {
        let text = error.render().to_string();
        let told = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
        let told: Vec<&str> = told.filter(|line| !line.is_empty()).collect();
        let message = told.join(" ");
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        return super::Output { json: true }.failure(&Failure::usage("usage", message)).into();
    }
    // Nothing can be done when stderr is closed.
    let _ = error.print();
    if asked { ExitCode::Done.into() } else { ExitCode::Usage.into() }
}
