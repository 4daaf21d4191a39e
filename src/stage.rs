//! What a stage is to the runner: a kind that says what it accepts, and a function from inputs to
//! files. The runner knows no concrete kind; `stages/` implements this trait once per kind.

use crate::event::Parts;
use crate::fingerprint::Digest;
use crate::spec::{self, Command, Kind, StageId, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

mod previous;

pub use partita_vae::Device;
pub use previous::Previous;

/// A stage kind at work.
pub trait Stage: Sync {
    /// What it accepts and makes.
    fn kind(&self) -> &'static Kind;

    /// Checks what the schema cannot: conditions, combinations of parameters. Nothing has run yet.
    ///
    /// # Errors
    /// The first thing that is wrong, with the key it belongs to.
    fn check(&self, _stage: &spec::StageInstance) -> Result<(), Invalid> {
        Ok(())
    }

    /// Does the work: reads `context`'s inputs, writes every declared output below
    /// [`Context::out`], and tells in one line what came out.
    ///
    /// # Errors
    /// When it cannot finish; nothing is recorded then.
    fn run(&self, context: &Context<'_>) -> Result<String, StageError>;

    /// Whether it computes on [`Context::device`]; what does not is recorded as the processor's.
    fn uses_device(&self) -> bool {
        false
    }

    /// Whether it takes parts of its own last outputs: whether [`Context::previous`] is of use to it.
    fn takes_parts(&self) -> bool {
        false
    }

    /// Whether it goes on, after an interruption, from what it left in [`Context::kept`].
    fn resumes(&self) -> bool {
        false
    }

    /// The file below [`Context::kept`] by which an interrupted attempt can be ended early. It is there in
    /// full as soon as there is something to end with, and not at all before. `None`: this kind cannot.
    fn finishes_from(&self) -> Option<&'static str> {
        None
    }

    /// Ends an interrupted attempt with what [`Context::kept`] holds: writes every declared output below
    /// [`Context::out`] and leaves what is kept as it is, so that [`Stage::run`] can still go on from there.
    ///
    /// # Errors
    /// When what is kept cannot be used; nothing is recorded then.
    fn finish(&self, _context: &Context<'_>) -> Result<Ending, StageError> {
        Err(StageError::failed("a stage of this kind cannot be finished early"))
    }

    /// What a run folder shows of this stage.
    fn exhibits(&self) -> &'static [Exhibit] {
        &[]
    }
}

/// How a stage's work ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// One line on what came out.
    pub summary: String,
    /// What is missing from the whole, as a person reads it: `finished early at epoch 3 of 20`. `None`: it
    /// is the whole.
    pub partial: Option<String>,
}

/// A rule from a stage's files to the run folder.
#[derive(Debug, Clone, Copy)]
pub struct Exhibit {
    /// Outputs, or diagnostics.
    pub of: Shelf,
    /// Path among them; a folder when it ends in `/`, and everything when it is empty.
    pub from: &'static str,
    /// Path in the run folder, `{run}` standing for the run's id; a folder when it ends in `/`.
    pub to: &'static str,
}

/// Where an exhibit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Deterministic, digested.
    Outputs,
    /// Kept, not digested into what depends on it.
    Diagnostics,
}

/// A pipeline that its schema accepts and its stage does not.
#[derive(Debug, Clone)]
pub struct Invalid {
    /// `where`, or a parameter's name.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

/// Why a stage did not finish.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The person asked to stop, and it did.
    #[error("interrupted")]
    Interrupted,
    /// It cannot go on.
    #[error("{message}")]
    Failed {
        /// What happened, with the place.
        message: String,
        /// What may help.
        hint: Option<String>,
    },
}

impl StageError {
    /// A failure by any error's message.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed { message: error.to_string(), hint: None }
    }

    /// A failure with advice.
    pub fn advised(error: impl std::fmt::Display, hint: impl Into<String>) -> Self {
        Self::Failed { message: error.to_string(), hint: Some(hint.into()) }
    }
}

impl From<std::io::Error> for StageError {
    fn from(error: std::io::Error) -> Self {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let hint = full.then(|| "free some space and run again: finished stages are kept".into());
        Self::Failed { message: error.to_string(), hint }
    }
}

/// One file of an input.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// Path as the fingerprint has it: relative to the glob's literal part, or the upstream's own.
    pub path: String,
    /// Where its bytes are.
    pub location: PathBuf,
    /// Digest; `None`: it could not be read, and the stage says so in its own way.
    pub digest: Option<Digest>,
    /// Size in bytes.
    pub size: u64,
}

