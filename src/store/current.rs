//! Which record a stage's visible outputs show.

use super::seal::{self, Fault, Lookup};
use super::{Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The pointer from a stage of a pipeline to its newest record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// Stage kind of the record.
    pub kind: String,
    /// Fingerprint of the record.
    pub fingerprint: Digest,
}

/// Whose visible outputs a pointer is about: `<pipeline>/<folder of the stage>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The pipeline's name.
    pub pipeline: String,
    /// The stage's folder, which is its id where an id makes a good name.
    pub stage: String,
}

/// The body on disk. The place is part of it: a pointer in another's place is damage.
#[derive(Serialize, Deserialize)]
struct Body {
    place: Place,
    current: Current,
}

/// What the seal of a pointer on disk calls its body.
const SEALED: &str = "current";

impl Store {
    /// The pointer of a stage.
    #[must_use]
    pub fn current(&self, pipeline: &str, stage: &str) -> Lookup<Current> {
        let path = self.layout.pointer(pipeline, stage);
        self.place_at(&path).map_or(Lookup::Absent, |place| self.pointer(&path, &place))
    }

    /// The pointer at a path.
    pub(super) fn pointer(&self, path: &Path, place: &Place) -> Lookup<Current> {
        match sealed(path, place) {
            Lookup::Damaged(fault) => match bare(path) {
                Some(current) if self.accepts_bare_pointers => Lookup::Sound(current),
                _ => Lookup::Damaged(fault),
            },
            other => other,
        }
    }

    /// Every pointer's path, in a fixed order.
    pub(super) fn pointers(&self) -> Vec<(PathBuf, Place)> {
        let entries =
            WalkDir::new(self.layout.current()).min_depth(2).max_depth(2).sort_by_file_name();
        let paths = entries.into_iter().flatten().map(walkdir::DirEntry::into_path);
        paths.filter_map(|path| Some((path.clone(), self.place_at(&path)?))).collect()
    }

    /// The place that a pointer's path spells; `None` for what is none, as a temporary file.
    pub(super) fn place_at(&self, path: &Path) -> Option<Place> {
        let inside = path.strip_prefix(self.layout.current()).ok()?;
        let pipeline = inside.parent()?.to_str()?.to_owned();
        let stage = inside.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
        (!stage.starts_with('.')).then_some(Place { pipeline, stage })
    }

    pub(super) fn set_current(
        &self,
        pipeline: &str,
        stage: &str,
        current: &Current,
    ) -> Result<(), StoreError> {
        let path = self.layout.pointer(pipeline, stage);
        match self.place_at(&path) {
            Some(place) => write(&path, place, current.clone()),
            None => Ok(()),
        }
    }

    /// Seals the pointers that format 1 left bare. What is no pointer of either format stays as it is,
    /// to be named when it is used.
    pub(super) fn seal_bare_pointers(&self) -> Result<(), StoreError> {
        for (path, place) in self.pointers() {
            if let (Lookup::Damaged(_), Some(current)) = (sealed(&path, &place), bare(&path)) {
                write(&path, place, current)?;
            }
        }
        Ok(())
    }
}

fn write(path: &Path, place: Place, current: Current) -> Result<(), StoreError> {
    let body = serde_json::to_vec(&Body { place, current });
    let body = body.map_err(|error| StoreError::at(path, error.into()))?;
    write_atomic(path, &seal::seal(SEALED, &body))
}

fn sealed(path: &Path, place: &Place) -> Lookup<Current> {
    seal::look(path, SEALED, |bytes| match serde_json::from_slice::<Body>(bytes) {
        Ok(body) if body.place == *place => Ok(body.current),
        _ => Err(Fault::unknown(bytes)),
    })
}

/// A pointer of format 1.
fn bare(path: &Path) -> Option<Current> {
    serde_json::from_slice(&fs_err::read(path).ok()?).ok()
}
