//! What a run came to.

use super::snapshot::InputStats;
use crate::event::{Outcome, PartCounts, RunOutcome};
use serde::Serialize;
use std::path::PathBuf;

/// One stage's end.
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
    /// Of how many parts its outputs are made, when it ran and counts them.
    pub parts: Option<PartCounts>,
    /// Visible outputs, relative to the project.
    pub outputs: Vec<String>,
    /// The fingerprint, once known.
    pub fingerprint: Option<String>,
    /// One line: what came out, or the error.
    pub detail: String,
    /// What is missing from the whole: `finished early at epoch 3 of 20`.
    pub partial: Option<String>,
    /// What may help after a failure.
    pub hint: Option<String>,
}

/// The whole run.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// The run's id; `None` when there was nothing to do and nothing new to show.
    pub run: Option<String>,
    /// The run's folder.
    #[serde(skip)]
    pub folder: Option<PathBuf>,
    /// The pipeline's name.
    pub pipeline: String,
    /// How the run ended.
    pub outcome: RunOutcome,
    /// When it began, in UTC.
    pub started: String,
    /// When it ended, in UTC.
    pub finished: String,
    /// Wall time.
    pub seconds: f64,
    /// What had to be read to know what changed.
    pub files: InputStats,
    /// What it computed on: `cpu`, `cuda:0`.
    pub device: String,
    /// The program's version.
    pub version: &'static str,
    /// The free text that the person gave.
    pub info: String,
    /// The selected stages, in the pipeline's order.
    pub stages: Vec<StageSummary>,
}

/// The time in UTC, to the second.
pub(super) fn now() -> String {
    let now = time::OffsetDateTime::now_utc().replace_nanosecond(0);
    let now = now.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// The outcome of a run whose stages ended so.
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

/// How many stages ended each way, in a fixed order, leaving out what did not occur.
pub(super) fn counts(stages: &[StageSummary]) -> Vec<(Outcome, usize)> {
    use Outcome::{Blocked, Failed, Fresh, Interrupted, Ran, Restored};
    [Ran, Restored, Fresh, Failed, Blocked, Interrupted]
        .into_iter()
        .map(|outcome| (outcome, stages.iter().filter(|s| s.outcome == outcome).count()))
        .filter(|&(_, count)| count > 0)
        .collect()
}
