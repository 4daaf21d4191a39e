//! Replaces a stage's visible outputs in one step.

use super::backup::{Backup, KnownFiles};
use super::layout::folder_name;
use super::materialize::CopyMode;
use super::pointer::Pointer;
use super::record::Record;
use super::{EntryKind, FileIndex, Result, Stamp, Store, StoreError, if_exists};
use crate::fingerprint::Digest;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Name of the outputs that are being prepared, which no user has seen.
pub(super) const PREPARED: &str = "new";

/// Name of the index of the outputs that were being prepared.
const STAMPS: &str = "stamps.tsv";

/// Name of the outputs that are complete, or those that they replaced.
const COMPLETE: &str = "outputs";

impl Store {
    /// Publishes a record's outputs under `artifacts/<pipeline>/<stage>/` and points the stage to it.
    /// Readers see either all old outputs or all new ones. The caller holds the pipeline's lock. Everything
    /// among the old outputs that the user edited or added is kept in a backup folder; returns that folder.
    /// `current` is the record of the old outputs, if known: an output that it shares and that is unmodified
    /// is linked, not copied.
    ///
    /// # Errors
    /// Returns an error if the outputs cannot be copied or renamed; then the old ones stay.
    pub fn publish(
        &self,
        pipeline: &str,
        stage: &str,
        fingerprint: &Digest,
        record: &Record,
        current: Option<&Record>,
    ) -> Result<Option<PathBuf>> {
        let shown = self.shown_files(pipeline, stage);
        let known = KnownFiles::new(shown, current.into_iter().chain([record]));
        let folder = folder_name(stage);
        let mut backup = Backup::new(self, (pipeline, &folder), known);
        let (staging, visible) =
            (self.layout.staging(pipeline, stage), self.layout.visible(pipeline, stage));
        self.clear_staging(&staging, &mut backup)?;
        let (prepared, complete) = (staging.join(PREPARED), staging.join(COMPLETE));
        let written = self.prepare(record, &prepared, &visible, &backup.known);
        let written = written.and_then(|written| {
            // If this is interrupted, the outputs are still known to be the program's own.
            let shown = written.iter().map(|file| (file.path.clone(), file.stamp, file.digest));
            let shown = FileIndex::of_written(shown).render(|_| true);
            self.files.write_new(&staging.join(STAMPS), &shown)?;
            self.files.rename(&prepared, &complete)?;
            self.swap(&complete, &visible)?;
            Ok(written)
        });
        let written = written.inspect_err(|_| self.abandon(&staging))?;
        // The old outputs go first: removing the second name of a linked output changes its times. The folder
        // marks the publication until the end.
        for old in self.files.list(&staging)? {
            if !old.path.ends_with(STAMPS) {
                backup.retire(&old.path)?;
            }
        }
        let shown = self.shown(&visible, written);
        let pointer = Pointer { kind: record.kind().to_owned(), fingerprint: *fingerprint };
        self.set_pointer(pipeline, stage, pointer, &shown)?;
        self.files.remove_all(&staging)?;
        Ok(backup.path)
    }

    /// Checks that the folder for a pipeline's visible outputs is one, or does not exist yet.
    ///
    /// # Errors
    /// Returns an error if it is a file, or a link, or cannot be read.
    pub fn check_visible(&self, pipeline: &str) -> Result<()> {
        Ok(if_exists(self.files.list(&self.layout.root.join(pipeline))).map(drop)?)
    }

    /// Removes the prepared outputs after an error; nothing was swapped. If this fails too, the stage is only published
    /// again. Old outputs that could not be put back stay.
    fn abandon(&self, staging: &Path) {
        for name in [PREPARED, COMPLETE, STAMPS] {
            let _ = self.files.remove_all(&staging.join(name));
        }
        let _ = self.files.remove_empty(staging);
    }

