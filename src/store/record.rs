//! Records: the manifest of a finished stage.

use super::files::Files;
use super::seal::{DigestMismatch, Lookup, read_sealed, seal};
use crate::fingerprint::{Digest, Preimage, StageInputs};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A file that a stage produced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Path inside the stage's folder; that of an empty folder ends in `/`.
    pub path: String,
    /// Digest of its content.
    pub digest: Digest,
    /// Size in bytes.
    pub size: u64,
    /// Whether it is a program. The blob's mode is no file's: several files may share a blob.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

impl OutputFile {
    /// Returns an empty folder.
    pub(super) fn folder(path: String) -> Self {
        Self { path, digest: Digest::compute(b""), size: 0, executable: false }
    }

    /// Returns whether it is an empty folder, which has no blob.
    pub fn is_folder(&self) -> bool {
        self.path.ends_with('/')
    }

    /// Returns whether its path stays inside the stage's folder.
    pub(super) fn is_safe(&self) -> bool {
        let path = self.path.strip_suffix('/').unwrap_or(&self.path);
        path.split('/').all(is_safe_name)
    }
}

/// Returns whether a name in a record or pointer is the name of a file or folder, and leads nowhere else.
pub(super) fn is_safe_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}

/// A finished stage: its inputs, outputs and metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Inputs that the fingerprint covers.
    pub inputs: StageInputs,
    /// Outputs, sorted by path.
    pub outputs: Vec<OutputFile>,
    /// Diagnostics, sorted by path.
    pub diagnostics: Vec<OutputFile>,
    /// Metadata.
    #[serde(flatten)]
    pub meta: RecordMeta,
}

/// Time, device and summary of a finished stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordMeta {
    /// Run time of the stage in seconds.
    pub seconds: f64,
    /// Time at which the stage finished, in UTC.
    pub finished: String,
    /// Device that computed the outputs: `cpu`, `cuda:0`.
    pub device: String,
    /// One-line summary of the outputs.
    pub summary: String,
    /// Reason why the outputs are incomplete (`finished early at epoch 3 of 20`); `None` if they are complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<String>,
}

/// Name of the body in the seal of a record.
pub(super) const SEALED: &str = "record";

impl Record {
    /// Returns the fingerprint that names the record: that of its inputs if the outputs are complete. The
    /// fingerprint of a partial record also covers its outputs, so a lookup by inputs never finds it.
    pub fn fingerprint(&self) -> Digest {
        let whole = self.inputs.fingerprint();
        let Some(partial) = &self.meta.partial else { return whole };
        let mut preimage = Preimage::new("partial");
        preimage.digest(&whole).text(partial).list(self.outputs.len());
        for OutputFile { path, digest, size, executable } in &self.outputs {
            preimage.text(path).digest(digest).number(*size);
            if *executable {
                preimage.text("executable");
            }
        }
        preimage.finish()
    }

    /// Returns the stage kind.
    pub fn kind(&self) -> &str {
        &self.inputs.kind
    }

    /// Returns the outputs at `path`, or below it if it ends in `/`; all outputs if it is `None`.
    pub fn outputs_at<'a>(&'a self, path: Option<&'a str>) -> impl Iterator<Item = &'a OutputFile> {
        self.outputs.iter().filter(move |file| path.is_none_or(|path| covers(path, &file.path)))
    }

    /// Returns the outputs and diagnostics.
    pub(super) fn files(&self) -> impl Iterator<Item = &OutputFile> {
        self.outputs.iter().chain(&self.diagnostics)
    }

    /// Reads the record of a fingerprint.
    pub(super) fn read(
        files: &Files,
        path: &Path,
        kind: &str,
        fingerprint: &Digest,
    ) -> Lookup<Self> {
        read_sealed(files, path, SEALED, |body| {
            let record: Self =
                serde_json::from_slice(body).map_err(|_| DigestMismatch::unknown(body))?;
            let found = record.fingerprint();
            // A record may be a stranger's: no path of it may lead out of a stage's folder.
            let is_safe = record.files().all(OutputFile::is_safe);
            let matches = found == *fingerprint && record.kind() == kind && is_safe;
            matches.then_some(record).ok_or_else(|| DigestMismatch::new(*fingerprint, found))
        })
    }

    /// Returns the record as it is written to disk.
    pub(super) fn sealed(&self) -> serde_json::Result<Vec<u8>> {
        Ok(seal(SEALED, &serde_json::to_vec(self)?))
    }
}

/// Returns whether `path` is the output `output`, or below it if that ends in `/`.
pub(super) fn covers(output: &str, path: &str) -> bool {
    if output.ends_with('/') { path.starts_with(output) } else { path == output }
}
