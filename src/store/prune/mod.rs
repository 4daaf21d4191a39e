//! Makes room: removes what no recent run needs.
//!
//! # What stays
//! - every record that a stage's visible outputs show;
//! - every record of the newest runs of each pipeline, as their `summary.json` tells. A run that failed or
//!   was interrupted does not count as one of them, but what it finished stays all the same;
//! - the records that these were made from, so that a run of a single stage can be repeated;
//! - the blobs that any of these names;
//! - work folders in which a stage kept something to go on from: the checkpoints of an interrupted
//!   training may be days of work, and nothing tells whether it will be wanted. [`Keep::work`] lets them go;
//! - run folders, which are a person's history; [`Keep::runs`] lets the older ones go.
//!
//! The rest goes: other records, then blobs, what killed processes left in work folders and elsewhere, the
//! quarantine, lock files that nobody holds, and what the file index knows of files that are gone.
//!
//! # What is freed
//! A content with several names (a large blob that is linked into a run folder) takes room until its last
//! name goes, so its bytes count only then. Sizes are bytes of content.
//!
//! # Safety
//! [`Store::plan_prune`] takes the store's lock for itself: no run is under way, and none begins. Records go
//! before the blobs that they name, so a kill at any instant leaves blobs that nobody needs, never a record
//! without its blobs. Where a damaged pointer hides which record is shown, nothing is removed at all.

mod leftovers;
mod needs;

use super::census::{Amount, files_below};
use super::lock::{self, Held, Mode};
use super::seal::Lookup;
use super::{Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use leftovers::work_folders;
use needs::Needs;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a prune keeps beyond what is shown now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// How many runs of each pipeline.
    pub newest: usize,
    /// Whether older run folders stay.
    pub runs: bool,
    /// Whether work folders stay from which an interrupted stage could go on.
    pub work: bool,
}

/// What a prune removes, by what it is; bytes are those that become free.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PruneReport {
    /// Run folders.
    pub runs: Amount,
    /// Records.
    pub records: Amount,
    /// Blobs.
    pub blobs: Amount,
    /// Folders of stages that nobody works on.
    pub work: Amount,
    /// What killed processes left elsewhere.
    pub leftovers: Amount,
    /// What was found damaged.
    pub quarantine: Amount,
    /// Lock files that nobody holds.
    pub locks: Amount,
    /// Files that the file index forgets.
    pub index: Amount,
    /// Bytes that become free in all.
    pub bytes: u64,
    /// Of the blobs, those that free nothing since run folders that stay link to them.
    pub still_linked: Amount,
    /// Records and blobs that stay.
    pub kept: Kept,
    /// Run folders whose summary cannot be read: what they need is not known, and they count as none.
    pub unreadable_runs: Vec<String>,
}

/// What a prune leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Records.
    pub records: u64,
    /// Blobs.
    pub blobs: Amount,
    /// Work folders from which an interrupted stage can go on.
    pub work: Amount,
}

/// Kinds of things that go, in the order in which they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Record,
    Blob,
    Run,
    Work,
    Leftover,
    Quarantine,
    Lock,
}

/// A prune that is planned, and that nobody comes between.
#[derive(Debug)]
pub struct Prune {
    store: Store,
    doomed: Vec<(Sort, PathBuf)>,
    /// The file index without what is gone, if there is such.
    index: Option<Vec<u8>>,
    report: PruneReport,
    _alone: Held,
}

