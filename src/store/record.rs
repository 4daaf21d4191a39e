//! What a finished stage left behind.

use crate::fingerprint::{Digest, StageInputs};
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
}

/// A record as it lies on disk: a flipped bit shows in the check.
#[derive(Serialize, Deserialize)]
struct Sealed {
    check: Digest,
    record: Record,
}

impl Record {
    /// The stage kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.inputs.kind
    }

    /// Outputs and diagnostics.
    pub fn files(&self) -> impl Iterator<Item = &OutputFile> {
        self.outputs.iter().chain(&self.diagnostics)
    }

    /// The outputs at a path, or below it when it ends in `/`; all of them without one.
    pub fn outputs_at<'a>(&'a self, path: Option<&'a str>) -> impl Iterator<Item = &'a OutputFile> {
        self.outputs.iter().filter(move |file| match path {
            None => true,
            Some(folder) if folder.ends_with('/') => file.path.starts_with(folder),
            Some(path) => file.path == path,
        })
    }

    /// Reads a record; `None` when there is none, or none that is sound.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let bytes = fs_err::read(path).ok()?;
        let sealed: Sealed = serde_json::from_slice(&bytes).ok()?;
        (check(&sealed.record) == Some(sealed.check)).then_some(sealed.record)
    }

    /// The bytes to be written.
    pub(super) fn sealed(&self) -> serde_json::Result<Vec<u8>> {
        // Read back what was written before sealing it, so that a decimal that the parser would
        // round otherwise cannot make a sound record look damaged.
        let record: Self = serde_json::from_slice(&serde_json::to_vec(self)?)?;
        let check = Digest::of(&serde_json::to_vec(&record)?);
        serde_json::to_vec(&Sealed { check, record })
    }
}

fn check(record: &Record) -> Option<Digest> {
    serde_json::to_vec(record).ok().map(|bytes| Digest::of(&bytes))
}