    /// Clears the remains of an interrupted publication. Only the outputs that were being prepared are surely not
    /// the user's.
    fn clear_staging(&self, staging: &Path, backup: &mut Backup<'_>) -> Result<()> {
        match self.files.stat(staging) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
            Ok(stat) if stat.kind != EntryKind::Folder => return backup.retire(staging),
            Ok(_) => {}
        }
        if let Ok(shown) = self.files.read(&staging.join(STAMPS)) {
            backup.known.add_index(FileIndex::parse(shown, 0));
        }
        for left in self.files.list(staging)? {
            match left.path.ends_with(PREPARED) || left.path.ends_with(STAMPS) {
                true => self.files.remove_all(&left.path)?,
                false => backup.retire(&left.path)?,
            }
        }
        Ok(())
    }

    /// Writes the outputs of a record to a folder. Returns their stamps.
    fn prepare(
        &self,
        record: &Record,
        folder: &Path,
        visible: &Path,
        known: &KnownFiles,
    ) -> Result<Vec<Written>> {
        let mut unmodified = self.unmodified(visible, known);
        self.files.create_all(folder)?;
        let mut written = Vec::new();
        for file in &record.outputs {
            let path = folder.join(&file.path);
            if file.is_folder() {
                self.files.create_all(&path)?;
                continue;
            }
            // Two outputs of equal content are two files, so each visible file is linked only once.
            let old = unmodified.remove(&(file.digest, file.executable));
            if old.is_some() {
                self.files.create_all(path.parent().unwrap_or(folder))?;
            }
            // The old name goes with its folder, so the file ends up with one name.
            let is_linked = match old {
                Some(old) => self.files.link(&old, &path)?,
                None => false,
            };
            if !is_linked {
                self.materialize(file, &path, CopyMode::Copy)?;
            }
            let stamp = self.files.stat(&path)?.stamp;
            let (path, digest) = (PathBuf::from(&file.path), file.digest);
            written.push(Written { path, stamp, digest, is_linked });
        }
        Ok(written)
    }

    /// Returns the visible files that are as they were published and have no other name, by content and mode.
    fn unmodified(&self, visible: &Path, known: &KnownFiles) -> HashMap<(Digest, bool), PathBuf> {
        let mut found = HashMap::new();
        for entry in self.files_below(visible).filter(|entry| entry.stat.names == 1) {
            let Ok(inside) = entry.path.strip_prefix(visible) else { continue };
            if let Some(digest) = known.unmodified(inside, &entry.stat.stamp) {
                found.insert((digest, entry.stat.is_executable()), entry.path);
            }
        }
        found
    }

    /// Returns the index of the files that were written to the visible folder. A file that changed since is
    /// left out.
    fn shown(&self, visible: &Path, written: Vec<Written>) -> FileIndex {
        let files = written.into_iter().filter_map(|Written { path, stamp, digest, is_linked }| {
            if !is_linked {
                return Some((path, stamp, digest));
            }
            let now = self.files.stat(&visible.join(&path)).ok()?.stamp;
            // Removing its old name changed only this time.
            (Stamp { changed: now.changed, ..stamp } == now).then_some((path, now, digest))
        });
        FileIndex::of_written(files)
    }

    /// Returns whether the visible outputs of a stage are complete and match its pointer. A publication
    /// that a kill interrupted leaves its staging folder behind and may have swapped the outputs already.
    pub fn is_published(&self, pipeline: &str, stage: &str, record: &Record) -> bool {
        if self.files.exists(&self.layout.staging(pipeline, stage)) {
            return false;
        }
        let visible = self.layout.visible(pipeline, stage);
        let paths = record.outputs.iter().map(|file| visible.join(&file.path));
        record.outputs.iter().zip(self.files.stat_each(paths)).all(|(file, stat)| {
            let kind = if file.is_folder() { EntryKind::Folder } else { EntryKind::File };
            stat.is_some_and(|stat| stat.kind == kind)
        })
    }

    /// Renames `complete` to `visible`; the old folder stays in the folder of `complete`.
    fn swap(&self, complete: &Path, visible: &Path) -> Result<()> {
        let files = &self.files;
        if !files.exists(visible) {
            return Ok(files.rename(complete, visible)?);
        }
        if files.exchange(complete, visible)? {
            return Ok(());
        }
        // Some file systems cannot exchange two names: then the folder is missing for an instant.
        let old = complete.with_file_name("old");
        files.rename(visible, &old)?;
        files.rename(complete, visible).map_err(|error| {
            // The first error is the cause; report that one.
            let _ = files.rename(&old, visible);
            StoreError::Io(error)
        })
    }
}

/// A file of the outputs that are being prepared.
struct Written {
    path: PathBuf,
    stamp: Stamp,
    digest: Digest,
    /// Whether it is a second name of an old output.
    is_linked: bool,
}
