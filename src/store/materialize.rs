//! Copies blobs to paths where the user may open them.

use super::{Result, StoreError, create_all};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// How a blob is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyMode {
    /// A reflink or a copy, so that an edit never reaches the blob.
    Copy,
    /// A reflink or a copy of a small blob, a hard link to a large one. For run folders, in which a second
    /// copy of a model would waste space.
    LinkIfLarge,
}

/// Size in bytes above which [`CopyMode::LinkIfLarge`] links.
const LARGE: u64 = 4 << 20;

/// Copies a blob to a path that does not exist yet, creating its folders.
///
/// # Errors
/// Returns an error if the blob cannot be read or the target cannot be written.
pub fn materialize(blob: &Path, target: &Path, mode: CopyMode) -> Result<()> {
    if let Some(folder) = target.parent() {
        create_all(folder)?;
    }
    let size = fs_err::metadata(blob)?.len();
    if mode == CopyMode::LinkIfLarge && size > LARGE && fs_err::hard_link(blob, target).is_ok() {
        return Ok(());
    }
    reflink_copy::reflink_or_copy(blob, target).map_err(|error| StoreError::at(target, error))?;
    let mut permissions = fs_err::metadata(target)?.permissions();
    // Blobs are read-only.
    permissions.set_mode(permissions.mode() | 0o200);
    fs_err::set_permissions(target, permissions).map_err(StoreError::Io)
}
