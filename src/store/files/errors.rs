//! Errors with the path at which they happened.

use rustix::io::Errno;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Returns whether an error says that a path is no plain file: a link, a folder, a pipe.
pub(in crate::store) fn is_not_plain(error: &io::Error) -> bool {
    error.kind() == ErrorKind::InvalidData
}

/// Returns the error of opening a plain file.
pub(super) fn plain_error(path: &Path, errno: Errno) -> io::Error {
    match errno {
        // A link, a folder, a pipe without a reader.
        Errno::LOOP | Errno::ISDIR | Errno::NXIO => io::Error::new(
            ErrorKind::InvalidData,
            format!("{} is a link or no plain file", path.display()),
        ),
        errno => error_at(path, errno),
    }
}

pub(super) fn error_at(path: &Path, errno: Errno) -> io::Error {
    with_path(path, errno.into())
}

/// Adds a path to an error.
pub(crate) fn with_path(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
