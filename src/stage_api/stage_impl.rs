//! The trait that a stage kind implements.

use super::{ParamError, Result, RunExport, StageContext, StageError};
use crate::spec::{self, StageKind};

/// The implementation of a stage kind.
pub trait StageImpl: Sync {
    /// Returns the schema: what the kind accepts and produces.
    fn kind(&self) -> &'static StageKind;

    /// Checks what the schema cannot: conditions, combinations of parameters. Called before anything runs.
    ///
    /// # Errors
    /// Returns the first error, with the key that it belongs to.
    fn check(&self, _stage: &spec::StageInstance) -> Result<(), ParamError> {
        Ok(())
    }

    /// Runs the stage: reads the context's inputs, writes every declared output into
    /// [`StageContext::out`], and returns a one-line summary.
    ///
    /// # Errors
    /// Returns an error if the stage cannot finish; nothing is recorded then.
    fn run(&self, context: &StageContext<'_>) -> Result<String>;

    /// Returns the file in [`StageContext::resume_dir`] from which an interrupted attempt can be finished
    /// early, or `None` if the kind does not support that. The file exists only in full, and only once
    /// there is something to finish with.
    fn checkpoint_file(&self) -> Option<&'static str> {
        None
    }

    /// Finishes an interrupted attempt from [`StageContext::resume_dir`]: writes every declared output into
    /// [`StageContext::out`] and leaves the resume folder unchanged, so that [`StageImpl::run`] can still
    /// continue from it.
    ///
    /// # Errors
    /// Returns an error if the checkpoint cannot be used; nothing is recorded then.
    fn finish_early(&self, _context: &StageContext<'_>) -> Result<Completion> {
        Err(StageError::failed("a stage of this kind cannot be finished early"))
    }

    /// Returns which of the stage's files a run folder shows.
    fn run_exports(&self) -> &'static [RunExport] {
        &[]
    }
}

/// The result of a stage that finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// One line about the outputs.
    pub summary: String,
    /// How far the stage came, if it was finished early: `finished early at epoch 3 of 20`.
    pub partial: Option<String>,
}