/// One input: the files of a `files:` entry, or of one upstream instance.
#[derive(Debug, Clone)]
pub struct InputSet {
    /// The upstream instance.
    pub stage: Option<StageId>,
    /// The output that was asked for.
    pub output: Option<String>,
    /// In the order of their paths.
    pub files: Vec<InputFile>,
}

impl InputSet {
    /// The file at a path.
    ///
    /// # Errors
    /// When there is none: the upstream stage made something else.
    pub fn file(&self, path: &str) -> Result<&Path, StageError> {
        let found = self.files.iter().find(|file| file.path == path);
        found.map(|file| file.location.as_path()).ok_or_else(|| {
            StageError::failed(format!("the input has no file '{path}' among its outputs"))
        })
    }

    /// The files below a folder (which ends in `/`) that end in `suffix`, in the order of paths.
    pub fn below<'a>(
        &'a self,
        folder: &'a str,
        suffix: &'a str,
    ) -> impl Iterator<Item = &'a InputFile> {
        self.files.iter().filter(move |f| f.path.starts_with(folder) && f.path.ends_with(suffix))
    }
}

/// Set once, by Ctrl-C; work looks at it between files and steps.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// An error once somebody asked.
    ///
    /// # Errors
    /// [`StageError::Interrupted`].
    pub fn check(&self) -> Result<(), StageError> {
        if self.is_set() { Err(StageError::Interrupted) } else { Ok(()) }
    }
}

/// How a stage tells where it is. Every call is cheap; sinks drop what comes too often.
pub trait Reporter: Sync {
    /// `done` of `total` (zero: unknown), counted in `unit`, with a few words.
    fn progress(&self, unit: &'static str, done: u64, total: u64, about: &str);
    /// A fact worth reading.
    fn note(&self, text: &str);
    /// Something that a person should look at.
    fn warning(&self, text: &str);
    /// Of how many parts its outputs are made, at the end of the counting.
    fn parts(&self, parts: Parts);
}

/// Everything that a stage may know.
pub struct Context<'a> {
    /// The instance.
    pub id: &'a StageId,
    /// Every parameter of the kind, validated.
    pub params: &'a BTreeMap<String, Value>,
    /// `where:`.
    pub filter: Option<&'a str>,
    /// For `command` stages.
    pub command: Option<&'a Command>,
    /// Inputs by name; more than one set only for `gather:`.
    pub inputs: BTreeMap<String, Vec<InputSet>>,
    /// Its own last outputs, when parts of them may be taken: made by today's implementation, whole, and
    /// the stage is not forced.
    pub previous: Option<&'a Previous>,
    /// An empty folder for the outputs.
    pub out: PathBuf,
    /// An empty folder for the diagnostics.
    pub diagnostics: PathBuf,
    /// A folder that survives an interruption.
    pub kept: PathBuf,
    /// An empty folder that goes when the stage ends, however it ends.
    pub scratch: PathBuf,
    /// The project's root: where a command's relative paths start.
    pub root: &'a Path,
    /// The derived seed.
    pub seed: u64,
    /// Where to compute.
    pub device: Device,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Where to tell.
    pub report: &'a dyn Reporter,
}

impl Context<'_> {
    /// The one set of an input.
    ///
    /// # Errors
    /// When the pipeline does not name that input.
    pub fn input(&self, name: &str) -> Result<&InputSet, StageError> {
        let first = self.inputs.get(name).and_then(|sets| sets.first());
        first.ok_or_else(|| StageError::failed(format!("the input '{name}' is not there")))
    }

    /// The parameters as a struct with one field each.
    ///
    /// # Errors
    /// When the struct and the kind's schema disagree, which is a fault of the program.
    pub fn parameters<T: serde::de::DeserializeOwned>(&self) -> Result<T, StageError> {
        let value = serde_json::to_value(self.params).map_err(StageError::failed)?;
        serde_json::from_value(value).map_err(StageError::failed)
    }
}

/// All kinds by name.
#[derive(Clone, Copy)]
pub struct Registry(pub &'static [&'static dyn Stage]);

impl Registry {
    /// The schemas, in the order of a pipeline's flow.
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static Kind> {
        self.0.iter().map(|stage| stage.kind()).collect()
    }

    /// The implementation of a validated stage's kind.
    ///
    /// # Errors
    /// When the stage was validated against another registry.
    pub fn get(&self, kind: &Kind) -> Result<&'static dyn Stage, StageError> {
        let found = self.0.iter().find(|stage| stage.kind().name == kind.name).copied();
        found.ok_or_else(|| StageError::failed(format!("no stage kind '{}' here", kind.name)))
    }
}
