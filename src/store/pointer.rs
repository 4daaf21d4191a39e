//! Pointers: which record a stage's visible outputs come from.

use super::seal::{DigestMismatch, Lookup, read_sealed, seal};
use super::usage::paths_below;
use super::{Result, Store, StoreError, write_atomic};
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
        match read(path, key) {
            Lookup::Damaged(mismatch) => match read_unsealed(path) {
                Some(pointer) if self.accepts_unsealed_pointers => Lookup::Intact(pointer),
                _ => Lookup::Damaged(mismatch),
            },
            other => other,
        }
    }

    /// Returns the path and key of every pointer, in a fixed order.
    pub(super) fn pointers(&self) -> Vec<(PathBuf, PointerKey)> {
        let paths = paths_below(&self.layout.pointers, 2..=2);
        paths.filter_map(|path| Some((path.clone(), self.pointer_key(&path)?))).collect()
    }

    /// Returns the key in a pointer's path; `None` for other files, such as a temporary file.
    pub(super) fn pointer_key(&self, path: &Path) -> Option<PointerKey> {
        let inside = path.strip_prefix(&self.layout.pointers).ok()?;
        let pipeline = inside.parent()?.to_str()?.to_owned();
        let stage = inside.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
        (!stage.starts_with('.')).then_some(PointerKey { pipeline, stage })
    }

    pub(super) fn set_pointer(&self, pipeline: &str, stage: &str, pointer: Pointer) -> Result<()> {
        let path = self.layout.pointer(pipeline, stage);
        self.pointer_key(&path).map_or(Ok(()), |key| write(&path, key, pointer))
    }

    /// Seals the unsealed pointers of format 1. Files that are a pointer of neither format stay as they
    /// are and are reported when they are read.
    pub(super) fn seal_pointers(&self) -> Result<()> {
        for (path, key) in self.pointers() {
            if let (Lookup::Damaged(_), Some(pointer)) = (read(&path, &key), read_unsealed(&path)) {
                write(&path, key, pointer)?;
            }
        }
        Ok(())
    }
}

fn write(path: &Path, key: PointerKey, pointer: Pointer) -> Result<()> {
    let body = serde_json::to_vec(&Body { key, pointer });
    let body = body.map_err(|error| StoreError::at(path, error.into()))?;
    write_atomic(path, &seal(SEALED, &body))
}

fn read(path: &Path, key: &PointerKey) -> Lookup<Pointer> {
    read_sealed(path, SEALED, |bytes| match serde_json::from_slice::<Body>(bytes) {
        Ok(body) if body.key == *key => Ok(body.pointer),
        _ => Err(DigestMismatch::unknown(bytes)),
    })
}

/// Reads a pointer of format 1.
fn read_unsealed(path: &Path) -> Option<Pointer> {
    serde_json::from_slice(&fs_err::read(path).ok()?).ok()
}
