//! Writes files and creates folders.

use super::{
    FILE_MODE, FOLDER_MODE, Files, Mode, OFlags, PLAIN, error_at, open_folder, plain_error,
    with_path,
};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, RenameFlags, mkdirat, openat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

impl Files {
    /// Creates a folder and those above it.
    ///
    /// # Errors
    /// Returns an error if one cannot be created, or is something else.
    pub fn create_all(&self, path: &Path) -> io::Result<()> {
        let names = self.names(path)?;
        if let Err(error) = self.start(&[]) {
            if error.kind() != io::ErrorKind::NotFound {
                return Err(error);
            }
            fs_err::create_dir_all(&self.root)?;
        }
        let (mut folder, skipped) = self.start(&names)?;
        for (index, name) in names.iter().enumerate().skip(skipped) {
            let opened = match open_folder(&folder, name) {
                Err(Errno::NOENT) => match mkdirat(&folder, *name, FOLDER_MODE) {
                    Ok(()) | Err(Errno::EXIST) => open_folder(&folder, name),
                    Err(errno) => Err(errno),
                },
                opened => opened,
            };
            folder = opened.map_err(|errno| {
                let path = names[..=index].iter().fold(self.root.clone(), |at, name| at.join(name));
                super::folder_error(&path, errno, super::entry::kind_at(&folder, name))
            })?;
        }
        Ok(())
    }

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
        let (folder, name) = self.parent(path)?;
        let mut temp = TempFile::new(&folder).map_err(|errno| error_at(path, errno))?;
        temp.file.write_all(bytes).map_err(|error| with_path(path, error))?;
        temp.file.sync_all().map_err(|error| with_path(path, error))?;
        temp.persist(name, path)
    }

    /// Writes a file that only its owner may read, and syncs it. Returns false if the path exists and is not to
    /// be replaced.
    pub(in crate::store) fn write_private(
        &self,
        path: &Path,
        bytes: &[u8],
        replaces: bool,
    ) -> io::Result<bool> {
        let (folder, name) = self.parent(path)?;
        let mut temp = TempFile::new(&folder).map_err(|errno| error_at(path, errno))?;
        temp.file.set_permissions(Permissions::from_mode(0o600))?;
        temp.file.write_all(bytes).map_err(|error| with_path(path, error))?;
        temp.file.sync_all().map_err(|error| with_path(path, error))?;
        match replaces {
            true => temp.persist(name, path).map(|()| true),
            false => temp.persist_new(name, path),
        }
    }

    /// Syncs the names in a folder: after a power cut, a file without its name would be lost.
    pub(in crate::store) fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let folder = self.folder(path)?;
        rustix::fs::fsync(&folder).map_err(|errno| error_at(path, errno))
    }

    /// Returns an error if no file can be created in a folder.
    pub(in crate::store) fn check_writable(&self, path: &Path) -> io::Result<()> {
        let folder = self.folder(path)?;
        TempFile::new(&folder).map(drop).map_err(|errno| error_at(path, errno))
    }
}

/// Prefix of temporary files; a prune removes what killed processes left.
pub(in crate::store) const TEMP_PREFIX: &str = ".new";

/// A file in a folder that is removed when dropped, unless it got its name.
pub(super) struct TempFile<'a> {
    folder: &'a OwnedFd,
    name: String,
    pub(super) file: File,
    is_named: bool,
}

impl<'a> TempFile<'a> {
    pub(super) fn new(folder: &'a OwnedFd) -> Result<Self, Errno> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | PLAIN;
        let create = |name: &str| openat(folder.as_fd(), name, flags, FILE_MODE);
        let (name, file) = with_unused_name(TEMP_PREFIX, create)?;
        Ok(Self { folder, name, file: File::from(file), is_named: false })
    }

    /// Renames it, replacing a file of that name. `path` is for messages.
    pub(super) fn persist(mut self, name: &OsStr, path: &Path) -> io::Result<()> {
        let renamed = renameat(self.folder, &self.name, self.folder, name);
        self.is_named = renamed.is_ok();
        renamed.map_err(|errno| error_at(path, errno))
    }

    /// Renames it; returns false if the name is in use.
    pub(super) fn persist_new(mut self, name: &OsStr, path: &Path) -> io::Result<bool> {
        let (folder, flags) = (self.folder, RenameFlags::NOREPLACE);
        match renameat_with(folder, &self.name, folder, name, flags) {
            Ok(()) => {
                self.is_named = true;
                Ok(true)
            }
            Err(Errno::EXIST) => Ok(false),
            // Some file systems do not support NOREPLACE.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match super::entry::kind_at(folder, name) {
                    Some(_) => Ok(false),
                    None => self.persist(name, path).map(|()| true),
                }
            }
            Err(errno) => Err(error_at(path, errno)),
        }
    }
}

impl Drop for TempFile<'_> {
    fn drop(&mut self) {
        if !self.is_named {
            // A prune removes it later.
            let _ = unlinkat(self.folder, &self.name, AtFlags::empty());
        }
    }
}

/// Calls `create` with names until one is unused.
fn with_unused_name<T>(
    prefix: &str,
    create: impl Fn(&str) -> Result<T, Errno>,
) -> Result<(String, T), Errno> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{prefix}{}-{count}", std::process::id());
        match create(&name) {
            Err(Errno::EXIST) => {}
            result => return Ok((name, result?)),
        }
    }
}
