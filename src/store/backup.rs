//! Backs up visible outputs that the user edited before new ones replace them.

use super::materialize::{CopyMode, materialize};
use super::{Result, Store};
use crate::fingerprint::digest_file;
use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

impl Store {
    /// Copies the files that the user edited or added among a stage's visible outputs to a backup folder.
    /// Returns that folder; `None` if there are no such files.
    pub(super) fn back_up_edited(&self, pipeline: &str, stage: &str) -> Result<Option<PathBuf>> {
        let visible = self.layout.visible(pipeline, stage);
        let edited = self.edited(pipeline, stage, &visible);
        if edited.is_empty() {
            return Ok(None);
        }
        let backup = self.layout.free_backup_dir(pipeline, stage);
        for path in edited {
            materialize(&visible.join(&path), &backup.join(&path), CopyMode::Copy)?;
        }
        Ok(Some(backup))
    }

    /// Returns the time at which a stage's visible outputs were published; `None` if they never were.
    pub(super) fn published_at(&self, pipeline: &str, stage: &str) -> Option<FileTime> {
        let pointer = fs_err::metadata(self.layout.pointer(pipeline, stage)).ok()?;
        Some(changed_at(&pointer))
    }

    /// Returns the paths of edited and added files. The outputs are in place before the pointer is written,
    /// so only files that changed later are digested; without any, the record is not even read.
    fn edited(&self, pipeline: &str, stage: &str, visible: &Path) -> Vec<PathBuf> {
        let Some(published) = self.published_at(pipeline, stage) else { return Vec::new() };
        let changed_later = |path: &Path| {
            fs_err::metadata(path).is_ok_and(|data| data.is_file() && changed_at(&data) > published)
        };
        let files = WalkDir::new(visible).sort_by_file_name().into_iter().flatten();
        let mut changed: Vec<PathBuf> = files
            .filter(|entry| changed_later(entry.path()))
            .filter_map(|entry| Some(entry.path().strip_prefix(visible).ok()?.to_path_buf()))
            .collect();
        if changed.is_empty() {
            return changed;
        }
        let pointer = self.pointer(pipeline, stage).intact();
        let record = pointer.and_then(|pointer| self.record(&pointer.kind, &pointer.fingerprint));
        let Some(record) = record else { return Vec::new() };
        let recorded: HashMap<&Path, _> =
            record.outputs.iter().map(|file| (Path::new(&file.path), file.digest)).collect();
        changed.retain(|inside| {
            let found = digest_file(&visible.join(inside));
            found.is_ok_and(|(found, _)| recorded.get(inside.as_path()) != Some(&found))
        });
        changed
    }
}

/// A time in seconds and nanoseconds of the file system's clock.
pub(super) type FileTime = (i64, i64);

/// Returns the time of the last change of content or metadata.
pub(super) fn changed_at(data: &Metadata) -> FileTime {
    (data.ctime(), data.ctime_nsec())
}
