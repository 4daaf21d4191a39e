//! What attempts that did not finish left in their work folder, for whoever asks why a stage runs.

use super::commit::ATTEMPT;
use super::{Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use walkdir::WalkDir;

/// What became of the attempts at one fingerprint that has no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// There was none.
    None,
    /// Somebody works on it at this moment.
    UnderWay,
    /// The last one failed.
    Failed(Failed),
    /// The last one was cut short.
    Interrupted {
        /// Whether it kept any file to go on from.
        kept: bool,
    },
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The run's id.
    pub run: String,
    /// The first line of its error.
    pub message: String,
}

/// File in a work folder; it goes with the folder when the work is done.
const FAILED: &str = "failed.json";

/// Longest message that is kept, in characters.
const LONGEST: usize = 200;

impl Store {
    /// What became of the attempts at a fingerprint.
    #[must_use]
    pub fn attempt(&self, fingerprint: &Digest) -> Attempt {
        let folder = self.layout.work_of(fingerprint);
        let Ok(entries) = fs_err::read_dir(&folder) else { return Attempt::None };
        if is_held(&self.layout.work_lock(fingerprint)) {
            return Attempt::UnderWay;
        }
        let failed = fs_err::read(folder.join(FAILED)).ok();
        if let Some(failed) = failed.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return Attempt::Failed(failed);
        }
        let mut kept = WalkDir::new(self.layout.kept_of(fingerprint)).into_iter().flatten();
        let kept = kept.any(|entry| entry.file_type().is_file());
        let mut names = entries.flatten().map(|entry| entry.file_name());
        // Of work that was finished early, and after a prune, only what is kept is there.
        if kept || names.any(|name| name.to_string_lossy().starts_with(ATTEMPT)) {
            Attempt::Interrupted { kept }
        } else {
            Attempt::None
        }
    }

    /// Notes that an attempt failed.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub fn note_failure(
        &self,
        fingerprint: &Digest,
        run: &str,
        message: &str,
    ) -> Result<(), StoreError> {
        let path = self.layout.work_of(fingerprint).join(FAILED);
        let message = message.lines().next().unwrap_or_default().chars().take(LONGEST).collect();
        let bytes = serde_json::to_vec(&Failed { run: run.to_owned(), message });
        write_atomic(&path, &bytes.map_err(|error| StoreError::at(&path, error.into()))?)
    }

    /// Forgets the failure: the next attempt begins. A note that stays only tells too much.
    pub fn forget_failure(&self, fingerprint: &Digest) {
        let _ = fs_err::remove_file(self.layout.work_of(fingerprint).join(FAILED));
    }
}

/// Whether somebody holds a lock, asked of the system without touching it. Where the system does not tell,
/// nobody does.
fn is_held(lock: &Path) -> bool {
    let Ok(data) = fs_err::metadata(lock) else { return false };
    let inode = format!(":{}", data.ino());
    let locks = fs_err::read_to_string("/proc/locks").unwrap_or_default();
    // `1: FLOCK  ADVISORY  WRITE 708 00:1c:6521 0 EOF`; of the device, file systems tell other numbers.
    let mut lines = locks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.any(|fields| {
        fields.get(1) == Some(&"FLOCK") && fields.get(5).is_some_and(|at| at.ends_with(&inode))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_attempt_left_is_told_until_the_next_one_begins() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        let fingerprint = Digest::of(b"x");
        assert_eq!(store.attempt(&fingerprint), Attempt::None);
        store.note_failure(&fingerprint, "R1", "first line\nsecond").unwrap();
        let failed = Failed { run: "R1".into(), message: "first line".into() };
        assert_eq!(store.attempt(&fingerprint), Attempt::Failed(failed));
        store.forget_failure(&fingerprint);
        let folder = store.layout().work_of(&fingerprint);
        fs_err::create_dir_all(folder.join("kept/checkpoints")).unwrap();
        assert_eq!(store.attempt(&fingerprint), Attempt::None, "nobody began");
        fs_err::create_dir_all(folder.join("attempt-1")).unwrap();
        assert_eq!(store.attempt(&fingerprint), Attempt::Interrupted { kept: false });
        fs_err::write(folder.join("kept/checkpoints/epoch-1"), "weights").unwrap();
        assert_eq!(store.attempt(&fingerprint), Attempt::Interrupted { kept: true });
    }

    #[test]
    fn a_lock_is_seen_as_held_while_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!is_held(file.path()));
        let lock = std::fs::File::open(file.path()).unwrap();
        lock.lock().unwrap();
        assert!(is_held(file.path()));
        drop(lock);
        assert!(!is_held(file.path()));
    }
}
