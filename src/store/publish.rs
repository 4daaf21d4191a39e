//! Swaps a stage's visible outputs in one step.

use super::current::Current;
use super::place::{Copying, place};
use super::record::Record;
use super::{Store, StoreError, create_all};
use crate::fingerprint::Digest;
use std::path::Path;

impl Store {
    /// Shows a record's outputs under `artifacts/<pipeline>/<stage>/` and points the stage to it.
    /// Whoever looks sees the old outputs in full or the new ones in full.
    ///
    /// # Errors
    /// When the outputs cannot be copied or renamed.
    pub fn publish(
        &self,
        pipeline: &str,
        stage: &str,
        fingerprint: &Digest,
        record: &Record,
    ) -> Result<(), StoreError> {
        let visible = self.layout.visible(pipeline, stage);
        let parent = self.layout.pipeline(pipeline);
        create_all(&parent)?;
        let next = tempfile::Builder::new()
            .prefix(".next-")
            .tempdir_in(&parent)
            .map_err(|error| StoreError::at(&parent, error))?;
        let staged = next.path().join("outputs");
        create_all(&staged)?;
        for file in &record.outputs {
            place(&self.layout.blob(&file.digest), &staged.join(&file.path), Copying::Own)?;
        }
        swap(&staged, &visible)?;
        let current = Current { kind: record.kind().to_owned(), fingerprint: *fingerprint };
        self.set_current(pipeline, stage, &current)
    }

    /// Whether the visible outputs of a stage are all there.
    #[must_use]
    pub fn is_shown(&self, pipeline: &str, stage: &str, record: &Record) -> bool {
        let visible = self.layout.visible(pipeline, stage);
        record.outputs.iter().all(|file| visible.join(&file.path).is_file())
    }
}

/// Puts `staged` in the place of `visible`; what was there is left in the place of `staged`.
fn swap(staged: &Path, visible: &Path) -> Result<(), StoreError> {
    if visible.exists() {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, staged, CWD, visible, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(()),
            // Some file systems cannot exchange: then there is an instant without the folder.
            Err(_) => {
                let old = staged.with_file_name("old");
                fs_err::rename(visible, old).map_err(StoreError::Io)?;
            }
        }
    }
    fs_err::rename(staged, visible).map_err(StoreError::Io)
}
