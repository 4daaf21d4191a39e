//! Content-addressed files.

use super::{Store, StoreError, create_all};
use crate::fingerprint::{Digest, digest_file};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Whether a blob is there with the size that it should have.
pub(super) fn looks_whole(blob: &Path, size: u64) -> bool {
    fs_err::metadata(blob).is_ok_and(|data| data.is_file() && data.len() == size)
}

/// Whether two paths are links to one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| {
        let data = fs_err::symlink_metadata(path).ok()?;
        Some((data.dev(), data.ino()))
    };
    identity(one).is_some_and(|one| Some(one) == identity(other))
}

/// Moves a finished file into the store and tells its digest and size. The file must lie on the
/// store's file system and must not be written any more.
pub(super) fn take(store: &Store, file: &Path) -> Result<(Digest, u64), StoreError> {
    let (digest, size) = digest_file(file).map_err(StoreError::Io)?;
    let blob = store.blob(&digest);
    if is_same_file(file, &blob) {
        // A stage handed over a blob: its content was just read, and it is on disk already.
        return Ok((digest, size));
    }
    if store.set_blob_aside(&digest)?.is_none() && looks_whole(&blob, size) {
        return Ok((digest, size));
    }
    if let Some(folder) = blob.parent() {
        create_all(folder)?;
    }
    let handle = fs_err::File::open(file).map_err(StoreError::Io)?;
    let mut permissions = handle.metadata().map_err(StoreError::Io)?.permissions();
    permissions.set_readonly(true);
    handle.set_permissions(permissions).map_err(StoreError::Io)?;
    // The content must be on disk before a record can name it.
    handle.sync_all().map_err(StoreError::Io)?;
    fs_err::rename(file, &blob).map_err(StoreError::Io)?;
    Ok((digest, size))
}
