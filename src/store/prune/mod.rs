//! Removes everything that no recent run needs.
//!
//! # What stays
//! - every record that a stage's visible outputs come from, as long as its pipeline has the stage;
//! - every record of the newest runs of each pipeline, as listed in their `summary.json`. A run that failed
//!   or was interrupted does not count as one of them, but its records stay too;
//! - the records that these were made from, so that a run of a single stage can be repeated;
//! - the blobs that any of these names;
//! - work folders with files to resume from: the checkpoints of an interrupted training may be days of work,
//!   and the store cannot know whether they will be used. [`PrunePolicy::work`] removes them;
//! - run folders, which are the user's history; [`PrunePolicy::runs`] removes the older ones.
//!
//! Visible outputs always stay. Those of stages that no pipeline has are reported.
//!
//! Everything else is removed: pointers of stages that no pipeline has, other records, then blobs, leftovers of killed
//! processes in work folders and elsewhere, the quarantine, unused lock files, and entries of the file index for missing
//! files.
//!
//! # What is freed
//! A content with several names (a large blob that is linked into a run folder) takes space until its last
//! name is removed, so its bytes count only then. Sizes are bytes of content.
//!
//! # Safety
//! [`Store::plan_prune`] locks the store exclusively: no run is active, and none starts. Records are removed
//! before the blobs that they name, so a kill leaves blobs that no record needs, never a record without its
//! blobs. If a damaged pointer hides which record is published, nothing is removed at all.

mod leftovers;
mod live_set;

use super::files::input_exists;
use super::lock::{self, LockGuard, LockWait, Mode};
use super::usage::Amount;
use super::{Entry, PointerKey, Result, Store, StoreError};
use leftovers::work_folders;
use live_set::LiveSet;
use serde::Serialize;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a prune keeps besides published records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrunePolicy {
    /// Number of runs per pipeline.
    pub newest: usize,
    /// Whether to keep older run folders.
    pub runs: bool,
    /// Whether to keep resumable work folders.
    pub work: bool,
}

/// Visible outputs of a stage that no pipeline has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StrayFolder {
    /// The stage.
    pub stage: PointerKey,
    /// The files.
    pub files: Amount,
}

/// What a prune removes. Bytes are those that are freed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PruneReport {
    /// Run folders.
    pub runs: Amount,
    /// Pointers of stages that no pipeline has.
    pub pointers: Amount,
    /// Records.
    pub records: Amount,
    /// Blobs.
    pub blobs: Amount,
    /// Work folders.
    pub work: Amount,
    /// Leftovers of killed processes elsewhere.
    pub leftovers: Amount,
    /// Damaged files.
    pub quarantine: Amount,
    /// Unused lock files.
    pub locks: Amount,
    /// Entries of the file index for missing files.
    pub index: Amount,
    /// Bytes freed in total.
    pub bytes: u64,
    /// Removed blobs that free no space, because kept run folders link to them.
    pub still_linked: Amount,
    /// Everything that is kept.
    pub kept: Kept,
    /// Visible outputs of stages that no pipeline has; they stay.
    pub stray: Vec<StrayFolder>,
    /// Run folders whose summary cannot be read: their records are unknown, and they do not count as runs.
    pub unreadable_runs: Vec<String>,
}

/// Records, blobs and resumable work that a prune keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Number of records.
    pub records: u64,
    /// Blobs.
    pub blobs: Amount,
    /// Files in resumable work folders.
    pub work: Amount,
}

/// Kinds of removable files and folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removable {
    Pointer,
    Record,
    Blob,
    Run,
    Work,
    Leftover,
    Quarantine,
    Lock,
}

impl PruneReport {
    fn amount(&mut self, kind: Removable) -> &mut Amount {
        match kind {
            Removable::Run => &mut self.runs,
            Removable::Pointer => &mut self.pointers,
            Removable::Record => &mut self.records,
            Removable::Blob => &mut self.blobs,
            Removable::Work => &mut self.work,
            Removable::Leftover => &mut self.leftovers,
            Removable::Quarantine => &mut self.quarantine,
            Removable::Lock => &mut self.locks,
        }
    }

    /// Counts the paths to remove and the bytes that this frees: those of files that lose their last name.
    fn count(&mut self, store: &Store, to_remove: &[(Removable, PathBuf)]) {
        // Content, and how many of its names are removed.
        let mut contents: HashMap<(u64, u64), (Removable, Entry, u64)> = HashMap::new();
        for &(kind, ref path) in to_remove {
            self.amount(kind).files += 1;
            for file in store.files_below(path) {
                contents.entry(file.stat.identity).or_insert((kind, file, 0)).2 += 1;
            }
        }
        for (kind, Entry { stat, .. }, removed) in contents.into_values() {
            if removed >= stat.names {
                self.amount(kind).bytes += stat.bytes();
                self.bytes += stat.bytes();
            } else if kind == Removable::Blob {
                self.still_linked.add(stat.bytes());
            }
        }
    }
}

/// A planned prune. It holds the lock of the store, so the plan stays valid.
#[derive(Debug)]
pub struct Prune {
    store: Store,
    /// In the order of removal.
    to_remove: Vec<(Removable, PathBuf)>,
    /// The file index without entries for missing files; `None` if it has no such entries.
    index: Option<Vec<u8>>,
    /// Everything that is to be removed.
    pub report: PruneReport,
    _lock: LockGuard,
}

