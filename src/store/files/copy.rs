//! Copies files, as reflinks where the file system can.

use super::entry::kind_at;
use super::errors::{error_at, plain_error, with_path};
use super::temp_file::{TempFile, copy_into};
use super::{EntryKind, FILE_MODE, Files, Mode, OFlags, PLAIN, PROGRAM_MODE};
use rustix::fs::{AtFlags, chmodat, openat};
use rustix::io::Errno;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

impl Files {
    /// Copies a plain file to a new path; its mode is that of a new file, or program if `is_executable`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or the new path exists or cannot be written.
    pub fn copy(&self, from: &Path, to: &Path, is_executable: bool) -> io::Result<()> {
        let source = self.open(from)?;
        let (folder, name) = self.parent(to)?;
        let mode = if is_executable { PROGRAM_MODE } else { FILE_MODE };
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | PLAIN;
        let copy = openat(&folder, name, flags, mode).map_err(|errno| error_at(to, errno))?;
        copy_into(&source, &File::from(copy)).map_err(|error| with_path(to, error))
    }

    /// Copies a plain file to a path with this mode, and syncs it; replaces a file of that path.
    pub(in crate::store) fn copy_sealed(
        &self,
        from: &Path,
        to: &Path,
        mode: u32,
    ) -> io::Result<()> {
        let source = self.open(from)?;
        let (folder, _) = self.parent(to)?;
        let copy = TempFile::new(&folder, to)?;
        copy.copy(&source, Permissions::from_mode(mode))?;
        copy.persist(true).map(drop)
    }

    /// Sets the mode of a plain file that is complete, and syncs it.
    pub(in crate::store) fn seal(&self, path: &Path, mode: u32) -> io::Result<()> {
        let file = self.open(path)?;
        file.set_permissions(Permissions::from_mode(mode)).map_err(|e| with_path(path, e))?;
        file.sync_all().map_err(|error| with_path(path, error))
    }

    /// Sets the mode of a plain file that may not be opened.
    pub(in crate::store) fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        if kind_at(&folder, name) != Some(EntryKind::File) {
            return Err(plain_error(path, Errno::LOOP));
        }
        chmodat(&folder, name, Mode::from_raw_mode(mode), AtFlags::empty())
            .map_err(|errno| error_at(path, errno))
    }

    /// Gives a stage a private file in place of one that has other names: the stage may write it in place.
    pub(in crate::store) fn separate(&self, path: &Path) -> io::Result<()> {
        self.copy_sealed(path, path, 0o600)
    }
}

/// Copies a file to a new path in a folder that this process made, such as the scratch folder of an attempt;
/// creates the folders of the path.
///
/// # Errors
/// Returns an error if the file cannot be read or the copy cannot be written.
pub(crate) fn copy_new(from: &Path, to: &Path, is_executable: bool) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let source = fs_err::File::open(from)?.into_file();
    let mut options = File::options();
    options.read(true).write(true).create_new(true).mode(if is_executable { 0o777 } else { 0o666 });
    let copy = options.open(to).map_err(|error| with_path(to, error))?;
    copy_into(&source, &copy).map_err(|error| with_path(to, error))
}
