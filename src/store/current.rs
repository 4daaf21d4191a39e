//! Which record a stage's visible outputs show.

use super::{Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use serde::{Deserialize, Serialize};

/// The pointer from a stage of a pipeline to its newest record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// Stage kind of the record.
    pub kind: String,
    /// Fingerprint of the record.
    pub fingerprint: Digest,
}

impl Store {
    /// The pointer of a stage, if it has one that can be read.
    #[must_use]
    pub fn current(&self, pipeline: &str, stage: &str) -> Option<Current> {
        let bytes = fs_err::read(self.layout.pointer(pipeline, stage)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    pub(super) fn set_current(
        &self,
        pipeline: &str,
        stage: &str,
        current: &Current,
    ) -> Result<(), StoreError> {
        let path = self.layout.pointer(pipeline, stage);
        let bytes =
            serde_json::to_vec(current).map_err(|error| StoreError::at(&path, error.into()))?;
        write_atomic(&path, &bytes)
    }
}
