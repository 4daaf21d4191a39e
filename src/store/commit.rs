//! A stage under way, and how it becomes a record. Only a miss gets a [`Slot`], and a slot commits
//! once, by type.

use super::lock::{self, Held, Holder, Mode};
use super::record::{OutputFile, Record};
use super::{Store, StoreError, blobs, create_all, remove_all, write_atomic};
use crate::fingerprint::{Digest, StageInputs};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Duration;
use walkdir::WalkDir;

/// A locked work folder. `out/`, `diagnostics/` and `scratch/` lie in a folder of the attempt's own, so that a process
/// that outlived an earlier attempt cannot write into this one; `kept/` survives an interruption.
#[derive(Debug)]
pub struct Slot {
    store: Store,
    inputs: StageInputs,
    fingerprint: Digest,
    folder: PathBuf,
    attempt: PathBuf,
    _lock: Held,
}

/// What a stage left that cannot be committed.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A declared output was not made.
    #[error("the stage did not make its output '{0}'")]
    OutputMissing(String),
    /// A file lies outside the declared outputs.
    #[error("the stage made '{0}', which is none of its declared outputs")]
    Undeclared(String),
    /// A name that is not UTF-8, or a link.
    #[error("the stage made {0}, which is not a plain file with a UTF-8 name")]
    Odd(PathBuf),
}

/// What is known about finished work besides its files.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// Seconds that the stage worked.
    pub seconds: f64,
    /// UTC time.
    pub finished: String,
    /// Device.
    pub device: String,
    /// One line.
    pub summary: String,
    /// What is missing from the whole, if anything is.
    pub partial: Option<String>,
}

/// How long a run waits for a prune that it was not told to wait for.
const LITTLE: Duration = Duration::from_secs(2);

impl Store {
    /// Takes the work folder of a fingerprint that has no record, waiting while another process
    /// works on the same; `waiting` hears of that process. `None`: it finished the work meanwhile.
    ///
    /// # Errors
    /// When the folder cannot be made or locked, or `stopped` turned true while waiting.
    pub fn slot(
        &self,
        inputs: StageInputs,
        again: bool,
        stopped: &dyn Fn() -> bool,
        waiting: &dyn Fn(&Holder),
    ) -> Result<Option<Slot>, StoreError> {
        let fingerprint = inputs.fingerprint();
        let folder = self.layout.work_of(&fingerprint);
        create_all(&folder)?;
        let path = self.layout.work_lock(&fingerprint);
        let alone = Mode::Exclusive;
        let at_once = lock::take(&path, alone, &inputs.kind, Some(Duration::ZERO), &|| false);
        let (lock, waited) = match at_once {
            Ok(lock) => (lock, false),
            Err(StoreError::Locked { holder, .. }) => {
                waiting(&holder);
                (lock::take(&path, alone, &inputs.kind, None, stopped)?, true)
            }
            Err(error) => return Err(error),
        };
        if (waited || !again)
            && self.record(&inputs.kind, &fingerprint).is_some_and(|r| self.missing(&r).is_empty())
        {
            return Ok(None);
        }
        remove_attempts(&folder);
        create_all(&folder.join("kept"))?;
        let attempt = tempfile::Builder::new()
            .prefix(ATTEMPT)
            .tempdir_in(&folder)
            .map_err(|error| StoreError::at(&folder, error))?
            .keep();
        for inside in ["out", "diagnostics", "scratch"] {
            create_all(&attempt.join(inside))?;
        }
        Ok(Some(Slot { store: self.clone(), inputs, fingerprint, folder, attempt, _lock: lock }))
    }

