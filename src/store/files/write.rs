//! Writes files and creates folders.

use super::errors::{error_at, plain_error, with_path};
use super::temp_file::{TempFile, with_unused_name};
use super::{FOLDER_MODE, Files, Mode, OFlags};
use rustix::fs::mkdirat;
use rustix::io::Errno;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

impl Files {
    /// Creates one new folder.
    ///
    /// # Errors
    /// Returns an error if the path exists or the folder cannot be created.
    pub fn create_folder(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        mkdirat(&folder, name, FOLDER_MODE).map_err(|errno| error_at(path, errno))
    }

    /// Creates a folder with an unused name that begins with `prefix`, for this user alone.
    pub(in crate::store) fn create_unique(
        &self,
        folder: &Path,
        prefix: &str,
    ) -> io::Result<PathBuf> {
        let opened = self.folder(folder)?;
        let create = |name: &str| mkdirat(&opened, name, Mode::from_raw_mode(0o700));
        let (name, ()) =
            with_unused_name(prefix, create).map_err(|errno| error_at(folder, errno))?;
        Ok(folder.join(name))
    }

    /// Creates a new file for writing.
    ///
    /// # Errors
    /// Returns an error if the path exists or the file cannot be created.
    pub fn create_new(&self, path: &Path) -> io::Result<File> {
        self.open_with(path, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL)
    }

    /// Writes a new file, which a crash may leave incomplete.
    pub(in crate::store) fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.create_new(path)?.write_all(bytes).map_err(|error| with_path(path, error))
    }

    /// Opens a plain file for reading and writing in place, and creates it if it does not exist. For lock
    /// files: their content only serves messages.
    pub fn open_to_lock(&self, path: &Path, create: bool) -> io::Result<File> {
        let create = if create { OFlags::CREATE } else { OFlags::empty() };
        self.open_with(path, OFlags::RDWR | create)
    }

    /// Appends to a plain file that has no other name.
    ///
    /// # Errors
    /// Returns an error if the file does not exist, has other names or cannot be written.
    pub fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.stat(path)?.names > 1 {
            return Err(plain_error(path, Errno::LOOP));
        }
        let mut file = self.open_with(path, OFlags::WRONLY | OFlags::APPEND)?;
        file.write_all(bytes).map_err(|error| with_path(path, error))
    }

    /// Writes a file so that it exists completely or not at all, even after a power cut; creates its folder.
    /// Another name of an old file keeps the old content.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written, synced or renamed.
    pub fn write_atomic(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.create_all(path.parent().unwrap_or(&self.root))?;
        let (folder, _) = self.parent(path)?;
        let mut temp = TempFile::new(&folder, path)?;
        temp.write(bytes)?;
        temp.persist(true).map(drop)
    }

    /// Writes a file that only its owner may read, and syncs it. Returns false if the path exists and is not to
    /// be replaced.
    pub(in crate::store) fn write_private(
        &self,
        path: &Path,
        bytes: &[u8],
        replaces: bool,
    ) -> io::Result<bool> {
        let (folder, _) = self.parent(path)?;
        let mut temp = TempFile::new(&folder, path)?;
        temp.set_permissions(Permissions::from_mode(0o600))?;
        temp.write(bytes)?;
        temp.persist(replaces)
    }

    /// Syncs the names in a folder: after a power cut, a file without its name would be lost.
    pub(in crate::store) fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let folder = self.folder(path)?;
        rustix::fs::fsync(&folder).map_err(|errno| error_at(path, errno))
    }

    /// Returns an error if no file can be created in a folder.
    pub(in crate::store) fn check_writable(&self, path: &Path) -> io::Result<()> {
        let folder = self.folder(path)?;
        TempFile::new(&folder, path).map(drop)
    }
}
