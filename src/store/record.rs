//! What a finished stage left behind.

use super::seal::{self, Fault, Lookup};
use crate::fingerprint::{Digest, Preimage, StageInputs};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One file that a stage made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Path inside the stage's folder.
    pub path: String,
    /// Digest of its content.
    pub digest: Digest,
    /// Size in bytes.
    pub size: u64,
}

/// A finished stage: everything that entered its fingerprint, and everything that came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What entered the fingerprint.
    pub inputs: StageInputs,
    /// Outputs, in the order of their paths.
    pub outputs: Vec<OutputFile>,
    /// Diagnostics, in the order of their paths.
    pub diagnostics: Vec<OutputFile>,
    /// Seconds that the stage worked.
    pub seconds: f64,
    /// When it finished, in UTC.
    pub finished: String,
    /// What computed it: `cpu`, `cuda:0`.
    pub device: String,
    /// One line on what came out.
    pub summary: String,
    /// What is missing from the whole: `finished early at epoch 3 of 20`. `None`: it is the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<String>,
}

/// What the seal of a record on disk calls its body.
pub(super) const SEALED: &str = "record";

impl Record {
    /// What the record is named by: the fingerprint of its inputs, if it is the whole. A partial one has a
    /// name of its own, so that nobody who looks for the whole can find it, and which part it is enters.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        let whole = self.inputs.fingerprint();
        let Some(partial) = &self.partial else { return whole };
        let mut preimage = Preimage::new("partial");
        preimage.digest(&whole).text(partial).list(self.outputs.len());
        for OutputFile { path, digest, size } in &self.outputs {
            preimage.text(path).digest(digest).number(*size);
        }
        preimage.finish()
    }

    /// The stage kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.inputs.kind
    }

    /// The outputs at a path, or below it when it ends in `/`; all of them without one.
    pub fn outputs_at<'a>(&'a self, path: Option<&'a str>) -> impl Iterator<Item = &'a OutputFile> {
        self.outputs.iter().filter(move |file| match path {
            None => true,
            Some(folder) if folder.ends_with('/') => file.path.starts_with(folder),
            Some(path) => file.path == path,
        })
    }

    /// Reads the record of a fingerprint.
    pub(super) fn read(path: &Path, kind: &str, fingerprint: &Digest) -> Lookup<Self> {
        seal::look(path, SEALED, |body| {
            let record: Self = serde_json::from_slice(body).map_err(|_| Fault::unknown(body))?;
            let found = record.fingerprint();
            if found == *fingerprint && record.kind() == kind {
                Ok(record)
            } else {
                Err(Fault::new(*fingerprint, found))
            }
        })
    }

    /// The bytes to be written.
    pub(super) fn sealed(&self) -> serde_json::Result<Vec<u8>> {
        Ok(seal::seal(SEALED, &serde_json::to_vec(self)?))
    }
}
