//! Files that get their names once they are complete.

use super::entry::kind_at;
use super::errors::{error_at, with_path};
use super::{FILE_MODE, OFlags, PLAIN};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, RenameFlags, openat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Prefix of temporary files; a prune removes those that killed processes left.
pub(in crate::store) const TEMP_PREFIX: &str = ".new";

/// A file in a folder that is removed when dropped, unless it got its name.
pub(super) struct TempFile<'a> {
    folder: &'a OwnedFd,
    /// The path that it will have.
    path: &'a Path,
    name: String,
    file: File,
    is_named: bool,
}

impl<'a> TempFile<'a> {
    /// Creates a temporary file for `path` in the folder of that path.
    pub(super) fn new(folder: &'a OwnedFd, path: &'a Path) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | PLAIN;
        let create = |name: &str| openat(folder, name, flags, FILE_MODE);
        let created = with_unused_name(TEMP_PREFIX, create);
        let (name, file) = created.map_err(|errno| error_at(path, errno))?;
        Ok(Self { folder, path, name, file: File::from(file), is_named: false })
    }

    pub(super) fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        self.file.set_permissions(permissions).map_err(|error| with_path(self.path, error))
    }

    /// Writes the content, and syncs it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_all());
        written.map_err(|error| with_path(self.path, error))
    }

    /// Copies the content of a file, sets the permissions, and syncs it.
    pub(super) fn copy(&self, source: &File, permissions: Permissions) -> io::Result<()> {
        copy_into(source, &self.file).map_err(|error| with_path(self.path, error))?;
        self.set_permissions(permissions)?;
        self.file.sync_all().map_err(|error| with_path(self.path, error))
    }

    /// Gives the file its name. Returns false if another file has the name and is not to be replaced.
    pub(super) fn persist(mut self, replaces: bool) -> io::Result<bool> {
        let path = self.path.file_name().unwrap_or_default();
        let (old, new) = ((self.folder, OsStr::new(&self.name)), (self.folder, path));
        let renamed = match replaces {
            true => renameat(old.0, old.1, new.0, new.1).map(|()| true),
            false => rename_unused(old, new),
        };
        self.is_named = renamed == Ok(true);
        renamed.map_err(|errno| error_at(self.path, errno))
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
pub(super) fn with_unused_name<T>(
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

/// Copies the content of a file, as a reflink where the file system can.
pub(super) fn copy_into(mut source: &File, mut copy: &File) -> io::Result<()> {
    if reflink_copy::reflink_file(source, copy).is_err() {
        io::copy(&mut source, &mut copy)?;
    }
    Ok(())
}

/// Renames to an unused name. Returns false if the name is in use.
pub(super) fn rename_unused(
    (folder, name): (&OwnedFd, &OsStr),
    (target, new_name): (&OwnedFd, &OsStr),
) -> Result<bool, Errno> {
    match renameat_with(folder, name, target, new_name, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        // Some file systems do not support NOREPLACE.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => match kind_at(target, new_name) {
            Some(_) => Ok(false),
            None => renameat(folder, name, target, new_name).map(|()| true),
        },
        Err(errno) => Err(errno),
    }
}
