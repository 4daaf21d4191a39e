//! Puts a blob where a person may look at it.

use super::{StoreError, create_all};
use std::path::Path;

/// How a blob is brought to another path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    /// A reflink or a copy of its own: an edit never reaches the blob.
    Own,
    /// A reflink or copy while it is small, else a hard link to the read-only blob: for folders that
    /// only show, where a second copy of a model would cost more than it is worth.
    Shared,
}

/// Above this many bytes, [`Copying::Shared`] links.
const LARGE: u64 = 4 << 20;

/// Brings a blob to a path that does not exist yet, making its folders.
///
/// # Errors
/// When it cannot be read or written.
pub fn place(blob: &Path, target: &Path, how: Copying) -> Result<(), StoreError> {
    if let Some(folder) = target.parent() {
        create_all(folder)?;
    }
    let size = fs_err::metadata(blob).map_err(StoreError::Io)?.len();
    if how == Copying::Shared && size > LARGE && fs_err::hard_link(blob, target).is_ok() {
        return Ok(());
    }
    reflink_copy::reflink_or_copy(blob, target).map_err(|error| StoreError::at(target, error))?;
    let mut permissions = fs_err::metadata(target).map_err(StoreError::Io)?.permissions();
    make_writable(&mut permissions);
    fs_err::set_permissions(target, permissions).map_err(StoreError::Io)
}

#[cfg(unix)]
fn make_writable(permissions: &mut std::fs::Permissions) {
    use std::os::unix::fs::PermissionsExt;
    permissions.set_mode(permissions.mode() | 0o200);
}

#[cfg(not(unix))]
fn make_writable(permissions: &mut std::fs::Permissions) {
    permissions.set_readonly(false);
}
