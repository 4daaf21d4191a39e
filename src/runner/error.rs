//! Errors of a run as a whole.

use super::snapshot::SnapshotError;
use crate::plan::SelectionError;
use crate::spec::Position;
use crate::store::StoreError;
use std::path::PathBuf;

/// Why a run could not begin or could not be concluded.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An input is missing.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A requested stage does not exist.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// An upstream stage outside the selection has no recorded outputs.
    #[error("stage '{stage}' needs '{upstream}', which {}", why.as_deref().unwrap_or("has not run yet"))]
    NothingRecorded {
        /// The selected stage.
        stage: String,
        /// The upstream stage.
        upstream: String,
        /// Why its record is lost, if there was one: `must run again: record of x is corrupt`.
        why: Option<String>,
    },
    /// A stage that must run needs a GPU, and there is none.
    #[error("stage '{stage}' requires a GPU, and there is none to use")]
    NoGpu {
        /// The stage.
        stage: String,
        /// The pipeline file.
        file: PathBuf,
        /// Position of `gpu:`.
        position: Position,
    },
    /// A stage is to be finished early and has no checkpoint.
    #[error("there is nothing to finish early: stage '{stage}' has no checkpoint ({reason})")]
    NoCheckpoint {
        /// The stage.
        stage: String,
        /// Why it has to run.
        reason: String,
    },
    /// The user asked to stop before the first stage started.
    #[error("interrupted while input files were read; what was read need not be read again")]
    Interrupted,
    /// The scheduler's thread cannot be set up.
    #[error("cannot start the scheduler: {0}")]
    Scheduler(std::io::Error),
}
