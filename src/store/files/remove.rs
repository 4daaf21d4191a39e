//! Removes files and folders.

use super::entry::FileStat;
use super::errors::error_at;
use super::list::{names, open_unlocked};
use super::{EntryKind, Files};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, statat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::io;
use std::path::Path;

impl Files {
    /// Removes a name that is no folder; of a link, the link.
    ///
    /// # Errors
    /// Returns an error if there is no such name, or it cannot be removed.
    pub fn remove_file(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        unlinkat(&folder, name, AtFlags::empty()).map_err(|errno| error_at(path, errno))
    }

    /// Removes an empty folder.
    pub(in crate::store) fn remove_empty(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        unlinkat(&folder, name, AtFlags::REMOVEDIR).map_err(|errno| error_at(path, errno))
    }

    /// Removes a name and everything below it, read-only folders too. Of a link, removes the link.
    ///
    /// # Errors
    /// Returns an error if there is no such name, or something cannot be removed.
    pub fn remove_all(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        remove_in(&folder, name).map_err(|errno| error_at(path, errno))
    }
}

fn remove_in(folder: &OwnedFd, name: &OsStr) -> Result<(), Errno> {
    let stat = FileStat::from(&statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?);
    if stat.kind != EntryKind::Folder {
        return unlinkat(folder, name, AtFlags::empty());
    }
    let inner = open_unlocked(folder, name, stat.mode)?;
    for name in names(&inner)? {
        match remove_in(&inner, &name) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    drop(inner);
    unlinkat(folder, name, AtFlags::REMOVEDIR)
}
