//! Renames, also from one file system to another.

use super::Files;
use super::errors::{error_at, with_path};
use super::temp_file::{TempFile, rename_unused};
use rustix::fs::{AtFlags, RenameFlags, linkat, renameat, renameat_with};
use rustix::io::Errno;
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
            Err(Errno::XDEV) if self.is_file(from) => self.move_copy(from, to, true).map(drop),
            result => result.map_err(|errno| error_at(from, errno)),
        }
    }

    /// Renames to an unused name. Returns false if the name is in use.
    pub(in crate::store) fn rename_new(&self, from: &Path, to: &Path) -> io::Result<bool> {
        let (folder, name) = self.parent(from)?;
        let (target, new_name) = self.parent(to)?;
        match rename_unused((&folder, name), (&target, new_name)) {
            Err(Errno::XDEV) if self.is_file(from) => self.move_copy(from, to, false),
            result => result.map_err(|errno| error_at(from, errno)),
        }
    }

    /// Moves a plain file to another file system. Returns false if the new name is in use and is not to be
    /// replaced.
    fn move_copy(&self, from: &Path, to: &Path, replaces: bool) -> io::Result<bool> {
        let source = self.open(from)?;
        let permissions = source.metadata().map_err(|error| with_path(from, error))?.permissions();
        let (target, _) = self.parent(to)?;
        let copy = TempFile::new(&target, to)?;
        copy.copy(&source, permissions)?;
        let is_moved = copy.persist(replaces)?;
        if is_moved {
            self.remove_file(from)?;
        }
        Ok(is_moved)
    }

    /// Exchanges two names on one file system. Returns false if the file system cannot.
    pub(in crate::store) fn exchange(&self, one: &Path, other: &Path) -> io::Result<bool> {
        let (folder, name) = self.parent(one)?;
        let (target, other_name) = self.parent(other)?;
        Ok(renameat_with(&folder, name, &target, other_name, RenameFlags::EXCHANGE).is_ok())
    }

    /// Gives a plain file a second name. Returns false if it is no plain file, or the file system cannot.
    pub(in crate::store) fn link(&self, from: &Path, to: &Path) -> io::Result<bool> {
        if !self.is_file(from) {
            return Ok(false);
        }
        let (folder, name) = self.parent(from)?;
        let (target, new_name) = self.parent(to)?;
        Ok(linkat(&folder, name, &target, new_name, AtFlags::empty()).is_ok())
    }
}
