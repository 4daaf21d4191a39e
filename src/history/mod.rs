//! Past runs, read back from their folders: `pipeline.json`, `summary.json` and `metrics.json`; for a run
//! without an end, `events.jsonl`.
//!
//! Readers take no lock. An active run holds a lock on its info file, which distinguishes
//! [`RunStatus::Running`] from [`RunStatus::Unfinished`] (a killed run) if there is no `summary.json`.

mod compare;
mod find;
mod journal;
mod lineage;
mod metrics;
mod pairs;
mod past_run;
mod read;
mod settings;
mod training;

pub use compare::{Comparison, MetricPair, OutputMatch, Side, StagePair, compare};
pub use find::FindError;
pub use lineage::{base_name, lineage, lineage_settings};
pub use metrics::{Metric, StageMetrics, metrics, same_samples};
pub use past_run::{PastRun, PastStage, RunStatus, UnreadableRun};
pub use settings::SettingChange;
pub use training::{TrainingLog, training};

use crate::runner::{ResolvedPipeline, info_path, started_at};
use crate::store::{Files, Store, if_exists};
use std::path::PathBuf;

/// The run folders of a project.
#[derive(Debug)]
pub struct History {
    files: Files,
    folder: PathBuf,
    /// Ids of all runs, newest first.
    pub ids: Vec<String>,
    /// Names of other entries among the run folders.
    pub unrecognized: Vec<String>,
}

impl History {
    /// Lists the run folders; none if nothing ever ran.
    ///
    /// # Errors
    /// Returns an error if the folder of the run folders cannot be read.
    pub fn open(store: &Store) -> std::io::Result<Self> {
        let folder = store.layout.runs.clone();
        let files = store.files.clone();
        let entries = if_exists(files.list(&folder))?.unwrap_or_default();
        let names = entries.iter().filter_map(|entry| entry.path.file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        let shown = names.filter(|name| !name.starts_with('.'));
        let (mut ids, mut unrecognized): (Vec<String>, Vec<String>) =
            shown.partition(|name| started_at(name).is_some());
        // An id begins with the start time in seconds. Runs of the same second are sorted by the time of the
        // file that a run writes first.
        ids.sort_by_cached_key(|id| {
            let file = files.stat(&info_path(&folder.join(id), id));
            let began = file.map(|stat| stat.stamp.modified).ok();
            std::cmp::Reverse((id.get(..14).map(str::to_owned), began, id.clone()))
        });
        unrecognized.sort();
        Ok(Self { files, folder, ids, unrecognized })
    }

    /// Reads one run.
    ///
    /// # Errors
    /// Returns an error if the folder is damaged or not a run folder.
    pub fn read(&self, id: &str) -> Result<PastRun, UnreadableRun> {
        read::read(&self.files, &self.folder.join(id), id)
    }

    /// Returns the resolved pipeline of a run, if it can be read.
    pub fn resolved(&self, id: &str) -> Option<ResolvedPipeline> {
        let bytes = self.files.read(&self.folder.join(id).join(PIPELINE)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Returns the name of a run's pipeline without reading the rest of the run.
    pub fn pipeline(&self, id: &str) -> Option<String> {
        let bytes = self.files.read(&self.folder.join(id).join(PIPELINE)).ok()?;
        let pipeline: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        Some(pipeline["pipeline"].as_str()?.to_owned())
    }
}

/// File name of the resolved pipeline in a run folder.
const PIPELINE: &str = "pipeline.json";
