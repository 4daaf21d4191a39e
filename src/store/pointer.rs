//! Pointers: which record a stage's visible outputs come from.

use super::record::is_safe_name;
use super::seal::{DigestMismatch, Lookup, read_sealed, seal};
use super::{FileIndex, Files, Result, Store, StoreError};
use crate::fingerprint::Digest;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The pointer from a stage of a pipeline to its newest record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// Stage kind of the record.
    pub kind: String,
    /// Fingerprint of the record.
    pub fingerprint: Digest,
}

/// The stage that a pointer belongs to: `<pipeline>/<folder of the stage>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PointerKey {
    /// The pipeline's name.
    pub pipeline: String,
    /// The stage's folder; its id, unless the id is unsafe as a folder name.
    pub stage: String,
}

/// The body on disk. It includes the key, so that a pointer moved to another stage counts as damaged.
#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(rename = "place")]
    key: PointerKey,
    #[serde(rename = "current")]
    pointer: Pointer,
    /// Stamps of the visible outputs as they were published, in the format of the file index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<String>,
}

/// Name of the body in the seal of a pointer.
const SEALED: &str = "current";

impl Store {
    /// Returns the pointer of a stage.
    pub fn pointer(&self, pipeline: &str, stage: &str) -> Lookup<Pointer> {
        let path = self.layout.pointer(pipeline, stage);
        self.pointer_key(&path).map_or(Lookup::Absent, |key| self.pointer_at(&path, &key))
    }

    /// Returns the pointer at a path.
    pub(super) fn pointer_at(&self, path: &Path, key: &PointerKey) -> Lookup<Pointer> {
        match read(&self.files, path, key) {
            Lookup::Intact(body) => Lookup::Intact(body.pointer),
            Lookup::Damaged(mismatch) => match read_unsealed(&self.files, path) {
                Some(pointer) if self.accepts_unsealed_pointers => Lookup::Intact(pointer),
                _ => Lookup::Damaged(mismatch),
            },
            Lookup::Absent => Lookup::Absent,
            Lookup::Unreadable(error) => Lookup::Unreadable(error),
        }
    }

    /// Returns the digests of the visible outputs by path in their folder and by stamp, as they were
    /// published; none if that is unknown.
    pub(super) fn shown_files(&self, pipeline: &str, stage: &str) -> FileIndex {
        let path = self.layout.pointer(pipeline, stage);
        let key = self.pointer_key(&path);
        key.map_or_else(FileIndex::default, |key| self.shown_at(&path, &key))
    }

    /// Returns [`Store::shown_files`] of the pointer at a path.
    pub(super) fn shown_at(&self, path: &Path, key: &PointerKey) -> FileIndex {
        let body = read(&self.files, path, key).intact();
        let text = body.and_then(|body| body.shown).unwrap_or_default();
        FileIndex::parse(text.into_bytes(), 0)
    }

    /// Returns the path and key of every pointer, in a fixed order.
    pub(super) fn pointers(&self) -> Vec<(PathBuf, PointerKey)> {
        let entries = self.files.entries_at(&self.layout.pointers, 2..=2).into_iter();
        entries
            .filter_map(|entry| Some((entry.path.clone(), self.pointer_key(&entry.path)?)))
            .collect()
    }

    /// Returns the key in a pointer's path; `None` for other files, such as a temporary file.
    pub(super) fn pointer_key(&self, path: &Path) -> Option<PointerKey> {
        let inside = path.strip_prefix(&self.layout.pointers).ok()?;
        let pipeline = inside.parent()?.to_str()?.to_owned();
        let stage = inside.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
        (!stage.starts_with('.')).then_some(PointerKey { pipeline, stage })
    }

    /// Writes the pointer of a stage, with the stamps of its visible outputs.
    pub(super) fn set_pointer(
        &self,
        pipeline: &str,
        stage: &str,
        pointer: Pointer,
        shown: &FileIndex,
    ) -> Result<()> {
        let path = self.layout.pointer(pipeline, stage);
        let Some(key) = self.pointer_key(&path) else { return Ok(()) };
        let shown = String::from_utf8(shown.render(|_| true)).ok();
        write(&self.files, &path, &Body { key, pointer, shown })
    }

    /// Seals the unsealed pointers of format 1. Files that are a pointer of neither format stay as they
    /// are and are reported when they are read.
    pub(super) fn seal_pointers(&self) -> Result<()> {
        for (path, key) in self.pointers() {
            let sealed = read(&self.files, &path, &key);
            let unsealed = read_unsealed(&self.files, &path);
            if let (Lookup::Damaged(_), Some(pointer)) = (sealed, unsealed) {
                write(&self.files, &path, &Body { key, pointer, shown: None })?;
            }
        }
        Ok(())
    }
}

fn write(files: &Files, path: &Path, body: &Body) -> Result<()> {
    let body = serde_json::to_vec(body);
    let body = body.map_err(|error| StoreError::at(path, error.into()))?;
    Ok(files.write_atomic(path, &seal(SEALED, &body))?)
}

fn read(files: &Files, path: &Path, key: &PointerKey) -> Lookup<Body> {
    read_sealed(files, path, SEALED, |bytes| match serde_json::from_slice::<Body>(bytes) {
        // The kind is the name of a folder of records.
        Ok(body) if body.key == *key && is_safe_name(&body.pointer.kind) => Ok(body),
        _ => Err(DigestMismatch::unknown(bytes)),
    })
}

/// Reads a pointer of format 1.
fn read_unsealed(files: &Files, path: &Path) -> Option<Pointer> {
    let pointer: Pointer = serde_json::from_slice(&files.read(path).ok()?).ok()?;
    is_safe_name(&pointer.kind).then_some(pointer)
}
