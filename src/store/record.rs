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

/// A record on disk is `{"check":"<BLAKE3 of RECORD>","record":RECORD}`, spelled just so: the check is
/// over the bytes themselves, so any flipped bit shows.
const BEFORE_CHECK: &[u8] = b"{\"check\":\"";
const BEFORE_RECORD: &[u8] = b"\",\"record\":";
const AFTER_RECORD: &[u8] = b"}";

impl Record {
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

    /// Reads the record of a fingerprint; `None` when there is none, or none that is sound.
    pub(super) fn read(path: &Path, fingerprint: &Digest) -> Option<Self> {
        let bytes = fs_err::read(path).ok()?;
        let rest = bytes.strip_prefix(BEFORE_CHECK)?;
        let (check, rest) = rest.split_at_checked(64)?;
        let body = rest.strip_prefix(BEFORE_RECORD)?.strip_suffix(AFTER_RECORD)?;
        if check != Digest::of(body).to_string().as_bytes() {
            return None;
        }
        let record: Self = serde_json::from_slice(body).ok()?;
        (record.inputs.fingerprint() == *fingerprint).then_some(record)
    }

    /// The bytes to be written.
    pub(super) fn sealed(&self) -> serde_json::Result<Vec<u8>> {
        let body = serde_json::to_vec(self)?;
        let check = Digest::of(&body).to_string();
        Ok([BEFORE_CHECK, check.as_bytes(), BEFORE_RECORD, &body, AFTER_RECORD].concat())
    }
}
