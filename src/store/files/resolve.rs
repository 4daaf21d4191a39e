//! Resolves paths one name at a time, without following links.

use super::entry::{EntryKind, kind_at};
use super::errors::error_at;
use super::{FOLDER, FOLDER_MODE, Files, STORE};
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

impl Files {
    /// Opens a folder without following links.
    pub(super) fn folder(&self, path: &Path) -> io::Result<OwnedFd> {
        self.descend(&self.names(path)?, open_folder)
    }

    /// Opens the folder that holds a path, and returns it with the last name of the path.
    pub(super) fn parent<'a>(&self, path: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
        let mut names = self.names(path)?;
        let last = names.pop().ok_or_else(|| {
            io::Error::new(ErrorKind::InvalidInput, format!("{} has no name", path.display()))
        })?;
        Ok((self.descend(&names, open_folder)?, last))
    }

    /// Creates a folder and those above it.
    ///
    /// # Errors
    /// Returns an error if one cannot be created, or is something else.
    pub fn create_all(&self, path: &Path) -> io::Result<()> {
        let names = self.names(path)?;
        if let Err(error) = self.start(&[]) {
            if error.kind() != ErrorKind::NotFound {
                return Err(error);
            }
            fs_err::create_dir_all(&self.root)?;
        }
        self.descend(&names, open_or_create).map(drop)
    }

    /// Returns the names of a path below the root.
    fn names<'a>(&self, path: &'a Path) -> io::Result<Vec<&'a OsStr>> {
        let outside = || {
            let message = format!("{} leads out of {}", path.display(), self.root.display());
            io::Error::new(ErrorKind::InvalidInput, message)
        };
        let inside = path.strip_prefix(&self.root).map_err(|_| outside())?;
        let name = |component| match component {
            Component::Normal(name) => Ok(name),
            _ => Err(outside()),
        };
        inside.components().map(name).collect()
    }

    /// Opens one folder after the other, each by `open`, and returns the last.
    fn descend(
        &self,
        names: &[&OsStr],
        open: impl Fn(&OwnedFd, &OsStr) -> Result<OwnedFd, Errno>,
    ) -> io::Result<OwnedFd> {
        let (mut folder, skipped) = self.start(names)?;
        for (index, name) in names.iter().enumerate().skip(skipped) {
            folder = open(&folder, name).map_err(|errno| {
                let path = self.root.join(names[..=index].iter().collect::<PathBuf>());
                folder_error(&path, errno, kind_at(&folder, name))
            })?;
        }
        Ok(folder)
    }

    /// Opens the folder at which a path begins, and returns how many of its names this passed.
    fn start(&self, names: &[&OsStr]) -> io::Result<(OwnedFd, usize)> {
        let (start, passed) = match (&self.linked_store, names.first()) {
            (Some(store), Some(first)) if *first == STORE => (store, 1),
            _ => (&self.root, 0),
        };
        let folder = openat(CWD, start, FOLDER, Mode::empty());
        Ok((folder.map_err(|errno| error_at(start, errno))?, passed))
    }
}

pub(super) fn open_folder(folder: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
}

fn open_or_create(folder: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    match open_folder(folder, name) {
        Err(Errno::NOENT) => match mkdirat(folder, name, FOLDER_MODE) {
            Ok(()) | Err(Errno::EXIST) => open_folder(folder, name),
            Err(errno) => Err(errno),
        },
        opened => opened,
    }
}

fn folder_error(path: &Path, errno: Errno, kind: Option<EntryKind>) -> io::Error {
    let what = match (errno, kind) {
        (Errno::NOTDIR | Errno::LOOP, Some(EntryKind::Link)) => "is a link, which is not followed",
        (Errno::NOTDIR | Errno::LOOP, _) => "is not a folder",
        _ => return error_at(path, errno),
    };
    io::Error::new(ErrorKind::NotADirectory, format!("{} {what}", path.display()))
}
