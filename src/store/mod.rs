//! `artifacts/` on disk: blobs, records, publication and locks. It neither decides nor prints.
//!
//! ```text
//! store/version                          format version of everything below store/
//! store/blobs/ab/<digest>                content, read-only, named by its BLAKE3
//! store/records/<kind>/<fingerprint>     what a finished stage left behind
//! store/current/<pipeline>/<stage>.json  which record the visible outputs show
//! store/files.tsv                        path, size, times, inode -> digest
//! store/locks/                           advisory locks; their text is for messages alone
//! work/<fingerprint>/                    a stage under way
//! <pipeline>/<stage>/                    the newest outputs, as copies
//! ```
//!
//! Publication goes in one direction, each step atomic by a rename: blobs, then the record that names
//! them, then the visible outputs, then the pointer to the record. A kill between two steps leaves
//! blobs without a record or a record that is not shown yet: at worst a miss, never a false hit.

mod attempt;
mod blobs;
mod commit;
mod current;
mod error;
mod files;
mod layout;
mod lock;
mod place;
mod publish;
mod record;

pub use attempt::{Attempt, Failed};
pub use commit::{Finished, Slot, SlotError};
pub use current::Current;
pub use error::StoreError;
pub use files::{FileIndex, Stamp};
pub use layout::{Layout, folder_name};
pub use lock::{Held, Holder};
pub use place::{Copying, place};
pub use record::{OutputFile, Record};

use crate::fingerprint::Digest;
use std::path::{Path, PathBuf};

/// Format version of the store.
///
/// 1: first.
pub const FORMAT: u32 = 1;

/// The store of one project.
#[derive(Debug, Clone)]
pub struct Store {
    layout: Layout,
}

impl Store {
    /// Opens the store below `artifacts`, making what is missing.
    ///
    /// # Errors
    /// When a folder cannot be made or written, or the store has another format.
    pub fn open(artifacts: PathBuf) -> Result<Self, StoreError> {
        let layout = Layout::new(artifacts);
        for folder in [layout.blobs(), layout.records(), layout.current(), layout.locks()] {
            create_all(&folder)?;
        }
        create_all(&layout.work())?;
        create_all(&layout.runs())?;
        check_writable(&layout.work())?;
        let path = layout.version();
        match fs_err::read_to_string(&path) {
            Ok(text) if text.trim() == FORMAT.to_string() => {}
            Ok(text) => {
                return Err(StoreError::Version {
                    path,
                    found: text.trim().chars().take(20).collect(),
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                write_atomic(&path, format!("{FORMAT}\n").as_bytes())?;
            }
            Err(error) => return Err(StoreError::Io(error)),
        }
        Ok(Self { layout })
    }

    /// Opens a store for reading alone: nothing is made, a missing store is an empty one.
    ///
    /// # Errors
    /// When the store has another format.
    pub fn read_only(artifacts: PathBuf) -> Result<Self, StoreError> {
        let layout = Layout::new(artifacts);
        let path = layout.version();
        if let Ok(text) = fs_err::read_to_string(&path)
            && text.trim() != FORMAT.to_string()
        {
            let found = text.trim().chars().take(20).collect();
            return Err(StoreError::Version { path, found });
        }
        Ok(Self { layout })
    }

    /// Whether it was ever opened for writing.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.layout.version().is_file()
    }

    /// Where everything lies.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The record of a fingerprint, if there is a sound one.
    #[must_use]
    pub fn record(&self, kind: &str, fingerprint: &Digest) -> Option<Record> {
        Record::read(&self.layout.record(kind, fingerprint), fingerprint)
            .filter(|r| r.kind() == kind)
    }

    /// Outputs of a record whose blob is absent or of another size. Lost diagnostics only go unshown:
    /// they are no reason to train for hours again.
    #[must_use]
    pub fn missing(&self, record: &Record) -> Vec<String> {
        record
            .outputs
            .iter()
            .filter(|file| !blobs::looks_whole(&self.layout.blob(&file.digest), file.size))
            .map(|file| file.path.clone())
            .collect()
    }

    /// Checks each blob of a record against its digest; the damaged ones are moved aside, and those
    /// that are outputs are named, so that they are made anew.
    ///
    /// # Errors
    /// When a blob cannot be read or moved aside.
    pub fn verify(&self, record: &Record) -> Result<Vec<String>, StoreError> {
        let mut damaged = Vec::new();
        for file in &record.outputs {
            if !blobs::verify_or_quarantine(&self.layout, file)? {
                damaged.push(file.path.clone());
            }
        }
        for file in &record.diagnostics {
            blobs::verify_or_quarantine(&self.layout, file)?;
        }
        Ok(damaged)
    }

    /// Where a blob lies.
    #[must_use]
    pub fn blob(&self, digest: &Digest) -> PathBuf {
        self.layout.blob(digest)
    }
}

pub(crate) fn create_all(folder: &Path) -> Result<(), StoreError> {
    fs_err::create_dir_all(folder).map_err(StoreError::Io)
}

fn check_writable(folder: &Path) -> Result<(), StoreError> {
    tempfile::Builder::new()
        .prefix(".writable")
        .tempfile_in(folder)
        .map(drop)
        .map_err(|source| StoreError::Unwritable { path: folder.to_path_buf(), source })
}

/// Writes a file so that it is there in full or not at all, also after a power cut.
///
/// # Errors
/// When it cannot be written, synced or renamed.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    let folder = path.parent().unwrap_or(Path::new("."));
    create_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".new")
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(|error| StoreError::at(folder, error))?;
    file.write_all(bytes).map_err(|error| StoreError::at(path, error))?;
    file.as_file().sync_all().map_err(|error| StoreError::at(path, error))?;
    file.persist(path).map_err(|error| StoreError::at(path, error.error))?;
    Ok(())
}
