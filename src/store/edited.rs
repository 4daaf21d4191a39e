//! Visible outputs that a person edited, kept when new ones take their place.

use super::place::{Copying, place};
use super::{Store, StoreError};
use crate::fingerprint::digest_file;
use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

impl Store {
    /// Copies what a person edited or added among a stage's visible outputs to a folder of its own beside
    /// them; that folder, if there was anything.
    pub(super) fn keep_edited(
        &self,
        pipeline: &str,
        stage: &str,
    ) -> Result<Option<PathBuf>, StoreError> {
        let visible = self.layout.visible(pipeline, stage);
        let edited = self.edited(pipeline, stage, &visible);
        if edited.is_empty() {
            return Ok(None);
        }
        let aside = self.layout.free_for_edited(pipeline, stage);
        for path in edited {
            place(&visible.join(&path), &aside.join(&path), Copying::Own)?;
        }
        Ok(Some(aside))
    }

    /// When a stage's visible outputs were shown; `None`: never.
    pub(super) fn shown_since(&self, pipeline: &str, stage: &str) -> Option<Shown> {
        let pointer = fs_err::metadata(self.layout.pointer(pipeline, stage)).ok()?;
        Some(Shown(pointer.mtime(), pointer.mtime_nsec()))
    }

    /// Everything is placed before the pointer is written, so only files that changed later are looked into,
    /// and without any the record is not even read.
    fn edited(&self, pipeline: &str, stage: &str, visible: &Path) -> Vec<PathBuf> {
        let Some(shown) = self.shown_since(pipeline, stage) else { return Vec::new() };
        let changed_later = |path: &Path| {
            fs_err::metadata(path).is_ok_and(|data| data.is_file() && shown.is_before(&data))
        };
        let files = WalkDir::new(visible).sort_by_file_name().into_iter().flatten();
        let mut changed: Vec<PathBuf> = files
            .filter(|entry| changed_later(entry.path()))
            .filter_map(|entry| Some(entry.path().strip_prefix(visible).ok()?.to_path_buf()))
            .collect();
        if changed.is_empty() {
            return changed;
        }
        let current = self.current(pipeline, stage).sound();
        let record = current.and_then(|at| self.record(&at.kind, &at.fingerprint));
        let Some(record) = record else { return Vec::new() };
        let known: HashMap<&Path, _> =
            record.outputs.iter().map(|file| (Path::new(&file.path), file.digest)).collect();
        changed.retain(|inside| {
            let found = digest_file(&visible.join(inside));
            found.is_ok_and(|(found, _)| known.get(inside.as_path()) != Some(&found))
        });
        changed
    }
}

/// A time of the file system's clock, in seconds and nanoseconds.
#[derive(Clone, Copy)]
pub(super) struct Shown(i64, i64);

impl Shown {
    /// Whether a file changed after it.
    fn is_before(self, data: &Metadata) -> bool {
        (data.ctime(), data.ctime_nsec()) > (self.0, self.1)
    }

    /// Whether this is a file of this size that changed last before it, and not even in the same instant.
    pub(super) fn is_after(self, path: &Path, size: u64) -> bool {
        fs_err::symlink_metadata(path).is_ok_and(|data| {
            let changed = (data.ctime(), data.ctime_nsec());
            data.is_file() && data.len() == size && changed < (self.0, self.1)
        })
    }
}