impl Store {
    /// Finds out what a prune would remove, with the store locked so that it stays true. `wait`: how long
    /// to wait for runs under way; `None` waits without end.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while a run is under way, [`StoreError::Unsure`] when a damaged pointer hides
    /// what is needed.
    pub fn plan_prune(
        &self,
        keep: Keep,
        wait: Option<Duration>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Prune, StoreError> {
        let lock = self.layout.store_lock();
        let alone = lock::take(&lock, Mode::Exclusive, "the store", wait, stopped)?;
        let needs = Needs::find(self, keep.newest)?;
        let mut report = PruneReport {
            unreadable_runs: needs.unreadable_runs.clone(),
            ..PruneReport::default()
        };
        let mut doomed = self.unneeded(&needs, &mut report.kept);
        if !keep.runs {
            doomed.extend(needs.old_runs.iter().map(|path| (Sort::Run, path.clone())));
        }
        for folder in work_folders(self) {
            if keep.work && folder.can_go_on {
                let kept = folder.others.iter().flat_map(|path| files_below(path));
                kept.for_each(|seen| report.kept.work.add(seen.bytes));
                doomed.extend(folder.attempts.into_iter().map(|path| (Sort::Work, path)));
            } else {
                doomed.push((Sort::Work, folder.path));
            }
        }
        let apart = |path: &PathBuf| !needs.old_runs.iter().any(|run| path.starts_with(run));
        let leftovers =
            leftovers::leftovers(self).into_iter().filter(|path| keep.runs || apart(path));
        doomed.extend(leftovers.map(|path| (Sort::Leftover, path)));
        doomed.extend(leftovers::inside(&self.layout.quarantine(), Sort::Quarantine));
        let locks = leftovers::inside(&self.layout.locks(), Sort::Lock);
        doomed.extend(locks.into_iter().filter(|(_, path)| *path != lock));
        count(&doomed, &mut report);
        let index = self.shorter_index(&mut report);
        Ok(Prune { store: self.clone(), doomed, index, report, _alone: alone })
    }

    /// Records and blobs that nothing needs.
    fn unneeded(&self, needs: &Needs, kept: &mut Kept) -> Vec<(Sort, PathBuf)> {
        let mut doomed = Vec::new();
        for (kind, fingerprint) in self.record_names() {
            if needs.records.contains(&(kind.clone(), fingerprint)) {
                kept.records += 1;
            } else {
                doomed.push((Sort::Record, self.layout.record(&kind, &fingerprint)));
            }
        }
        for seen in files_below(&self.layout.blobs()) {
            match self.blob_named(&seen.path) {
                Some(digest) if needs.blobs.contains(&digest) => kept.blobs.add(seen.bytes),
                Some(_) => doomed.push((Sort::Blob, seen.path)),
                None => {}
            }
        }
        doomed
    }

    /// The file index without the files that are gone; `None` when there are none such.
    fn shorter_index(&self, report: &mut PruneReport) -> Option<Vec<u8>> {
        let index = self.file_index();
        let there = |path: &[u8]| Path::new(std::ffi::OsStr::from_bytes(path)).exists();
        let all = index.len();
        let shorter = index.render(there);
        let left = shorter.iter().filter(|&&byte| byte == b'\n').count() - 1;
        if index.is_damaged() || left == all {
            return None;
        }
        let size = fs_err::metadata(self.layout.files()).map_or(0, |data| data.len());
        report.index.files = (all - left) as u64;
        report.index.bytes = size.saturating_sub(shorter.len() as u64);
        report.bytes += report.index.bytes;
        Some(shorter)
    }
}

impl Prune {
    /// What is removed.
    #[must_use]
    pub fn report(&self) -> &PruneReport {
        &self.report
    }

    /// Removes it.
    ///
    /// # Errors
    /// When something cannot be removed; what was not removed yet stays, and nothing is missing anything.
    pub fn carry_out(self) -> Result<PruneReport, StoreError> {
        for (sort, path) in &self.doomed {
            let removed = match sort {
                Sort::Lock => lock::remove_unheld(path).map(drop),
                _ if path.is_dir() => fs_err::remove_dir_all(path).map_err(StoreError::Io),
                _ => fs_err::remove_file(path).map_err(StoreError::Io),
            };
            match removed {
                // A reader's temporary file is gone by itself.
                Err(StoreError::Io(error)) if error.kind() == ErrorKind::NotFound => {}
                other => other?,
            }
        }
        if let Some(index) = &self.index {
            write_atomic(&self.store.layout.files(), index)?;
        }
        Ok(self.report)
    }
}

/// Counts what goes, and what becomes free by it: the bytes of files that lose their last name.
fn count(doomed: &[(Sort, PathBuf)], report: &mut PruneReport) {
    struct Content {
        sort: Sort,
        bytes: u64,
        names: u64,
        going: u64,
    }
    let mut contents: HashMap<(u64, u64), Content> = HashMap::new();
    for (sort, path) in doomed {
        amount(report, *sort).files += 1;
        for seen in files_below(path) {
            let first = Content { sort: *sort, bytes: seen.bytes, names: seen.names, going: 0 };
            contents.entry(seen.identity).or_insert(first).going += 1;
        }
    }
    for content in contents.into_values() {
        if content.going >= content.names {
            amount(report, content.sort).bytes += content.bytes;
            report.bytes += content.bytes;
        } else if content.sort == Sort::Blob {
            report.still_linked.add(content.bytes);
        }
    }
}

fn amount(report: &mut PruneReport, sort: Sort) -> &mut Amount {
    match sort {
        Sort::Run => &mut report.runs,
        Sort::Record => &mut report.records,
        Sort::Blob => &mut report.blobs,
        Sort::Work => &mut report.work,
        Sort::Leftover => &mut report.leftovers,
        Sort::Quarantine => &mut report.quarantine,
        Sort::Lock => &mut report.locks,
    }
}
