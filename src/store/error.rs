//! Errors of the store.

use super::files::with_path;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Result of an operation on the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed; the message names the path, as those of `fs_err` do.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// `artifacts/` or the store cannot be used: it is a file, or a link to a folder of something else.
    #[error("{} {what}", path.display())]
    UnusableRoot {
        /// `artifacts/` or the store.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// A folder is not writable.
    #[error("cannot write to {}: {source}", path.display())]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The store has a format that this program does not support.
    #[error("{} has format '{found}', this program supports format {}", path.display(), super::FORMAT)]
    Version {
        /// The version file.
        path: PathBuf,
        /// The format in the version file.
        found: String,
    },
    /// This folder, which is to be created, already exists.
    #[error("{} already exists", .0.display())]
    AlreadyExists(PathBuf),
    /// Another process holds a lock.
    #[error("{what} is in use by {holder}")]
    Locked {
        /// The locked resource.
        what: String,
        /// The process that holds the lock.
        holder: String,
    },
    /// The user interrupted the program while it waited for the lock of this resource.
    #[error("interrupted while waiting for {0}")]
    Interrupted(String),
    /// The live records cannot be determined because of this damaged part, so nothing may be removed.
    #[error("cannot prune: {0} is damaged, live records are unknown")]
    PruneUnsafe(String),
}

impl StoreError {
    /// Returns an error of the operating system at a path.
    pub fn at(path: &Path, error: io::Error) -> Self {
        Self::Io(with_path(path, error))
    }

    /// Returns advice for the user.
    pub fn hint(&self) -> Option<&'static str> {
        const PERMISSIONS: &str = "check the owner and the permissions of artifacts/";
        const LINKS: &str = "make it a folder, or remove it: below artifacts/ no link is followed; to keep \
                             artifacts/ on another disk, link artifacts/ itself";
        Some(match self {
            Self::Io(error) if is_full(error) => {
                "free disk space and run again: finished stages are kept"
            }
            Self::Io(error) => match error.kind() {
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => PERMISSIONS,
                ErrorKind::NotADirectory => LINKS,
                ErrorKind::InvalidData => "move it away: Partita writes only plain files there",
                ErrorKind::InvalidInput => "Partita did not write it: remove it",
                ErrorKind::CrossesDevices => "move all of artifacts/ to the other disk and link it",
                _ => return None,
            },
            Self::Interrupted(_) => return None,
            Self::UnusableRoot { .. } => "remove it, or link it to an empty folder on another disk",
            Self::Unwritable { .. } => PERMISSIONS,
            Self::AlreadyExists(_) => "use another --run-id, or none",
            Self::Version { .. } => {
                "move artifacts/ away, or use the program version that wrote it"
            }
            Self::Locked { .. } => "wait for it, or use --wait[=SECONDS]",
            Self::PruneUnsafe(_) => {
                "run the pipeline to repair it ('partita store verify' lists all damage)"
            }
        })
    }
}

/// Returns whether a file did not fit: on the disk, in a quota or below a limit on file sizes.
pub fn is_full(error: &io::Error) -> bool {
    use ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
