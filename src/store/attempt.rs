//! Outcomes of unfinished attempts, read from their work folder so that `explain` can name the reason.

use super::work_dir::ATTEMPT_PREFIX;
use super::{Result, Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use walkdir::WalkDir;

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
        let Ok(entries) = fs_err::read_dir(&folder) else { return LastAttempt::None };
        if is_locked(&self.layout.work_lock(fingerprint)) {
            return LastAttempt::Running;
        }
        let failed = fs_err::read(folder.join(FAILED)).ok();
        if let Some(failed) = failed.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return LastAttempt::Failed(failed);
        }
        let resumable = has_files(&self.layout.resume_dir(fingerprint));
        let mut names = entries.flatten().map(|entry| entry.file_name());
        // After an early finish or a prune, only the files to resume from are left.
        if resumable || names.any(|name| name.to_string_lossy().starts_with(ATTEMPT_PREFIX)) {
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
        write_atomic(&path, &bytes.map_err(|error| StoreError::at(&path, error.into()))?)
    }

    /// Clears the recorded failure when the next attempt begins. If it stays, `explain` only reports too much.
    pub fn clear_failure(&self, fingerprint: &Digest) {
        let _ = fs_err::remove_file(self.layout.work_dir(fingerprint).join(FAILED));
    }
}

/// Returns whether a folder contains any file.
pub(super) fn has_files(folder: &Path) -> bool {
    WalkDir::new(folder).into_iter().flatten().any(|entry| entry.file_type().is_file())
}

/// Returns whether a process holds a lock, without touching the lock. False if the system does not report it.
fn is_locked(lock: &Path) -> bool {
    let Ok(data) = fs_err::metadata(lock) else { return false };
    let inode = format!(":{}", data.ino());
    let locks = fs_err::read_to_string("/proc/locks").unwrap_or_default();
    // `1: FLOCK  ADVISORY  WRITE 708 00:1c:6521 0 EOF`; the device number may differ from that of stat.
    let mut lines = locks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.any(|fields| {
        fields.get(1) == Some(&"FLOCK") && fields.get(5).is_some_and(|at| at.ends_with(&inode))
    })
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
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!is_locked(file.path()));
        let lock = std::fs::File::open(file.path()).unwrap();
        lock.lock().unwrap();
        assert!(is_locked(file.path()));
        drop(lock);
        assert!(!is_locked(file.path()));
    }
}
