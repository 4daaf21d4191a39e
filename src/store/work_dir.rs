//! Work folders, and how their files become a record. Only a cache miss gets a [`WorkDir`], and its type
//! lets it commit only once.

use super::lock::{self, LockGuard, LockWait, Mode};
use super::record::{OutputFile, Record, RecordMeta, covers};
use super::{Result, Store, StoreError, blobs, create_all, remove_all, write_atomic};
use crate::fingerprint::{Digest, StageInputs};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Duration;
use walkdir::WalkDir;

/// A locked work folder. `out/`, `diagnostics/` and `scratch/` belong to one attempt, out of reach of a
/// leftover process of an earlier one; `kept/` survives an interruption.
#[derive(Debug)]
pub struct WorkDir {
    /// Folder for the stage's outputs.
    pub out: PathBuf,
    /// Folder for the stage's diagnostics.
    pub diagnostics: PathBuf,
    /// Folder for temporary files of this attempt.
    pub scratch: PathBuf,
    /// Folder for files from which the stage can resume after an interruption.
    pub resume_dir: PathBuf,
    /// Fingerprint of the stage's inputs.
    pub fingerprint: Digest,
    store: Store,
    inputs: StageInputs,
    folder: PathBuf,
    _lock: LockGuard,
}

/// Reason why a stage's outputs cannot be committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A declared output is missing.
    #[error("the stage did not write its output '{0}'")]
    OutputMissing(String),
    /// A file is not among the declared outputs.
    #[error("the stage wrote '{0}', which is not a declared output")]
    Undeclared(String),
    /// A link, or a name that is not UTF-8.
    #[error("the stage wrote {0}, which is not a plain file with a UTF-8 name")]
    UnsupportedFile(PathBuf),
}

/// Minimum time that a run waits for a prune, which never takes long.
const PRUNE_WAIT: Duration = Duration::from_secs(2);

impl Store {
    /// Opens the work folder of a fingerprint that has no record. If another process works on it, calls
    /// `waiting` and waits. Returns `None` if that process finished the work. `again` repeats work that has
    /// a record.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be created or locked, or `cancelled` returns true during the wait.
    pub fn open_work_dir(
        &self,
        inputs: StageInputs,
        again: bool,
        cancelled: &dyn Fn() -> bool,
        waiting: &dyn Fn(&str),
    ) -> Result<Option<WorkDir>> {
        let fingerprint = inputs.fingerprint();
        let folder = self.layout.work_dir(&fingerprint);
        create_all(&folder)?;
        let path = self.layout.work_lock(&fingerprint);
        let acquire = |wait| lock::acquire(&path, Mode::Exclusive, &inputs.kind, wait);
        let (lock, waited) = match acquire(LockWait::up_to(Some(Duration::ZERO))) {
            Err(StoreError::Locked { holder, .. }) => {
                waiting(&holder);
                (acquire(LockWait { limit: None, cancelled })?, true)
            }
            lock => (lock?, false),
        };
        let is_complete = |record: Record| self.missing(&record).is_empty();
        if (waited || !again) && self.record(&inputs.kind, &fingerprint).is_some_and(is_complete) {
            return Ok(None);
        }
        remove_attempts(&folder);
        let attempt = tempfile::Builder::new()
            .prefix(ATTEMPT_PREFIX)
            .tempdir_in(&folder)
            .map_err(|error| StoreError::at(&folder, error))?
            .keep();
        let work = WorkDir {
            out: attempt.join("out"),
            diagnostics: attempt.join("diagnostics"),
            scratch: attempt.join("scratch"),
            resume_dir: self.layout.resume_dir(&fingerprint),
            store: self.clone(),
            inputs,
            fingerprint,
            folder,
            _lock: lock,
        };
        for folder in [&work.out, &work.diagnostics, &work.scratch, &work.resume_dir] {
            create_all(folder)?;
        }
        Ok(Some(work))
    }

    /// Acquires the lock of a pipeline.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] if another run holds it.
    pub fn lock_pipeline(&self, pipeline: &str, wait: LockWait<'_>) -> Result<LockGuard> {
        let path = self.layout.locks.join(format!("pipeline-{pipeline}"));
        lock::acquire(&path, Mode::Exclusive, &format!("pipeline '{pipeline}'"), wait)
    }

