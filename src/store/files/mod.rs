//! The only code of the store, the runner and the history that touches files below `artifacts/`; a test in
//! `tests/it/layers` keeps that so.
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
mod errors;
mod list;
mod lock_table;
mod remove;
mod rename;
mod resolve;
mod root;
mod stat;
mod temp_file;
mod write;

pub(crate) use copy::copy_new;
pub use entry::{Entry, EntryKind, FileStat};
pub(super) use errors::is_not_plain;
pub(crate) use errors::with_path;
pub(super) use temp_file::TEMP_PREFIX;

use crate::fingerprint::{Digest, digest_reader};
use errors::plain_error;
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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
}

/// Returns whether an input file exists. Inputs are the user's, so links to them are followed.
pub(super) fn input_exists(path: &Path) -> bool {
    path.exists()
}

/// Opens a plain file in a folder.
fn open_plain(folder: &OwnedFd, name: &OsStr, flags: OFlags) -> Result<File, Errno> {
    let file = File::from(openat(folder, name, flags | PLAIN, FILE_MODE)?);
    match file.metadata() {
        Ok(data) if data.is_file() => Ok(file),
        _ => Err(Errno::LOOP),
    }
}

#[cfg(test)]
mod tests;
