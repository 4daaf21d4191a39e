//! Replaces a stage's visible outputs in one step.

use super::backup::changed_at;
use super::materialize::{CopyMode, materialize};
use super::pointer::Pointer;
use super::record::{OutputFile, Record};
use super::{Result, Store, StoreError, create_all, remove_all};
use crate::fingerprint::Digest;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

impl Store {
    /// Publishes a record's outputs under `artifacts/<pipeline>/<stage>/` and points the stage to it.
    /// Readers see either all old outputs or all new ones. The caller holds the pipeline's lock. Old outputs
    /// that the user edited are backed up; returns the backup folder. `shown` is the record of the old
    /// outputs, if known: an output that it shares and that is unmodified is linked, not copied.
    ///
    /// # Errors
    /// Returns an error if the outputs cannot be copied or renamed; then the old ones stay.
    pub fn publish(
        &self,
        pipeline: &str,
        stage: &str,
        fingerprint: &Digest,
        record: &Record,
        shown: Option<&Record>,
    ) -> Result<Option<PathBuf>> {
        let staging = self.layout.staging(pipeline, stage);
        // After an interrupted publication, the pointer may not match the visible outputs.
        let was_interrupted = staging.exists();
        let backup = if was_interrupted { None } else { self.back_up_edited(pipeline, stage)? };
        let unmodified = shown
            .filter(|_| !was_interrupted)
            .map_or_else(HashMap::new, |shown| self.unmodified(pipeline, stage, shown));
        remove_all(&staging)?;
        let staged = staging.join("outputs");
        let written = self.write_staging(record, &staged, unmodified);
        let visible = self.layout.visible(pipeline, stage);
        if let Err(error) = written.and_then(|()| swap(&staged, &visible)) {
            // Nothing was swapped. If this fails too, the stage is only published again.
            let _ = remove_all(&staging);
            return Err(error);
        }
        // The old outputs go first: removing the second name of a linked output changes its times, and a file
        // that changed later than the pointer looks edited. The folder marks the publication until the end.
        for old in fs_err::read_dir(&staging)? {
            remove_all(&old?.path())?;
        }
        let pointer = Pointer { kind: record.kind().to_owned(), fingerprint: *fingerprint };
        self.set_pointer(pipeline, stage, pointer)?;
        remove_all(&staging)?;
        Ok(backup)
    }

    fn write_staging(
        &self,
        record: &Record,
        folder: &Path,
        mut unmodified: HashMap<Digest, PathBuf>,
    ) -> Result<()> {
        create_all(folder)?;
        for file in &record.outputs {
            let target = folder.join(&file.path);
            // Two outputs of equal content are two files, so each visible file is linked only once.
            let visible = unmodified.remove(&file.digest);
            if let (Some(_), Some(parent)) = (&visible, target.parent()) {
                create_all(parent)?;
            }
            // The old name goes with its folder, so the file ends up with one name.
            if visible.is_none_or(|visible| fs_err::hard_link(visible, &target).is_err()) {
                materialize(&self.layout.blob(&file.digest), &target, CopyMode::Copy)?;
            }
        }
        Ok(())
    }

    /// Returns the visible outputs that did not change since they were published, by digest.
    fn unmodified(&self, pipeline: &str, stage: &str, shown: &Record) -> HashMap<Digest, PathBuf> {
        let visible = self.layout.visible(pipeline, stage);
        let Some(published) = self.published_at(pipeline, stage) else { return HashMap::new() };
        let files = shown.outputs.iter().map(|file| (file, visible.join(&file.path)));
        // A change in the same instant as the publication counts as later.
        let is_unmodified = |(file, path): &(&OutputFile, PathBuf)| {
            fs_err::symlink_metadata(path).is_ok_and(|data| {
                data.is_file() && data.len() == file.size && changed_at(&data) < published
            })
        };
        let files = files.filter(is_unmodified);
        files.map(|(file, path)| (file.digest, path)).collect()
    }

    /// Returns whether the visible outputs of a stage are complete and match its pointer. A publication
    /// that a kill interrupted leaves its staging folder behind and may have swapped the outputs already.
    pub fn is_published(&self, pipeline: &str, stage: &str, record: &Record) -> bool {
        let visible = self.layout.visible(pipeline, stage);
        !self.layout.staging(pipeline, stage).exists()
            && record.outputs.iter().all(|file| visible.join(&file.path).is_file())
    }
}

/// Renames `staged` to `visible`; the old folder stays next to `staged` or under its name.
fn swap(staged: &Path, visible: &Path) -> Result<()> {
    if !visible.exists() {
        return fs_err::rename(staged, visible).map_err(StoreError::Io);
    }
    if renameat_with(CWD, staged, CWD, visible, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    // Some file systems cannot exchange two names: then the folder is missing for an instant.
    let old = staged.with_file_name("old");
    fs_err::rename(visible, &old)?;
    fs_err::rename(staged, visible).map_err(|error| {
        // The first error is the cause; report that one.
        let _ = fs_err::rename(&old, visible);
        StoreError::Io(error)
    })
}