impl Store {
    /// Plans a prune and locks the store, waiting for active runs. `is_stage` returns whether a pipeline has
    /// a stage; the records of other stages are not kept.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] while a run is active, [`StoreError::PruneUnsafe`] if a damaged pointer
    /// hides which record is published.
    pub fn plan_prune(
        &self,
        policy: PrunePolicy,
        is_stage: &dyn Fn(&PointerKey) -> bool,
        wait: LockWait<'_>,
    ) -> Result<Prune> {
        let lock = &self.layout.store_lock;
        let guard = lock::acquire(&self.files, lock, Mode::Exclusive, "the store", wait)?;
        let live = LiveSet::find(self, policy.newest, is_stage)?;
        let (unreadable_runs, stray) = (live.unreadable_runs.clone(), self.stray(is_stage));
        let mut report = PruneReport { unreadable_runs, stray, ..PruneReport::default() };
        let pointers = live.dead_pointers.iter().cloned();
        let mut to_remove: Vec<_> = pointers.map(|path| (Removable::Pointer, path)).collect();
        to_remove.extend(self.dead(&live, &mut report.kept));
        if !policy.runs {
            to_remove.extend(live.old_runs.iter().map(|path| (Removable::Run, path.clone())));
        }
        for folder in work_folders(self) {
            if policy.work && folder.is_resumable {
                let kept = folder.others.iter().flat_map(|path| self.files_below(path));
                kept.for_each(|file| report.kept.work.add(file.stat.bytes()));
                to_remove.extend(folder.attempts.into_iter().map(|path| (Removable::Work, path)));
            } else {
                to_remove.push((Removable::Work, folder.path));
            }
        }
        let is_separate =
            |path: &PathBuf| policy.runs || !live.old_runs.iter().any(|run| path.starts_with(run));
        let leftovers = leftovers::leftovers(self).into_iter().filter(is_separate);
        to_remove.extend(leftovers.map(|path| (Removable::Leftover, path)));
        let paths = |folder| self.files.entries(folder).into_iter().map(|entry| entry.path);
        let quarantined = paths(&self.layout.quarantine);
        to_remove.extend(quarantined.map(|path| (Removable::Quarantine, path)));
        let locks = paths(&self.layout.locks).filter(|path| path != lock);
        to_remove.extend(locks.map(|path| (Removable::Lock, path)));
        report.count(self, &to_remove);
        let index = self.reduced_index(&mut report);
        Ok(Prune { store: self.clone(), to_remove, index, report, _lock: guard })
    }

    /// Returns the visible outputs of stages that no pipeline has.
    fn stray(&self, is_stage: &dyn Fn(&PointerKey) -> bool) -> Vec<StrayFolder> {
        let (mut found, layout) = (Vec::new(), &self.layout);
        let name = |entry: &Entry| Some(entry.path.file_name()?.to_str()?.to_owned());
        for pipeline in self.files.entries(&layout.root) {
            if layout.internal().contains(&&pipeline.path) {
                continue;
            }
            for folder in self.files.entries(&pipeline.path).into_iter().filter(Entry::is_folder) {
                let names = name(&pipeline).zip(name(&folder));
                let Some((pipeline, stage)) = names else { continue };
                // Folders of prepared and of edited outputs belong to no stage.
                let is_backup = stage.starts_with('.') || stage.contains("~edited");
                let stage = PointerKey { pipeline, stage };
                if !is_backup && !is_stage(&stage) {
                    let mut files = Amount::default();
                    let all = self.files_below(&folder.path);
                    all.for_each(|file| files.add(file.stat.bytes()));
                    found.push(StrayFolder { stage, files });
                }
            }
        }
        found
    }

    /// Returns the records and blobs outside the live set.
    fn dead(&self, live: &LiveSet, kept: &mut Kept) -> Vec<(Removable, PathBuf)> {
        let mut dead = Vec::new();
        for key in self.record_names() {
            if live.records.contains(&key) {
                kept.records += 1;
            } else {
                dead.push((Removable::Record, self.layout.record(&key.0, &key.1)));
            }
        }
        for file in self.files_below(&self.layout.blobs) {
            match self.blob_digest(&file.path) {
                Some(digest) if live.blobs.contains(&digest) => kept.blobs.add(file.stat.bytes()),
                Some(_) => dead.push((Removable::Blob, file.path)),
                None => {}
            }
        }
        dead
    }

    /// Returns the file index without entries for missing files; `None` if it has no such entries.
    fn reduced_index(&self, report: &mut PruneReport) -> Option<Vec<u8>> {
        let index = self.file_index();
        let all = index.files();
        let reduced = index.render(|path| input_exists(Path::new(OsStr::from_bytes(path))));
        let left = reduced.iter().filter(|&&byte| byte == b'\n').count() - 1;
        if index.is_damaged() || left == all {
            return None;
        }
        let size = self.files.stat(&self.layout.files).map_or(0, |stat| stat.bytes());
        report.index.files = (all - left) as u64;
        report.index.bytes = size.saturating_sub(reduced.len() as u64);
        report.bytes += report.index.bytes;
        Some(reduced)
    }
}

impl Prune {
    /// Executes the plan.
    ///
    /// # Errors
    /// Returns an error if something cannot be removed; the rest stays, and every remaining record is complete.
    pub fn execute(self) -> Result<PruneReport> {
        let files = &self.store.files;
        for (kind, path) in &self.to_remove {
            let removed = match kind {
                // A link or a folder there locks nothing.
                Removable::Lock if files.is_file(path) => {
                    lock::remove_unheld(files, path).map(drop)
                }
                _ => files.remove_all(path).map_err(StoreError::Io),
            };
            match removed {
                // A reader's temporary file may vanish by itself.
                Err(StoreError::Io(error)) if error.kind() == ErrorKind::NotFound => {}
                other => other?,
            }
        }
        if let Some(index) = &self.index {
            files.write_atomic(&self.store.layout.files, index)?;
        }
        Ok(self.report)
    }
}
