//! Past runs, read back from their folders: `pipeline.json`, `summary.json`, `metrics.json`, and for a
//! run that never came to its end what `events.jsonl` tells.
//!
//! Reading takes no lock. A run under way holds its info file locked, so whoever finds no
//! `summary.json` can tell [`RunOutcome::Running`] from [`RunOutcome::Unfinished`], a run that was
//! killed.

mod compare;
mod figures;
mod find;
mod journal;
mod lineage;
mod read;
mod training;

pub use compare::{
    Change, Comparison, FigurePair, Outputs, Side, StagePair, compare, judged_alike,
};
pub use figures::{Figure, StageFigures, figures};
pub use find::FindError;
pub use lineage::{asked_for, lineage};
pub use read::{PastRun, PastStage, RunOutcome, Unreadable};
pub use training::{TrainingLog, training};

use super::folder::info_path;
use super::resolved::ResolvedPipeline;
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
    strangers: Vec<String>,
}

impl History {
    /// Lists the run folders; none where nothing ever ran.
    ///
    /// # Errors
    /// When their folder cannot be read.
    pub fn of(store: &Store) -> std::io::Result<Self> {
        let folder = store.layout().runs();
        let entries = match fs_err::read_dir(&folder) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let names = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let shown = names.filter(|name| !name.starts_with('.'));
        let (mut ids, mut strangers): (Vec<String>, Vec<String>) =
            shown.partition(|name| began(name).is_some());
        // An id begins with its run's time, to the second; within one, the file tells that is written
        // first.
        ids.sort_by_cached_key(|id| {
            let file = fs_err::metadata(info_path(&folder.join(id), id));
            let began = file.and_then(|file| file.modified()).ok();
            std::cmp::Reverse((id.get(..14).map(str::to_owned), began, id.clone()))
        });
        strangers.sort();
        Ok(Self { folder, ids, strangers })
    }

    /// The ids of all runs, newest first.
    #[must_use]
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Names of what else lies among the run folders.
    #[must_use]
    pub fn strangers(&self) -> &[String] {
        &self.strangers
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
    pub fn read(&self, id: &str) -> Result<PastRun, Unreadable> {
        read::read(&self.folder(id), id)
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

/// When a run began, in UTC, as its id says; `None` when it is no run's id.
pub(super) fn began(id: &str) -> Option<String> {
    let (date, name) = id.split_once('_')?;
    let digits = date.len() == 14 && date.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || name.is_empty() {
        return None;
    }
    let part = |from: usize, to: usize| &date[from..to];
    let (day, time) =
        ([part(0, 4), part(4, 6), part(6, 8)], [part(8, 10), part(10, 12), part(12, 14)]);
    Some(format!("{}T{}Z", day.join("-"), time.join(":")))
}

#[cfg(test)]
mod tests {
    use super::began;

    #[test]
    fn an_id_says_when_its_run_began() {
        assert_eq!(began("20261122185555_RUN01").as_deref(), Some("2026-11-22T18:55:55Z"));
        for stranger in ["notes", "2026_x", "20261122185555", "20261122185555_", "2026112218555x_a"]
        {
            assert_eq!(began(stranger), None, "{stranger}");
        }
    }
}
