//! Work folders, and how their files become a record. Only a cache miss gets a [`WorkDir`], and its type
//! lets it commit only once.

use super::blobs::StoredFile;
use super::lock::{self, LockGuard, LockWait, Mode};
use super::record::{OutputFile, Record, RecordMeta, covers};
use super::{Entry, EntryKind, Result, Store, StoreError};
use crate::fingerprint::{Digest, StageInputs};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    /// The folder for the outputs was removed or replaced.
    #[error("the stage removed or replaced its folder {0}")]
    FolderReplaced(PathBuf),
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
        self.files.create_all(&folder)?;
        let path = self.layout.work_lock(&fingerprint);
        let acquire = |wait| lock::acquire(&self.files, &path, Mode::Exclusive, &inputs.kind, wait);
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
        self.remove_attempts(&folder);
        let attempt = self.files.create_unique(&folder, ATTEMPT_PREFIX)?;
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
            self.files.create_all(folder)?;
        }
        self.secure(&work.resume_dir)?;
        Ok(Some(work))
    }

    /// Acquires the lock of a pipeline.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] if another run holds it.
    pub fn lock_pipeline(&self, pipeline: &str, wait: LockWait<'_>) -> Result<LockGuard> {
        let path = self.layout.locks.join(format!("pipeline-{pipeline}"));
        lock::acquire(&self.files, &path, Mode::Exclusive, &format!("pipeline '{pipeline}'"), wait)
    }

    /// Shares the store with other runs and excludes a prune until the guard is dropped. Waits a little for a
    /// running prune in any case.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] if a prune holds the store.
    pub fn lock_shared(&self, wait: LockWait<'_>) -> Result<LockGuard> {
        let wait = LockWait { limit: wait.limit.map(|limit| limit.max(PRUNE_WAIT)), ..wait };
        lock::acquire(&self.files, &self.layout.store_lock, Mode::Shared, "the store", wait)
    }
}

/// Files by path, and the paths of empty folders.
type Listing = (Vec<(String, Entry)>, Vec<String>);

impl WorkDir {
    /// Moves the outputs into the store, writes the record and removes the work folder; for partial outputs
    /// only the attempt, so that a later run can complete them. `declared` lists the required paths; those
    /// that end in `/` are folders.
    ///
    /// # Errors
    /// Returns an error if an output is missing or undeclared, or the store fails; then nothing is recorded.
    pub fn commit(self, declared: &[&str], meta: RecordMeta) -> Result<Record, CommitError> {
        let (written, empty) = self.list(&self.out)?;
        // A program's folder may be empty because it found nothing. The other kinds declare files.
        let is_program = self.inputs.command.is_some();
        let folders: Vec<String> = empty
            .into_iter()
            .filter(|path| is_program && declared.iter().any(|output| covers(output, path)))
            .collect();
        check_declared(&written, &folders, declared)?;
        let mut outputs = self.store_files(written)?;
        outputs.extend(folders.into_iter().map(OutputFile::folder));
        outputs.sort_by(|a, b| a.path.cmp(&b.path));
        let diagnostics = self.store_files(self.list(&self.diagnostics)?.0)?;
        let record = Record { inputs: self.inputs, outputs, diagnostics, meta };
        let path = self.store.layout.record(record.kind(), &record.fingerprint());
        let bytes = record.sealed().map_err(|error| StoreError::at(&path, error.into()))?;
        let files = &self.store.files;
        files.write_atomic(&path, &bytes).map_err(StoreError::Io)?;
        // Sync the name too: after a power cut, hours of work would be missing without it.
        path.parent().map_or(Ok(()), |folder| files.sync_folder(folder)).map_err(StoreError::Io)?;
        match record.meta.partial {
            None => self.store.discard(&self.folder, &self.store.layout.trash(&self.fingerprint)),
            Some(_) => self.store.remove_attempts(&self.folder),
        }
        Ok(record)
    }

    fn store_files(&self, files: Vec<(String, Entry)>) -> Result<Vec<OutputFile>> {
        let store_file = |(path, Entry { path: file, stat }): (String, Entry)| {
            let StoredFile { digest, size, is_executable } = self.store.store_file(&file, &stat)?;
            Ok(OutputFile { path, digest, size, executable: is_executable })
        };
        files.into_par_iter().map(store_file).collect()
    }

    /// Lists the plain files below a folder of the attempt and the empty folders (which end in `/`): paths with
    /// `/`, sorted.
    fn list(&self, folder: &Path) -> Result<Listing, CommitError> {
        let files = &self.store.files;
        if !files.is_folder(folder) {
            return Err(CommitError::FolderReplaced(folder.to_path_buf()));
        }
        let (mut written, mut folders) = (Vec::new(), BTreeSet::new());
        for entry in files.walk_unlocked(folder).map_err(StoreError::Io)? {
            let inside = entry.path.strip_prefix(folder).ok().and_then(Path::to_str);
            let unsupported = || CommitError::UnsupportedFile(entry.path.clone());
            let path = inside.ok_or_else(unsupported)?.to_owned();
            if let Some((parent, _)) = path.rsplit_once('/') {
                folders.remove(&format!("{parent}/"));
            }
            match entry.stat.kind {
                EntryKind::Folder => drop(folders.insert(format!("{path}/"))),
                EntryKind::File => written.push((path, entry)),
                EntryKind::Link | EntryKind::Special => return Err(unsupported()),
            }
        }
        written.sort_by(|a, b| a.0.cmp(&b.0));
        Ok((written, folders.into_iter().collect()))
    }
}

/// Prefix of the names of attempts' folders.
pub(super) const ATTEMPT_PREFIX: &str = "attempt-";

impl Store {
    /// Removes the folders of earlier attempts. A leftover process may still write there: then some of it
    /// stays, which is harmless.
    fn remove_attempts(&self, folder: &Path) {
        for entry in self.files.entries(folder) {
            if entry.starts_with(ATTEMPT_PREFIX) {
                let _ = self.files.remove_all(&entry.path);
            }
        }
    }

    /// Renames a work folder before removing it: half a folder must not look like resumable work. The work is
    /// recorded, so whatever cannot be removed is litter that a prune removes.
    fn discard(&self, folder: &Path, trash: &Path) {
        let _ = self.files.remove_all(trash);
        if self.files.rename(folder, trash).is_ok() {
            let _ = self.files.remove_all(trash);
        }
    }

    /// Makes a folder safe for a stage, which writes there by path: removes links and special files, and
    /// replaces files that have other names by copies.
    fn secure(&self, folder: &Path) -> Result<()> {
        for entry in self.files.walk_unlocked(folder)? {
            match entry.stat.kind {
                EntryKind::Link | EntryKind::Special => self.files.remove_file(&entry.path)?,
                EntryKind::File if entry.stat.names > 1 => self.files.separate(&entry.path)?,
                EntryKind::File | EntryKind::Folder => {}
            }
        }
        Ok(())
    }
}

fn check_declared(
    written: &[(String, Entry)],
    folders: &[String],
    declared: &[&str],
) -> Result<(), CommitError> {
    let paths = || written.iter().map(|(path, _)| path).chain(folders);
    if let Some(output) = declared.iter().find(|output| !paths().any(|path| covers(output, path))) {
        return Err(CommitError::OutputMissing((*output).to_owned()));
    }
    match paths().find(|path| !declared.iter().any(|output| covers(output, path))) {
        Some(path) => Err(CommitError::Undeclared(path.clone())),
        None => Ok(()),
    }
}
