//! `artifacts/` on disk: blobs, records, publication and locks. It neither decides nor prints.
//!
//! ```text
//! store/version                          format version of everything below store/
//! store/blobs/ab/<digest>                content, read-only, named by its BLAKE3
//! store/records/<kind>/<fingerprint>     what a finished stage left behind
//! store/current/<pipeline>/<stage>.json  which record the visible outputs show
//! store/files.tsv                        path, size, times, inode -> digest
//! store/quarantine/                      what was found damaged
//! store/locks/                           advisory locks; their text is for messages alone
//! work/<fingerprint>/                    a stage under way
//! work/.done-<fingerprint>/              a work folder on its way out
//! <pipeline>/<stage>/                    the newest outputs, as copies
//! <pipeline>/<stage>~edited/             what a person edited there before newer outputs came
//! <pipeline>/.next-<stage>/              the next ones being laid out; while it is there, the pointer
//!                                        may lag behind what is visible
//! ```
//!
//! Publication goes in one direction, each step atomic by a rename: blobs, then the record that names
//! them, then the visible outputs, then the pointer to the record. A kill between two steps leaves
//! blobs without a record or a record that is not shown yet: at worst a miss, never a false hit. Blobs
//! and records are flushed before they get their names, so that a power cut cannot leave a name without
//! its content.
//!
//! Everything in `store/` but the locks carries a digest of its own content, so any flipped bit and any
//! cut shows: blobs by their names, records, pointers, the file index and the version file by a seal.
//! What is damaged counts as absent, and whoever may write (a run, `store verify`) names it and sets it
//! aside; the run makes it anew. See [`Damage`] and [`Lookup`].
//!
//! A run shares the store's lock with other runs, so that a prune, which needs it alone, never takes
//! away what a run is about to use. Who only reads takes no lock.

mod attempt;
mod blobs;
mod census;
mod check;
mod commit;
mod current;
mod damage;
mod edited;
mod error;
mod files;
mod layout;
mod lock;
mod place;
mod prune;
mod publish;
mod recall;
mod record;
mod seal;
mod version;

pub use attempt::{Attempt, Failed};
pub use census::{Amount, Census, KindAmount};
pub use check::{Checked, Incomplete, Need, Watch};
pub use commit::{Finished, Slot, SlotError};
pub use current::{Current, Place};
pub use damage::{Damage, Part};
pub use error::{StoreError, is_full};
pub use files::{FileIndex, Stamp};
pub use layout::{Layout, folder_name};
pub use lock::{Held, Holder};
pub use place::{Copying, place};
pub use prune::{Keep, Prune, PruneReport};
pub use record::{OutputFile, Record};
pub use seal::{Fault, Lookup};

use crate::fingerprint::Digest;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Format version of the store.
///
/// 1: first.
/// 2: pointers are sealed as records are, and the version file is.
pub const FORMAT: u32 = 2;

/// What came out when a record's blobs were read.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// Blobs that were damaged, and that lie aside now.
    pub damaged: Vec<Damage>,
    /// Outputs that must be made anew. Lost diagnostics are no reason to.
    pub missing: Vec<String>,
}

/// The store of one project.
#[derive(Debug, Clone)]
pub struct Store {
    layout: Layout,
    /// Until a store of format 1 is migrated.
    accepts_bare_pointers: bool,
    version_damage: Option<Damage>,
}

impl Store {
    /// Opens the store below `artifacts` for writing: makes what is missing, and brings a store of an
    /// older format to this one.
    ///
    /// # Errors
    /// When a folder cannot be made or written, or the store has a format that this program does not know.
    pub fn open(artifacts: PathBuf) -> Result<Self, StoreError> {
        let layout = Layout::new(artifacts);
        // A store of an unknown format is left alone altogether.
        version::look(&layout)?;
        version::make_folders(&layout)?;
        check_writable(&layout.work())?;
        let mut store = Self { layout, accepts_bare_pointers: true, version_damage: None };
        store.version_damage = version::settle(&store)?;
        store.accepts_bare_pointers = false;
        Ok(store)
    }

    /// Opens a store for reading alone: nothing is made, a missing store is an empty one, and one of an
    /// older format is read as it is.
    ///
    /// # Errors
    /// When the store has a format that this program does not know.
    pub fn read_only(artifacts: PathBuf) -> Result<Self, StoreError> {
        let layout = Layout::new(artifacts);
        let accepts_bare_pointers = version::look(&layout)?;
        Ok(Self { layout, accepts_bare_pointers, version_damage: None })
    }

    /// What was damaged of the version file when the store was opened; it was mended.
    #[must_use]
    pub fn version_damage(&self) -> Option<&Damage> {
        self.version_damage.as_ref()
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
        self.look_up(kind, fingerprint).sound()
    }

    /// The record of a fingerprint.
    #[must_use]
    pub fn look_up(&self, kind: &str, fingerprint: &Digest) -> Lookup<Record> {
        Record::read(&self.layout.record(kind, fingerprint), kind, fingerprint)
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

    /// Checks each blob of a record against its digest; the damaged ones are set aside.
    ///
    /// # Errors
    /// When a blob cannot be read or moved aside.
    pub fn verify(&self, record: &Record) -> Result<Verified, StoreError> {
        let files = record.outputs.par_iter().chain(&record.diagnostics);
        let damaged: Vec<Option<Damage>> =
            files.map(|file| self.set_blob_aside(&file.digest)).collect::<Result<_, _>>()?;
        let damaged = damaged.into_iter().flatten().collect();
        Ok(Verified { damaged, missing: self.missing(record) })
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

/// Removes a folder and all below it, if it is there.
fn remove_all(folder: &Path) -> Result<(), StoreError> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::Io(error)),
        _ => Ok(()),
    }
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
