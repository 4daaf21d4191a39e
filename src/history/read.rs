//! Reads a run folder.

use super::past_run::{PastRun, PastStage, RunStatus, UnreadableRun};
use super::{PIPELINE, journal};
use crate::runner::{ResolvedPipeline, info_path, started_at};
use crate::stage_api::Registry;
use crate::store::{Files, folder_name, if_exists};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs::TryLockError;
use std::path::{Path, PathBuf};

/// The fields of `summary.json` that are read; older versions did not write all of them.
#[derive(Default, Deserialize)]
struct Summary {
    outcome: RunStatus,
    seconds: Option<f64>,
    stages: Vec<PastStage>,
    started: Option<String>,
    finished: Option<String>,
    device: Option<String>,
    version: Option<String>,
    info: Option<String>,
}

pub(super) fn read(files: &Files, folder: &Path, id: &str) -> Result<PastRun, UnreadableRun> {
    let id_time = started_at(id).filter(|_| files.is_folder(folder));
    let id_time = id_time.ok_or_else(|| unreadable(folder, "not a run folder"))?;
    // Checked before the summary: a run that ends in between does not count as killed.
    let is_running = is_locked(files, &info_path(folder, id));
    let pipeline: ResolvedPipeline = json(files, &folder.join(PIPELINE))?.ok_or_else(|| {
        let why = "no pipeline.json: the run was killed at its start, or this is not a run folder";
        unreadable(folder, why)
    })?;
    let summary: Option<Summary> = json(files, &folder.join("summary.json"))?;
    let summary = summary.unwrap_or_else(|| Summary {
        outcome: if is_running { RunStatus::Running } else { RunStatus::Unfinished },
        stages: journal::stages(files, &folder.join("events.jsonl"), &pipeline),
        ..Summary::default()
    });
    Ok(PastRun {
        id: id.to_owned(),
        files: files.clone(),
        folder: folder.to_path_buf(),
        pipeline,
        status: summary.outcome,
        started: summary.started.unwrap_or(id_time),
        finished: summary.finished,
        seconds: summary.seconds,
        device: summary.device,
        version: summary.version,
        info: summary.info.unwrap_or_else(|| read_info(files, folder, id)),
        stages: summary.stages,
    })
}

/// Returns the path in the run folder of what a stage exports as `name`; `None` if its kind does not export
/// it. A stage has a folder of its own if several stages export this name.
pub(super) fn exported(
    run: &PastRun,
    stage: &PastStage,
    registry: Registry,
    name: &str,
) -> Option<PathBuf> {
    let kinds = registry.0.iter().filter(|known| known.kind().name == stage.kind);
    kinds.flat_map(|kind| kind.run_exports()).find(|export| export.to == name)?;
    let name = name.replace("{run}", &run.id);
    let own = run.folder.join(folder_name(&stage.name)).join(&name);
    Some(if run.files.exists(&own) { own } else { run.folder.join(name) })
}

/// Reads a file; `None` if it does not exist.
pub(super) fn read_if_exists(files: &Files, path: &Path) -> Result<Option<Vec<u8>>, UnreadableRun> {
    if_exists(files.read(path)).map_err(|error| unreadable(path, error))
}

/// Reads a JSON file; `None` if it does not exist.
pub(super) fn json<T: DeserializeOwned>(
    files: &Files,
    path: &Path,
) -> Result<Option<T>, UnreadableRun> {
    let value =
        read_if_exists(files, path)?.map(|bytes| serde_json::from_slice(&bytes)).transpose();
    value.map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, why: impl ToString) -> UnreadableRun {
    UnreadableRun { path: path.to_path_buf(), why: why.to_string() }
}

/// Returns whether a run holds the lock of this file. The shared lock that checks this is released at once,
/// and a run that acquires its own meanwhile waits for it.
fn is_locked(files: &Files, path: &Path) -> bool {
    let file = files.open(path);
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Returns the user's note from the info file, where it precedes the parameters.
fn read_info(files: &Files, folder: &Path, id: &str) -> String {
    let bytes = files.read(&info_path(folder, id)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let head = text.split("\n\n[").next().unwrap_or_default();
    head.split_once("\ninfo: ").map_or_else(String::new, |(_, info)| info.trim_end().to_owned())
}
