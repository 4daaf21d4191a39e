//! One run folder as a value.

use super::{ResolvedPipeline, journal, resolved};
use crate::event::Outcome;
use crate::runner::{info_path, started_at};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How a run ended, or did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// All its stages are done.
    Done,
    /// Nothing was to do after all.
    Fresh,
    /// A stage failed.
    Failed,
    /// The person asked to stop.
    Interrupted,
    /// It is under way.
    Running,
    /// It was killed: nobody works on it, and it never settings how it ended.
    Unfinished,
}

/// One stage of a past run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PastStage {
    /// Instance id.
    pub name: String,
    /// Stage kind.
    pub kind: String,
    /// How it ended; `None`: it had begun when the run was killed, or it works now.
    pub outcome: Option<Outcome>,
    /// Wall time; zero where that is not known.
    pub seconds: f64,
    /// Visible outputs, relative to the project.
    pub outputs: Vec<String>,
    /// The fingerprint, as far as known.
    pub fingerprint: Option<String>,
    /// One line: what came out, or the error.
    pub detail: String,
    /// What is missing from the whole: `finished early at epoch 3 of 20`.
    #[serde(default)]
    pub partial: Option<String>,
    /// What may help after a failure.
    #[serde(default)]
    pub hint: Option<String>,
}

/// One past run, or one under way.
#[derive(Debug, Clone)]
pub struct PastRun {
    /// Its id.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The pipeline as it took it.
    pub pipeline: ResolvedPipeline,
    /// How it ended.
    pub outcome: RunStatus,
    /// When it began, in UTC.
    pub started: String,
    /// When it ended, in UTC; `None` while it is under way, after a kill, and in old folders.
    pub finished: Option<String>,
    /// Wall time; `None` for a run without an end.
    pub seconds: Option<f64>,
    /// What it computed on; `None` where that is not known.
    pub device: Option<String>,
    /// Version of the program; `None` where that is not known.
    pub version: Option<String>,
    /// The free text that the person gave; may be empty.
    pub info: String,
    /// The selected stages that it came to, in the pipeline's order.
    pub stages: Vec<PastStage>,
}

impl PastRun {
    /// The stage with this name, if the run came to it.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&PastStage> {
        self.stages.iter().find(|stage| stage.name == name)
    }
}

/// A folder among the runs that cannot be shown.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct UnreadableRun {
    /// The folder, or the file in it.
    pub path: PathBuf,
    /// Why not.
    pub why: String,
}

/// `summary.json`, as far as it is read; what older versions did not write may be absent.
#[derive(Deserialize)]
struct Summary {
    outcome: RunStatus,
    seconds: f64,
    stages: Vec<PastStage>,
    #[serde(default)]
    started: Option<String>,
    #[serde(default)]
    finished: Option<String>,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    info: Option<String>,
}

pub(super) fn read(folder: &Path, id: &str) -> Result<PastRun, UnreadableRun> {
    let Some(started) = started_at(id).filter(|_| folder.is_dir()) else {
        let why = "this is no run's folder".to_owned();
        return Err(UnreadableRun { path: folder.to_path_buf(), why });
    };
    // Asked for before the summary is looked for: one that ends in between is not taken for killed.
    let running = is_locked(&info_path(folder, id));
    let pipeline: ResolvedPipeline = json(&resolved(folder))?.ok_or_else(|| {
        let why = "no pipeline.json: it was killed before it began, or is no run's folder";
        UnreadableRun { path: folder.to_path_buf(), why: why.to_owned() }
    })?;
    let run = PastRun {
        id: id.to_owned(),
        folder: folder.to_path_buf(),
        outcome: if running { RunStatus::Running } else { RunStatus::Unfinished },
        started,
        finished: None,
        seconds: None,
        device: None,
        version: None,
        info: String::new(),
        stages: Vec::new(),
        pipeline,
    };
    Ok(match json::<Summary>(&folder.join("summary.json"))? {
        Some(summary) => PastRun {
            outcome: summary.outcome,
            started: summary.started.unwrap_or(run.started),
            finished: summary.finished,
            seconds: Some(summary.seconds),
            device: summary.device,
            version: summary.version,
            info: summary.info.unwrap_or_else(|| written_info(folder, id)),
            stages: summary.stages,
            ..run
        },
        None => PastRun {
            info: written_info(folder, id),
            stages: journal::stages(&folder.join("events.jsonl"), &run.pipeline),
            ..run
        },
    })
}

/// A JSON file; `None` when there is none.
pub(super) fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, UnreadableRun> {
    let unreadable = |why: String| UnreadableRun { path: path.to_path_buf(), why };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| unreadable(error.to_string()))
}

/// Whether a run holds this file. The shared lock that asks is given back at once, and a run that
/// takes its own meanwhile waits for that.
fn is_locked(path: &Path) -> bool {
    let file = File::open(path);
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The free text as the info file has it, above the parameters.
fn written_info(folder: &Path, id: &str) -> String {
    let text = fs_err::read_to_string(info_path(folder, id)).unwrap_or_default();
    let head = text.split("\n\n[").next().unwrap_or_default();
    head.split_once("\ninfo: ").map_or_else(String::new, |(_, info)| info.trim_end().to_owned())
}
