//! The only code of the store, the runner and the history that touches files below `artifacts/`; a test in
//! `tests/it/layers.rs` keeps that so.
//!
//! `artifacts/` may come from a stranger, with links where folders are expected. So a path is resolved one
//! name at a time, each in the folder opened before, and no link is followed: not on the way and not at the
//! end. A path that leads outside `artifacts/` is refused before anything is opened, a link is reported, and
//! a file is opened only if it is a plain file. Content is never changed in place; the exceptions are files
//! with a single name that this program wrote (lock files, the info file of a run).
//!
//! `artifacts/` itself and the store may be links, so that they can be on another disk: see `root`.

mod copy;
mod entry;
mod list;
mod lock_table;
mod remove;
mod rename;
mod root;
mod write;

pub(crate) use copy::copy_new;
pub use entry::{Entry, EntryKind, FileStat};
pub(super) use write::TEMP_PREFIX;

use crate::fingerprint::{Digest, digest_reader};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, statat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// The files below one `artifacts/` folder, by absolute path.
#[derive(Debug, Clone)]
pub struct Files {
    root: PathBuf,
    /// Where the store is, if it is a link to another disk.
    linked_store: Option<PathBuf>,
}

/// Name of the store's folder.
const STORE: &str = "store";

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Flags with which no link is followed, and neither a pipe nor a terminal blocks.
const PLAIN: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Permissions of new files and folders, which the process's umask reduces.
const FILE_MODE: Mode = Mode::from_raw_mode(0o666);
const PROGRAM_MODE: Mode = Mode::from_raw_mode(0o777);
const FOLDER_MODE: Mode = Mode::from_raw_mode(0o777);

impl Files {
    /// Returns the files below `root`, without following any link below it.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, linked_store: None }
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

    /// Opens a folder without following links.
    fn folder(&self, path: &Path) -> io::Result<OwnedFd> {
        self.descend(&self.names(path)?)
    }

    /// Opens the folder that holds a path, and returns it with the last name of the path.
    fn parent<'a>(&self, path: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
        let mut names = self.names(path)?;
        let last = names.pop().ok_or_else(|| {
            io::Error::new(ErrorKind::InvalidInput, format!("{} has no name", path.display()))
        })?;
        Ok((self.descend(&names)?, last))
    }

    fn descend(&self, names: &[&OsStr]) -> io::Result<OwnedFd> {
        let (mut folder, skipped) = self.start(names)?;
        for (index, name) in names.iter().enumerate().skip(skipped) {
            folder = open_folder(&folder, name).map_err(|errno| {
                let path = names[..=index].iter().fold(self.root.clone(), |at, name| at.join(name));
                folder_error(&path, errno, entry::kind_at(&folder, name))
            })?;
        }
        Ok(folder)
    }

    /// Opens the folder at which the way of a path begins, and returns how many of its names that has passed.
    fn start(&self, names: &[&OsStr]) -> io::Result<(OwnedFd, usize)> {
        let (start, passed) = match (&self.linked_store, names.first()) {
            (Some(store), Some(first)) if *first == STORE => (store, 1),
            _ => (&self.root, 0),
        };
        let folder = openat(CWD, start, FOLDER, Mode::empty());
        Ok((folder.map_err(|errno| error_at(start, errno))?, passed))
    }

    fn open_with(&self, path: &Path, flags: OFlags) -> io::Result<File> {
        let (folder, name) = self.parent(path)?;
        open_plain(&folder, name, flags).map_err(|error| plain_error(path, error))
    }

    /// Opens a plain file for reading.
    ///
    /// # Errors
    /// Returns an error if the path is no plain file or cannot be opened.
    pub fn open(&self, path: &Path) -> io::Result<File> {
        self.open_with(path, OFlags::RDONLY)
    }

    /// Reads a plain file.
    ///
    /// # Errors
    /// Returns an error if the path is no plain file or cannot be read.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.read_to_end(&mut bytes).map_err(|error| with_path(path, error))?;
        Ok(bytes)
    }

    /// Returns the digest and size of a plain file; calls `step` with the size of each piece read.
    pub(super) fn digest_with(
        &self,
        path: &Path,
        step: &mut dyn FnMut(u64) -> io::Result<()>,
    ) -> io::Result<(Digest, u64)> {
        digest_reader(self.open(path)?, step).map_err(|error| with_path(path, error))
    }

    /// Returns the digest and size of a plain file.
    pub(super) fn digest(&self, path: &Path) -> io::Result<(Digest, u64)> {
        self.digest_with(path, &mut |_| Ok(()))
    }

    /// Returns the metadata of a path; that of a link itself.
    ///
    /// # Errors
    /// Returns an error if the path does not exist or a link is on the way.
    pub fn stat(&self, path: &Path) -> io::Result<FileStat> {
        if path == self.root || self.is_linked(path) {
            let folder = self.folder(path)?;
            return rustix::fs::fstat(&folder)
                .map(|stat| FileStat::from(&stat))
                .map_err(|errno| error_at(path, errno));
        }
        let (folder, name) = self.parent(path)?;
        let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW);
        stat.map(|stat| FileStat::from(&stat)).map_err(|errno| error_at(path, errno))
    }

    /// Returns whether the path is that of a store that is a link to another disk.
    pub(super) fn is_linked(&self, path: &Path) -> bool {
        self.linked_store.is_some() && path.parent() == Some(&self.root) && path.ends_with(STORE)
    }

    /// Returns whether the path is a plain file.
    pub fn is_file(&self, path: &Path) -> bool {
        self.stat(path).is_ok_and(|stat| stat.kind == EntryKind::File)
    }

    /// Returns whether the path is a folder, and no link to one.
    pub fn is_folder(&self, path: &Path) -> bool {
        self.stat(path).is_ok_and(|stat| stat.kind == EntryKind::Folder)
    }

    /// Returns whether anything has this path.
    pub fn exists(&self, path: &Path) -> bool {
        self.stat(path).is_ok()
    }
}

/// Returns whether an input file exists. Inputs are the user's, so links to them are followed.
pub(super) fn input_exists(path: &Path) -> bool {
    path.exists()
}

fn open_folder(folder: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
}

/// Opens a plain file in a folder.
fn open_plain(folder: &OwnedFd, name: &OsStr, flags: OFlags) -> Result<File, Errno> {
    let file = File::from(openat(folder, name, flags | PLAIN, FILE_MODE)?);
    match file.metadata() {
        Ok(data) if data.is_file() => Ok(file),
        _ => Err(Errno::LOOP),
    }
}

/// Returns whether an error says that a path is no plain file: a link, a folder, a pipe.
pub(super) fn is_not_plain(error: &io::Error) -> bool {
    error.kind() == ErrorKind::InvalidData
}

fn plain_error(path: &Path, errno: Errno) -> io::Error {
    match errno {
        // A link, a folder, a pipe without a reader.
        Errno::LOOP | Errno::ISDIR | Errno::NXIO => io::Error::new(
            ErrorKind::InvalidData,
            format!("{} is a link or no plain file", path.display()),
        ),
        errno => error_at(path, errno),
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

fn error_at(path: &Path, errno: Errno) -> io::Error {
    with_path(path, errno.into())
}

fn with_path(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
