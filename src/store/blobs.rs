//! Content-addressed files.

use super::record::OutputFile;
use super::{Layout, StoreError, create_all};
use crate::fingerprint::{Digest, digest_file};
use std::path::Path;

/// Whether a blob is there with the size that it should have.
pub(super) fn looks_whole(blob: &Path, size: u64) -> bool {
    fs_err::metadata(blob).is_ok_and(|data| data.is_file() && data.len() == size)
}

/// Moves a finished file into the store and tells its digest and size. The file must lie on the
/// store's file system and must not be written any more.
pub(super) fn take(layout: &Layout, file: &Path) -> Result<(Digest, u64), StoreError> {
    let (digest, size) = digest_file(file).map_err(StoreError::Io)?;
    let blob = layout.blob(&digest);
    if looks_whole(&blob, size) && digest_file(&blob).is_ok_and(|(found, _)| found == digest) {
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

/// Whether a blob has the content that a record says; if not, it is moved aside.
pub(super) fn verify_or_quarantine(layout: &Layout, file: &OutputFile) -> Result<bool, StoreError> {
    let blob = layout.blob(&file.digest);
    match digest_file(&blob) {
        Ok((digest, size)) if digest == file.digest && size == file.size => Ok(true),
        Ok(_) => {
            create_all(&layout.quarantine())?;
            let aside = layout.quarantine().join(file.digest.to_string());
            fs_err::rename(&blob, aside).map_err(StoreError::Io)?;
            Ok(false)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::Io(error)),
    }
}
