//! Blobs: read-only files named by the digest of their content.

use super::{Result, Store, create_all};
use crate::fingerprint::{Digest, digest_file};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Returns whether a blob exists with the expected size.
pub(super) fn has_size(blob: &Path, size: u64) -> bool {
    fs_err::metadata(blob).is_ok_and(|data| data.is_file() && data.len() == size)
}

/// Returns whether two paths are hard links to one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| fs_err::symlink_metadata(path).ok().map(|d| (d.dev(), d.ino()));
    identity(one).is_some_and(|one| Some(one) == identity(other))
}

/// Moves a finished file into the store and returns its digest and size. The file must be on the store's
/// file system and must not be written any more.
pub(super) fn store_file(store: &Store, file: &Path) -> Result<(Digest, u64)> {
    let (digest, size) = digest_file(file)?;
    let blob = store.layout.blob(&digest);
    // If the stage linked a blob, its content was just verified, and it is on disk already.
    let is_stored = is_same_file(file, &blob)
        || store.quarantine_blob(&digest)?.is_none() && has_size(&blob, size);
    if is_stored {
        return Ok((digest, size));
    }
    blob.parent().map_or(Ok(()), create_all)?;
    let handle = fs_err::File::open(file)?;
    let mut permissions = handle.metadata()?.permissions();
    permissions.set_readonly(true);
    handle.set_permissions(permissions)?;
    // The content must be on disk before a record can refer to it.
    handle.sync_all()?;
    fs_err::rename(file, &blob)?;
    Ok((digest, size))
}
