//! What attempts that did not finish left in their work folder, for whoever asks why a stage runs.

use super::{Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use serde::{Deserialize, Serialize};

/// Attempts at one fingerprint that did not finish.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// Whether an interrupted one kept something to go on from.
    pub kept: bool,
    /// How the last one that failed did.
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
        let kept = fs_err::read_dir(folder.join("kept"));
        let failed = fs_err::read(folder.join(FAILED)).ok();
        Attempt {
            kept: kept.is_ok_and(|mut files| files.next().is_some()),
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
}
