//! Past runs, read back from their folders: `pipeline.json`, `summary.json`, `metrics.json`, and for a
//! run that never came to its end what `events.jsonl` tells.
//!
//! Reading takes no lock. A run under way holds its info file locked, so whoever finds no
//! `summary.json` can tell [`RunStatus::Running`] from [`RunStatus::Unfinished`], a run that was
//! killed.

mod compare;
mod find;
mod journal;
mod lineage;
mod metrics;
mod past_run;
mod training;

pub use compare::{
    Comparison, MetricPair, Outputs, SettingChange, Side, StagePair, compare, same_samples,
};
pub use find::FindError;
pub use lineage::{asked_for, lineage};
pub use metrics::{Metric, StageMetrics, figures};
pub use past_run::{PastRun, PastStage, RunStatus, UnreadableRun};
pub use training::{TrainingLog, training};

use crate::runner::{ResolvedPipeline, info_path, started_at};
use crate::store::Store;
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The run folders of one project.
#[derive(Debug)]
pub struct History {
    folder: PathBuf,
    /// Newest first.
    ids: Vec<String>,
    unrecognized: Vec<String>,
}

impl History {
    /// Lists the run folders; none where nothing ever ran.
    ///
    /// # Errors
    /// When their folder cannot be read.
    pub fn open(store: &Store) -> std::io::Result<Self> {
        let folder = store.layout().runs.clone();
        let entries = match fs_err::read_dir(&folder) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let names = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let shown = names.filter(|name| !name.starts_with('.'));
        let (mut ids, mut unrecognized): (Vec<String>, Vec<String>) =
            shown.partition(|name| started_at(name).is_some());
        // An id begins with its run's time, to the second; within one, the file tells that is written
        // first.
        ids.sort_by_cached_key(|id| {
            let file = fs_err::metadata(info_path(&folder.join(id), id));
            let began = file.and_then(|file| file.modified()).ok();
            std::cmp::Reverse((id.get(..14).map(str::to_owned), began, id.clone()))
        });
        unrecognized.sort();
        Ok(Self { folder, ids, unrecognized })
    }

    /// The ids of all runs, newest first.
    #[must_use]
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Names of what else lies among the run folders.
    #[must_use]
    pub fn unrecognized(&self) -> &[String] {
        &self.unrecognized
    }

    /// Where a run's folder lies.
    #[must_use]
    pub fn folder(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// Reads one run.
    ///
    /// # Errors
    /// When its folder is damaged, or no run's.
    pub fn read(&self, id: &str) -> Result<PastRun, UnreadableRun> {
        past_run::read(&self.folder(id), id)
    }

    /// The pipeline of a run, without reading more of it than that.
    #[must_use]
    pub fn pipeline(&self, id: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Name {
            pipeline: String,
        }
        let bytes = fs_err::read(resolved(&self.folder(id))).ok()?;
        serde_json::from_slice::<Name>(&bytes).ok().map(|name| name.pipeline)
    }
}

/// The file of the [`ResolvedPipeline`].
fn resolved(folder: &Path) -> PathBuf {
    folder.join("pipeline.json")
}
