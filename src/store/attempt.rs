//! What attempts that did not finish left in their work folder, for whoever asks why a stage runs.

use super::{Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

/// Attempts at one fingerprint that did not finish.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// Whether one kept something to go on from.
    pub kept: bool,
    /// How the last one failed, if it did.
    pub failed: Option<Failed>,
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
    /// What is left of attempts at a fingerprint.
    #[must_use]
    pub fn attempt(&self, fingerprint: &Digest) -> Attempt {
        let folder = self.layout.work_of(fingerprint);
        let mut kept = WalkDir::new(folder.join("kept")).into_iter().flatten();
        let failed = fs_err::read(folder.join(FAILED)).ok();
        Attempt {
            kept: kept.any(|entry| entry.file_type().is_file()),
            failed: failed.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_attempt_left_is_told_until_the_next_one_begins() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        let fingerprint = Digest::of(b"x");
        let nothing = store.attempt(&fingerprint);
        assert_eq!((nothing.kept, nothing.failed), (false, None));
        store.note_failure(&fingerprint, "R1", "first line\nsecond").unwrap();
        let failed = store.attempt(&fingerprint).failed;
        assert_eq!(failed, Some(Failed { run: "R1".into(), message: "first line".into() }));
        store.forget_failure(&fingerprint);
        assert_eq!(store.attempt(&fingerprint).failed, None);
        let kept = store.layout().work_of(&fingerprint).join("kept/checkpoints");
        fs_err::create_dir_all(&kept).unwrap();
        assert!(!store.attempt(&fingerprint).kept, "empty folders are nothing to go on from");
        fs_err::write(kept.join("epoch-1"), "weights").unwrap();
        assert!(store.attempt(&fingerprint).kept);
    }
}
