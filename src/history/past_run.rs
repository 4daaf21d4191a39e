//! A past run as a value.

use crate::event::Outcome;
use crate::runner::ResolvedPipeline;
use crate::store::Files;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// State of a past run: how it ended, in progress, or killed.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum RunStatus {
    /// All stages succeeded.
    Done,
    /// All stages were up to date.
    Fresh,
    /// A stage failed.
    Failed,
    /// The user interrupted it.
    Interrupted,
    /// It is still active.
    Running,
    /// It was killed: no process works on it, and it has no summary.
    #[default]
    Unfinished,
}

/// One stage of a past run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PastStage {
    /// Instance id.
    pub name: String,
    /// Stage kind.
    pub kind: String,
    /// How it ended; `None` if it was running when the run was killed, or is running now.
    pub outcome: Option<Outcome>,
    /// Wall time; zero if unknown.
    pub seconds: f64,
    /// Visible outputs, relative to the project.
    pub outputs: Vec<String>,
    /// The fingerprint, if known.
    pub fingerprint: Option<String>,
    /// One line: a summary of the outputs, or the error.
    pub detail: String,
    /// Reason why the outputs are incomplete: `finished early at epoch 3 of 20`.
    pub partial: Option<String>,
    /// Advice after a failure.
    pub hint: Option<String>,
}

impl PastStage {
    /// Returns whether the stage has outputs.
    pub fn succeeded(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Ran | Outcome::Fresh | Outcome::Restored))
    }
}

/// A past or active run.
#[derive(Debug, Clone)]
pub struct PastRun {
    /// Run id.
    pub id: String,
    /// The files below `artifacts/`.
    pub files: Files,
    /// Run folder.
    pub folder: PathBuf,
    /// The resolved pipeline.
    pub pipeline: ResolvedPipeline,
    /// How it ended.
    pub status: RunStatus,
    /// Start time in UTC.
    pub started: String,
    /// End time in UTC; `None` for a run without an end and in old folders.
    pub finished: Option<String>,
    /// Wall time; `None` for a run without an end.
    pub seconds: Option<f64>,
    /// Device, if known.
    pub device: Option<String>,
    /// Version of the program, if known.
    pub version: Option<String>,
    /// The user's note; may be empty.
    pub info: String,
    /// The selected stages that the run got to, in the pipeline's order.
    pub stages: Vec<PastStage>,
}

/// A run folder that cannot be read.
#[derive(Debug)]
pub struct UnreadableRun {
    /// The folder, or a file in it.
    pub path: PathBuf,
    /// The reason.
    pub why: String,
}
