//! Reads one file outside of any stage.

use super::describe::describe;
use super::parse::{Parsed, START, md5_of_file, parse_bytes, read_start};
use crate::columnar::CatalogRow;
use crate::fingerprint::{Digest, digest_file};
use crate::music::midi::{MAX_BYTES, ReadOutcome, too_large};
use std::io;
use std::path::Path;

/// A MIDI file as a scan would see it.
pub struct ScannedFile {
    /// Its row in a catalog, without path, group and duplicate.
    pub row: CatalogRow,
    /// The result of reading it.
    pub outcome: ReadOutcome,
}

impl ScannedFile {
    /// Reads and describes the file at `path`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        // One byte more than the limit shows that a file is too long, even if its metadata is wrong.
        let bytes = read_start(path, fs_err::metadata(path)?.len().min(MAX_BYTES), MAX_BYTES + 1)?;
        if bytes.len() as u64 > MAX_BYTES {
            let (digest, size) = digest_file(path)?;
            let start = bytes.get(..START as usize).unwrap_or_default();
            let outcome = too_large(start, size);
            let row = describe(&outcome, &digest.to_string(), size);
            return Ok(Self { row: CatalogRow { md5: Some(md5_of_file(path)?), ..row }, outcome });
        }
        let digest = Digest::compute(&bytes).to_string();
        let Parsed { row, outcome, .. } = parse_bytes(bytes, &digest);
        Ok(Self { row, outcome })
    }
}