    /// Takes the lock of a pipeline; `None` waits without end.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another run holds it.
    pub fn lock_pipeline(
        &self,
        pipeline: &str,
        wait: Option<Duration>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Held, StoreError> {
        let path = self.layout.locks().join(format!("pipeline-{pipeline}"));
        lock::take(&path, Mode::Exclusive, &format!("pipeline '{pipeline}'"), wait, stopped)
    }

    /// Shares the store with other runs and keeps a prune away, for as long as the run lasts. A prune
    /// is soon over, so it is waited for a little in any case.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when a prune holds the store.
    pub fn share(
        &self,
        wait: Option<Duration>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Held, StoreError> {
        let wait = wait.map(|wait| wait.max(LITTLE));
        lock::take(&self.layout.store_lock(), Mode::Shared, "the store", wait, stopped)
    }
}

impl Slot {
    /// Where the stage writes its outputs.
    #[must_use]
    pub fn out(&self) -> PathBuf {
        self.attempt.join("out")
    }

    /// Where the stage writes its diagnostics.
    #[must_use]
    pub fn diagnostics(&self) -> PathBuf {
        self.attempt.join("diagnostics")
    }

    /// Where the stage lays what it needs for this attempt alone.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.attempt.join("scratch")
    }

    /// Where the stage keeps what lets it go on after an interruption.
    #[must_use]
    pub fn kept(&self) -> PathBuf {
        self.store.layout.kept_of(&self.fingerprint)
    }

    /// The fingerprint that this work is for.
    #[must_use]
    pub fn fingerprint(&self) -> &Digest {
        &self.fingerprint
    }

    /// Digests the outputs, moves them into the store, writes the record and removes the work folder; of
    /// partial work only the attempt, so that what is kept can still become the whole.
    /// `declared` are the paths that must be there; those that end in `/` are folders.
    ///
    /// # Errors
    /// When an output is missing or undeclared, or the store fails; then nothing is recorded.
    pub fn commit(self, declared: &[String], finished: Finished) -> Result<Record, SlotError> {
        let made = list(&self.out())?;
        check_declared(&made, declared)?;
        let outputs = self.take_all(&self.out(), made)?;
        let diagnostics = self.take_all(&self.diagnostics(), list(&self.diagnostics())?)?;
        let Finished { seconds, finished, device, summary, partial } = finished;
        let record = Record {
            inputs: self.inputs,
            outputs,
            diagnostics,
            seconds,
            finished,
            device,
            summary,
            partial,
        };
        let path = self.store.layout.record(record.kind(), &record.fingerprint());
        let bytes = record.sealed().map_err(|error| StoreError::at(&path, error.into()))?;
        write_atomic(&path, &bytes)?;
        // Its name too must outlast a power cut, or hours of work would be found missing.
        let names = path.parent().map_or(Ok(()), |names| fs_err::File::open(names)?.sync_all());
        names.map_err(StoreError::Io)?;
        match record.partial {
            None => discard(&self.folder, &self.store.layout.done(&self.fingerprint)),
            Some(_) => remove_attempts(&self.folder),
        }
        Ok(record)
    }

    fn take_all(&self, folder: &Path, paths: Vec<String>) -> Result<Vec<OutputFile>, SlotError> {
        let take = |path: String| -> Result<OutputFile, SlotError> {
            let (digest, size) = blobs::take(&self.store, &folder.join(&path))?;
            Ok(OutputFile { path, digest, size })
        };
        paths.into_par_iter().map(take).collect()
    }
}

/// Beginning of the names of attempts' folders.
pub(super) const ATTEMPT: &str = "attempt-";

/// Removes what earlier attempts left. A program that outlived its attempt may still write there: then some
/// of it stays, and is in nobody's way.
fn remove_attempts(folder: &Path) {
    for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(ATTEMPT) {
            let _ = remove_all(&entry.path());
        }
    }
}

/// Removes a work folder by way of another name: half a folder must not look like work to go on with.
/// The work is recorded, so that what stays behind is only litter, and prune clears it.
fn discard(folder: &Path, done: &Path) {
    let _ = remove_all(done);
    if fs_err::rename(folder, done).is_ok() {
        let _ = remove_all(done);
    }
}

/// Plain files below a folder: paths with `/`, sorted.
fn list(folder: &Path) -> Result<Vec<String>, SlotError> {
    let mut paths = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1) {
        let entry = entry.map_err(|error| StoreError::at(folder, error.into()))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let inside = entry.path().strip_prefix(folder).ok().and_then(Path::to_str);
        match inside {
            Some(path) if entry.file_type().is_file() => paths.push(path.to_owned()),
            _ => return Err(SlotError::Odd(entry.path().to_path_buf())),
        }
    }
    paths.sort();
    Ok(paths)
}

fn check_declared(made: &[String], declared: &[String]) -> Result<(), SlotError> {
    let covers = |output: &str, path: &str| {
        if output.ends_with('/') { path.starts_with(output) } else { path == output }
    };
    if let Some(output) = declared.iter().find(|o| !made.iter().any(|path| covers(o, path))) {
        return Err(SlotError::OutputMissing(output.clone()));
    }
    match made.iter().find(|path| !declared.iter().any(|output| covers(output, path))) {
        Some(path) => Err(SlotError::Undeclared(path.clone())),
        None => Ok(()),
    }
}
