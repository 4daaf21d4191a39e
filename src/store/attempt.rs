//! Outcomes of unfinished attempts, read from their work folder so that `explain` can name the reason.

use super::work_dir::ATTEMPT_PREFIX;
use super::{Entry, Result, Store, StoreError};
use crate::fingerprint::Digest;
use serde::{Deserialize, Serialize};

/// Outcome of the last attempt at a fingerprint that has no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastAttempt {
    /// No attempt was made.
    None,
    /// A process is working on it now.
    Running,
    /// The attempt failed.
    Failed(FailedAttempt),
    /// The attempt was interrupted.
    Interrupted {
        /// Whether it left any file to resume from.
        resumable: bool,
    },
}

/// A failed attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAttempt {
    /// Id of the run.
    pub run: String,
    /// First line of the error.
    pub message: String,
}

/// File in the work folder; it is removed with the folder.
const FAILED: &str = "failed.json";

/// Maximum length of a message in characters.
const MAX_MESSAGE: usize = 200;

impl Store {
    /// Returns the outcome of the last attempt at `fingerprint`.
    pub fn last_attempt(&self, fingerprint: &Digest) -> LastAttempt {
        let folder = self.layout.work_dir(fingerprint);
        let Ok(entries) = self.files.list(&folder) else { return LastAttempt::None };
        if self.files.is_locked(&self.layout.work_lock(fingerprint)) {
            return LastAttempt::Running;
        }
        let failed = self.files.read(&folder.join(FAILED)).ok();
        if let Some(failed) = failed.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return LastAttempt::Failed(failed);
        }
        let resumable = self.files.has_files(&self.layout.resume_dir(fingerprint));
        // After an early finish or a prune, only the files to resume from are left.
        let is_attempt = |entry: &Entry| entry.starts_with(ATTEMPT_PREFIX);
        if resumable || entries.iter().any(is_attempt) {
            LastAttempt::Interrupted { resumable }
        } else {
            LastAttempt::None
        }
    }

    /// Records that an attempt failed.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn record_failure(&self, fingerprint: &Digest, run: &str, message: &str) -> Result<()> {
        let path = self.layout.work_dir(fingerprint).join(FAILED);
        let line = message.lines().next().unwrap_or_default();
        let message = line.chars().take(MAX_MESSAGE).collect();
        let bytes = serde_json::to_vec(&FailedAttempt { run: run.to_owned(), message });
        let bytes = bytes.map_err(|error| StoreError::at(&path, error.into()))?;
        Ok(self.files.write_atomic(&path, &bytes)?)
    }

    /// Clears the recorded failure when the next attempt begins. If it stays, `explain` only reports too much.
    pub fn clear_failure(&self, fingerprint: &Digest) {
        let _ = self.files.remove_file(&self.layout.work_dir(fingerprint).join(FAILED));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_of_an_attempt_is_reported_until_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        let fingerprint = Digest::compute(b"x");
        assert_eq!(store.last_attempt(&fingerprint), LastAttempt::None);
        store.record_failure(&fingerprint, "R1", "first line\nsecond").unwrap();
        let failed = FailedAttempt { run: "R1".into(), message: "first line".into() };
        assert_eq!(store.last_attempt(&fingerprint), LastAttempt::Failed(failed));
        store.clear_failure(&fingerprint);
        let folder = store.layout.work_dir(&fingerprint);
        fs_err::create_dir_all(folder.join("kept/checkpoints")).unwrap();
        assert_eq!(store.last_attempt(&fingerprint), LastAttempt::None, "no attempt began");
        fs_err::create_dir_all(folder.join("attempt-1")).unwrap();
        assert_eq!(store.last_attempt(&fingerprint), LastAttempt::Interrupted { resumable: false });
        fs_err::write(folder.join("kept/checkpoints/epoch-1"), "weights").unwrap();
        assert_eq!(store.last_attempt(&fingerprint), LastAttempt::Interrupted { resumable: true });
    }

    #[test]
    fn held_lock_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        let (files, path) =
            (super::super::Files::new(folder.path().into()), folder.path().join("lock"));
        assert!(!files.is_locked(&path));
        let lock = std::fs::File::create(&path).unwrap();
        assert!(!files.is_locked(&path));
        lock.lock().unwrap();
        assert!(files.is_locked(&path));
        drop(lock);
        assert!(!files.is_locked(&path));
    }
}
