//! Visible outputs that a person edited, kept when new ones take their place.

use super::place::{Copying, place};
use super::{Store, StoreError};
use crate::fingerprint::digest_file;
use std::collections::HashMap;
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

    /// Everything is placed before the pointer is written, so only files that changed later are looked into.
    fn edited(&self, pipeline: &str, stage: &str, visible: &Path) -> Vec<PathBuf> {
        let pointer = fs_err::metadata(self.layout.pointer(pipeline, stage));
        let current = self.current(pipeline, stage).sound();
        let record = current.and_then(|at| self.record(&at.kind, &at.fingerprint));
        let (Ok(pointer), Some(record)) = (pointer, record) else { return Vec::new() };
        let shown = (pointer.mtime(), pointer.mtime_nsec());
        let known: HashMap<&Path, _> =
            record.outputs.iter().map(|file| (Path::new(&file.path), file.digest)).collect();
        let is_edited = |path: &Path, inside: &Path| {
            let changed = fs_err::metadata(path)
                .is_ok_and(|data| data.is_file() && (data.ctime(), data.ctime_nsec()) > shown);
            changed && digest_file(path).is_ok_and(|(found, _)| known.get(inside) != Some(&found))
        };
        let files = WalkDir::new(visible).sort_by_file_name().into_iter().flatten();
        files
            .filter_map(|entry| {
                let inside = entry.path().strip_prefix(visible).ok()?;
                is_edited(entry.path(), inside).then(|| inside.to_path_buf())
            })
            .collect()
    }
}
