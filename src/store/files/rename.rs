//! Renames, also from one file system to another.

use super::copy::copy_into;
use super::write::TempFile;
use super::{EntryKind, Files, OFlags, error_at, open_plain, plain_error};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, RenameFlags, linkat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::io;
use std::path::Path;

impl Files {
    /// Renames a file or folder, and replaces a file of the new name. A file on another file system is
    /// copied; a folder cannot be.
    ///
    /// # Errors
    /// Returns an error if it cannot be renamed or copied; then the old name stays.
    pub(in crate::store) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (folder, name) = self.parent(from)?;
        let (target, new_name) = self.parent(to)?;
        match renameat(&folder, name, &target, new_name) {
            Err(Errno::XDEV) if self.is_file(from) => {
                self.copy_to_temp((&folder, name, from), &target)?.persist(new_name, to)?;
                unlinkat(&folder, name, AtFlags::empty()).map_err(|errno| error_at(from, errno))
            }
            result => result.map_err(|errno| error_at(from, errno)),
        }
    }

    /// Renames to an unused name. Returns false if the name is in use.
    pub(in crate::store) fn rename_new(&self, from: &Path, to: &Path) -> io::Result<bool> {
        let (folder, name) = self.parent(from)?;
        let (target, new_name) = self.parent(to)?;
        match renameat_with(&folder, name, &target, new_name, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            // Some file systems do not support NOREPLACE.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => match self.exists(to) {
                true => Ok(false),
                false => self.rename(from, to).map(|()| true),
            },
            Err(Errno::XDEV) if self.is_file(from) => {
                let copy = self.copy_to_temp((&folder, name, from), &target)?;
                if !copy.persist_new(new_name, to)? {
                    return Ok(false);
                }
                let removed = unlinkat(&folder, name, AtFlags::empty());
                removed.map(|()| true).map_err(|errno| error_at(from, errno))
            }
            Err(errno) => Err(error_at(from, errno)),
        }
    }

    /// Exchanges two names on one file system. Returns false if the file system cannot.
    pub(in crate::store) fn exchange(&self, one: &Path, other: &Path) -> io::Result<bool> {
        let (folder, name) = self.parent(one)?;
        let (target, other_name) = self.parent(other)?;
        Ok(renameat_with(&folder, name, &target, other_name, RenameFlags::EXCHANGE).is_ok())
    }

    /// Gives a plain file a second name. Returns false if it is none, or the file system cannot.
    pub(in crate::store) fn link(&self, from: &Path, to: &Path) -> io::Result<bool> {
        if !self.stat(from).is_ok_and(|stat| stat.kind == EntryKind::File) {
            return Ok(false);
        }
        let (folder, name) = self.parent(from)?;
        let (target, new_name) = self.parent(to)?;
        Ok(linkat(&folder, name, &target, new_name, AtFlags::empty()).is_ok())
    }

    fn copy_to_temp<'a>(
        &self,
        (folder, name, path): (&OwnedFd, &OsStr, &Path),
        target: &'a OwnedFd,
    ) -> io::Result<TempFile<'a>> {
        let source = open_plain(folder, name, OFlags::RDONLY);
        let source = source.map_err(|errno| plain_error(path, errno))?;
        let copy = TempFile::new(target).map_err(|errno| error_at(path, errno))?;
        copy_into(&source, &copy.file)?;
        copy.file.set_permissions(source.metadata()?.permissions())?;
        copy.file.sync_all()?;
        Ok(copy)
    }
}
