//! The summary of a run: `summary.json`.

use super::snapshot::InputStats;
use crate::event::{Outcome, PartCounts, RunOutcome};
use serde::Serialize;
use std::path::PathBuf;

/// How one stage ended.
#[derive(Debug, Clone, Serialize)]
pub struct StageSummary {
    /// Instance id.
    pub name: String,
    /// Stage kind.
    pub kind: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// Wall time of this run.
    pub seconds: f64,
    /// How many parts of its outputs were computed and reused, if it ran and counts them.
    pub parts: Option<PartCounts>,
    /// Visible outputs, relative to the project.
    pub outputs: Vec<String>,
    /// The fingerprint, if known.
    pub fingerprint: Option<String>,
    /// One line about the outputs, or the error.
    pub detail: String,
    /// How far it came, if it was finished early: `finished early at epoch 3 of 20`.
    pub partial: Option<String>,
    /// A suggestion after a failure.
    pub hint: Option<String>,
}

/// The result of a run: outcome, time and stages.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// The run's id; `None` if there was nothing to do.
    pub run: Option<String>,
    /// The run's folder.
    #[serde(skip)]
    pub folder: Option<PathBuf>,
    /// The pipeline's name.
    pub pipeline: String,
    /// How the run ended.
    pub outcome: RunOutcome,
    /// Start, in UTC.
    pub started: String,
    /// End, in UTC.
    pub finished: String,
    /// Wall time.
    pub seconds: f64,
    /// How many input files were hashed.
    pub files: InputStats,
    /// The device: `cpu`, `cuda:0`.
    pub device: String,
    /// The program's version.
    pub version: &'static str,
    /// The user's note.
    pub info: String,
    /// The selected stages, in the pipeline's order.
    pub stages: Vec<StageSummary>,
}

/// Returns the time in UTC, to the second.
pub(super) fn now() -> String {
    let now = time::OffsetDateTime::now_utc().replace_nanosecond(0);
    let now = now.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// Returns the outcome of a run with these stages.
pub(super) fn overall(stages: &[StageSummary]) -> RunOutcome {
    let any = |outcome| stages.iter().any(|stage| stage.outcome == outcome);
    if any(Outcome::Failed) || any(Outcome::Blocked) {
        RunOutcome::Failed
    } else if any(Outcome::Interrupted) {
        RunOutcome::Interrupted
    } else if stages.iter().all(|stage| stage.outcome == Outcome::Fresh) {
        RunOutcome::Fresh
    } else {
        RunOutcome::Done
    }
}

/// Returns the number of stages per outcome, in a fixed order, without zeros.
pub(super) fn counts(stages: &[StageSummary]) -> Vec<(Outcome, usize)> {
    use Outcome::{Blocked, Failed, Fresh, Interrupted, NotStarted, Ran, Restored};
    [Ran, Restored, Fresh, Failed, Blocked, NotStarted, Interrupted]
        .into_iter()
        .map(|outcome| (outcome, stages.iter().filter(|s| s.outcome == outcome).count()))
        .filter(|&(_, count)| count > 0)
        .collect()
}
