//! What can go wrong with files under `artifacts/`.

use super::lock::Holder;
use std::io;
use std::path::{Path, PathBuf};

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed; the message names the path.
    #[error("{0}")]
    Io(io::Error),
    /// A folder takes no files.
    #[error("cannot write to {}: {source}", path.display())]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store was written by another version of this program.
    #[error("{} says format '{found}', this program reads format {}", path.display(), super::FORMAT)]
    Version {
        /// The version file.
        path: PathBuf,
        /// What it holds.
        found: String,
    },
    /// A folder that should be new is there already.
    #[error("{} is there already", path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody else holds a lock.
    #[error("{what} is in use by {holder}")]
    Locked {
        /// What is locked.
        what: String,
        /// By whom.
        holder: Holder,
    },
    /// The person asked to stop while a lock was waited for.
    #[error("interrupted while waiting for {what}")]
    Interrupted {
        /// What is locked.
        what: String,
    },
    /// What is needed cannot be known, so nothing may be removed.
    #[error("nothing is removed: {what} is damaged, and so what is needed is not known")]
    Unsure {
        /// What is damaged.
        what: String,
    },
}

impl StoreError {
    /// An error of the operating system at a path.
    #[must_use]
    pub fn at(path: &Path, error: io::Error) -> Self {
        Self::Io(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// What a person may do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io(error) if is_full(error) => {
                Some("free some space and run again: what was finished is kept".into())
            }
            Self::Io(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                Some("check who owns artifacts/ and its permissions".into())
            }
            Self::Io(error) if error.kind() == io::ErrorKind::NotADirectory => {
                Some("artifacts/ and what lies in it must be folders".into())
            }
            Self::Io(_) | Self::Interrupted { .. } => None,
            Self::Unwritable { .. } => Some("check who owns artifacts/ and its permissions".into()),
            Self::Taken { .. } => Some("take another --run-id, or none".into()),
            Self::Version { .. } => {
                Some("move artifacts/ away, or use the version that made it".into())
            }
            Self::Locked { .. } => Some("wait for it, or give --wait[=SECONDS]".into()),
            Self::Unsure { .. } => Some(
                "run the pipeline, which mends it ('partita store verify' tells of all)".into(),
            ),
        }
    }
}

/// Whether there is no room for a file: on the disk, in a quota, or below a limit on file sizes.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
