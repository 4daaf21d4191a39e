//! Blobs: read-only files named by the digest of their content.

use super::files::{EntryKind, FileStat};
use super::{Result, Store};
use crate::fingerprint::Digest;
use std::io::ErrorKind;
use std::path::Path;

/// A finished file that is in the store.
pub(super) struct StoredFile {
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) is_executable: bool,
}

/// Returns whether the metadata are those of a blob with the expected size.
pub(super) fn is_blob(stat: Option<FileStat>, size: u64) -> bool {
    stat.is_some_and(|stat| stat.kind == EntryKind::File && stat.bytes() == size)
}

impl Store {
    /// Returns whether a blob exists with the expected size.
    pub(super) fn has_blob(&self, digest: &Digest, size: u64) -> bool {
        is_blob(self.files.stat(&self.layout.blob(digest)).ok(), size)
    }

    /// Moves a finished file into the store. The file must not be written any more. A file that has other
    /// names is copied instead: it may be the user's.
    pub(super) fn store_file(&self, file: &Path, stat: &FileStat) -> Result<StoredFile> {
        let (digest, size) = match self.files.digest(file) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied && stat.names == 1 => {
                self.files.set_mode(file, 0o600)?;
                self.files.digest(file)?
            }
            digest => digest?,
        };
        let stored = StoredFile { digest, size, is_executable: stat.is_executable() };
        let blob = self.layout.blob(&digest);
        // If the stage linked a blob, its content was just verified, and it is on disk already.
        let is_same_file = self.files.stat(&blob).is_ok_and(|blob| blob.identity == stat.identity);
        let is_stored = is_same_file
            || self.quarantine_blob(&digest)?.is_none() && self.has_blob(&digest, size);
        if is_stored {
            return Ok(stored);
        }
        let folder = blob.parent().unwrap_or(&self.layout.blobs);
        self.files.create_all(folder)?;
        // The mode belongs to the stage's file. Whoever may list the folder may read its blobs.
        let mode = self.files.stat(folder)?.mode & 0o444;
        if stat.names > 1 {
            self.files.copy_sealed(file, &blob, mode)?;
        } else {
            self.files.seal(file, mode)?;
            self.files.rename(file, &blob)?;
        }
        Ok(stored)
    }
}
