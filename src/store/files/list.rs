//! Lists folders.

use super::Files;
use super::entry::{Entry, EntryKind, FileStat};
use super::errors::error_at;
use super::resolve::open_folder;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Dir, Mode, fchmod, statat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

impl Files {
    /// Returns the entries of a folder, sorted by name. Entries that vanish meanwhile are left out.
    ///
    /// # Errors
    /// Returns an error if the folder does not exist, is a link or cannot be read.
    pub fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let folder = self.folder(path)?;
        entries(&folder, path).map_err(|errno| error_at(path, errno))
    }

    /// Returns the entries of a folder; none if it cannot be read.
    pub fn entries(&self, path: &Path) -> Vec<Entry> {
        self.list(path).unwrap_or_default()
    }

    /// Returns everything below a folder, each folder before its content; for anything but a folder, its own
    /// entry. What cannot be read is left out.
    pub fn walk(&self, path: &Path) -> Vec<Entry> {
        match self.stat(path) {
            Ok(stat) if stat.kind == EntryKind::Folder => {
                let mut found = Vec::new();
                if let Ok(folder) = self.folder(path) {
                    // A folder that cannot be read counts as empty.
                    let _ = walk_in(&folder, path, true, &mut found);
                }
                found
            }
            Ok(stat) => vec![Entry { path: path.to_path_buf(), stat }],
            Err(_) => Vec::new(),
        }
    }

    /// Returns everything below a folder that a stage wrote, after giving the owner access to each folder in
    /// it: files cannot be moved out of a read-only folder.
    ///
    /// # Errors
    /// Returns an error if the path is no folder, or a folder cannot be opened.
    pub(in crate::store) fn walk_unlocked(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let folder = match self.stat(path) {
            Ok(stat) if stat.kind == EntryKind::Folder => {
                let (above, name) = self.parent(path)?;
                open_unlocked(&above, name, stat.mode).map_err(|errno| error_at(path, errno))?
            }
            _ => self.folder(path)?,
        };
        let mut found = Vec::new();
        walk_in(&folder, path, false, &mut found).map_err(|errno| error_at(path, errno))?;
        Ok(found)
    }

    /// Gives the owner all rights to a folder, so that entries can be moved out of it.
    pub(in crate::store) fn unlock(&self, path: &Path) -> io::Result<()> {
        let mode = self.stat(path)?.mode;
        let (above, name) = self.parent(path)?;
        open_unlocked(&above, name, mode).map(drop).map_err(|errno| error_at(path, errno))
    }

    /// Returns the entries below a folder at these depths, each folder before its content.
    pub(in crate::store) fn entries_at(
        &self,
        folder: &Path,
        depths: RangeInclusive<usize>,
    ) -> Vec<Entry> {
        let mut found = Vec::new();
        for entry in self.entries(folder) {
            let (is_folder, path) = (entry.is_folder(), entry.path.clone());
            if *depths.start() <= 1 {
                found.push(entry);
            }
            if is_folder && *depths.end() > 1 {
                let inner = depths.start().saturating_sub(1)..=depths.end() - 1;
                found.extend(self.entries_at(&path, inner));
            }
        }
        found
    }

    /// Returns whether a folder contains any plain file.
    pub(in crate::store) fn has_files(&self, folder: &Path) -> bool {
        self.walk(folder).iter().any(Entry::is_plain)
    }
}

/// Returns the names in a folder, sorted.
pub(super) fn names(folder: &OwnedFd) -> Result<Vec<OsString>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(OsStr::from_bytes(name).to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn entries(folder: &OwnedFd, path: &Path) -> Result<Vec<Entry>, Errno> {
    let mut entries = Vec::new();
    for name in names(folder)? {
        match statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                entries.push(Entry { path: path.join(&name), stat: FileStat::from(&stat) });
            }
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(entries)
}

fn walk_in(
    folder: &OwnedFd,
    path: &Path,
    lenient: bool,
    found: &mut Vec<Entry>,
) -> Result<(), Errno> {
    for entry in entries(folder, path)? {
        let Some(name) = entry.path.file_name().map(OsStr::to_owned) else { continue };
        let (is_folder, mode, path) = (entry.is_folder(), entry.stat.mode, entry.path.clone());
        found.push(entry);
        if is_folder {
            let inner = match lenient {
                true => open_folder(folder, &name),
                false => open_unlocked(folder, &name, mode),
            };
            match inner.and_then(|inner| walk_in(&inner, &path, lenient, found)) {
                Err(errno) if !lenient => return Err(errno),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Opens a folder after giving its owner all rights.
pub(super) fn open_unlocked(above: &OwnedFd, name: &OsStr, mode: u32) -> Result<OwnedFd, Errno> {
    const ALL: u32 = 0o700;
    if mode & ALL == ALL {
        return open_folder(above, name);
    }
    let all = Mode::from_raw_mode(mode | ALL);
    match open_folder(above, name) {
        Ok(folder) => fchmod(&folder, all).map(|()| folder),
        // A folder that may not be read cannot be opened first. It is one, as its metadata says.
        Err(Errno::ACCESS) => {
            rustix::fs::chmodat(above, name, all, AtFlags::empty())?;
            open_folder(above, name)
        }
        Err(errno) => Err(errno),
    }
}