    /// Shares the store with other runs and excludes a prune until the guard is dropped. Waits a little for a
    /// running prune in any case.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] if a prune holds the store.
    pub fn lock_shared(&self, wait: LockWait<'_>) -> Result<LockGuard> {
        let wait = LockWait { limit: wait.limit.map(|limit| limit.max(PRUNE_WAIT)), ..wait };
        lock::acquire(&self.layout.store_lock, Mode::Shared, "the store", wait)
    }
}

impl WorkDir {
    /// Moves the outputs into the store, writes the record and removes the work folder; for partial outputs
    /// only the attempt, so that a later run can complete them. `declared` lists the required paths; those
    /// that end in `/` are folders.
    ///
    /// # Errors
    /// Returns an error if an output is missing or undeclared, or the store fails; then nothing is recorded.
    pub fn commit(self, declared: &[String], meta: RecordMeta) -> Result<Record, CommitError> {
        let written = list(&self.out)?;
        check_declared(&written, declared)?;
        let outputs = self.store_files(&self.out, written)?;
        let diagnostics = self.store_files(&self.diagnostics, list(&self.diagnostics)?)?;
        let record = Record { inputs: self.inputs, outputs, diagnostics, meta };
        let path = self.store.layout.record(record.kind(), &record.fingerprint());
        let bytes = record.sealed().map_err(|error| StoreError::at(&path, error.into()))?;
        write_atomic(&path, &bytes)?;
        // Sync the name too: after a power cut, hours of work would be missing without it.
        let sync = |names: &Path| fs_err::File::open(names)?.sync_all();
        path.parent().map_or(Ok(()), sync).map_err(StoreError::Io)?;
        match record.meta.partial {
            None => discard(&self.folder, &self.store.layout.trash(&self.fingerprint)),
            Some(_) => remove_attempts(&self.folder),
        }
        Ok(record)
    }

    fn store_files(&self, folder: &Path, paths: Vec<String>) -> Result<Vec<OutputFile>> {
        let store_file = |path: String| {
            let (digest, size) = blobs::store_file(&self.store, &folder.join(&path))?;
            Ok(OutputFile { path, digest, size })
        };
        paths.into_par_iter().map(store_file).collect()
    }
}

/// Prefix of the names of attempts' folders.
pub(super) const ATTEMPT_PREFIX: &str = "attempt-";

/// Removes the folders of earlier attempts. A leftover process may still write there: then some of it stays,
/// which is harmless.
fn remove_attempts(folder: &Path) {
    for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(ATTEMPT_PREFIX) {
            let _ = remove_all(&entry.path());
        }
    }
}

/// Renames a work folder before removing it: half a folder must not look like resumable work. The work is
/// recorded, so whatever cannot be removed is litter that a prune removes.
fn discard(folder: &Path, trash: &Path) {
    let _ = remove_all(trash);
    if fs_err::rename(folder, trash).is_ok() {
        let _ = remove_all(trash);
    }
}

/// Lists the plain files below a folder: paths with `/`, sorted.
fn list(folder: &Path) -> Result<Vec<String>, CommitError> {
    let mut paths = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1) {
        let entry = entry.map_err(|error| StoreError::at(folder, error.into()))?;
        if entry.file_type().is_dir() {
            continue;
        }
        match entry.path().strip_prefix(folder).ok().and_then(Path::to_str) {
            Some(path) if entry.file_type().is_file() => paths.push(path.to_owned()),
            _ => return Err(CommitError::UnsupportedFile(entry.path().to_path_buf())),
        }
    }
    paths.sort();
    Ok(paths)
}

fn check_declared(written: &[String], declared: &[String]) -> Result<(), CommitError> {
    if let Some(output) = declared.iter().find(|o| !written.iter().any(|path| covers(o, path))) {
        return Err(CommitError::OutputMissing(output.clone()));
    }
    match written.iter().find(|path| !declared.iter().any(|output| covers(output, path))) {
        Some(path) => Err(CommitError::Undeclared(path.clone())),
        None => Ok(()),
    }
}
