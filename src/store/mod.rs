//! `artifacts/` on disk: blobs, records, publication and locks. It neither decides nor prints.
//!
//! ```text
//! store/version                          format version of everything below store/
//! store/blobs/ab/<digest>                content, read-only, named by its BLAKE3
//! store/records/<kind>/<fingerprint>     records of finished stages
//! store/current/<pipeline>/<stage>.json  which record the visible outputs come from
//! store/files.tsv                        path, size, times, inode -> digest
//! store/secret                           key of the digests of environment variables
//! store/quarantine/                      damaged files
//! store/locks/                           advisory locks; their text only serves messages
//! work/<fingerprint>/                    a running or interrupted stage
//! work/.done-<fingerprint>/              a work folder while it is removed
//! <pipeline>/<stage>/                    the newest outputs, as copies
//! <pipeline>/<stage>~edited/             what the user edited or added among the outputs
//! <pipeline>/.next-<stage>/new/          the next outputs, being prepared
//! <pipeline>/.next-<stage>/stamps.tsv    their digests and stamps
//! <pipeline>/.next-<stage>/outputs/      the next outputs, complete, or those that they replaced; while it
//!                                        exists, the pointer may lag behind the visible outputs
//! ```
//!
//! Publication has one order, each step an atomic rename: blobs, the record that names them, the visible
//! outputs, the pointer to the record. A kill between two steps leaves blobs without a record or a record
//! that is not published: at worst a cache miss, never a false hit. Blobs and records are synced before
//! they get their names, so that a power cut cannot leave a name without its content.
//!
//! Everything in `store/` except the locks carries a digest of its content, which reveals every flipped bit
//! and truncation: blobs in their names; records, pointers, the file index and the version file in a seal.
//! Damaged files count as absent. Writers (a run, `store verify`) report and quarantine them, and the run
//! recomputes them. See [`Damage`] and [`Lookup`].
//!
//! Nothing in `artifacts/` is trusted: it may come from a stranger. [`Files`] alone opens, renames and removes
//! what is below it, without following links; records and pointers with unsafe names count as damaged.
//!
//! Runs share the store's lock, and a prune needs it exclusively, so a prune never removes files that a run
//! is about to use. Readers take no lock.

mod attempt;
mod backup;
mod blobs;
mod damage;
mod error;
mod file_index;
mod files;
mod find_by_inputs;
mod layout;
mod lock;
mod materialize;
mod pointer;
mod prune;
mod publish;
mod record;
mod renamed;
mod seal;
mod secret;
mod usage;
mod verify;
mod version;
mod work_dir;

pub use attempt::{FailedAttempt, LastAttempt};
pub use damage::{Damage, StorePart};
pub use error::{Result, StoreError, is_full};
pub use file_index::{FileIndex, Stamp};
pub(crate) use files::copy_new;
pub use files::{Entry, EntryKind, FileStat, Files};
pub use layout::{Layout, folder_name};
pub use lock::{LockGuard, LockWait};
pub use materialize::CopyMode;
pub use pointer::{Pointer, PointerKey};
pub use prune::{Prune, PrunePolicy, PruneReport, StrayFolder};
pub use record::{OutputFile, Record, RecordMeta};
pub use renamed::RenamedStage;
pub use seal::{DigestMismatch, Lookup};
pub use usage::{Amount, KindUsage, StoreUsage};
pub use verify::{Dependent, IncompleteRecord, ProgressFn, VerifyReport};
pub use work_dir::{CommitError, WorkDir};

use crate::fingerprint::Digest;
use blobs::is_blob;
use rayon::prelude::*;
use std::io;
use std::path::PathBuf;

/// Format version of the store.
///
/// 1: first.
/// 2: pointers and the version file are sealed as records are.
pub const FORMAT: u32 = 2;

/// Result of verifying a record's blobs.
#[derive(Debug, Clone, Default)]
pub struct RecordCheck {
    /// Damaged blobs, now in quarantine.
    pub damaged: Vec<Damage>,
    /// Outputs that must be recomputed. Missing diagnostics are not a reason to.
    pub missing: Vec<String>,
}

/// The store of one project.
#[derive(Debug, Clone)]
pub struct Store {
    /// Paths of the store.
    pub layout: Layout,
    /// The files at these paths.
    pub files: Files,
    /// True until a store of format 1 is migrated.
    accepts_unsealed_pointers: bool,
    /// Damage to the version file that was repaired when the store was opened.
    pub version_damage: Option<Damage>,
}

impl Store {
    /// Opens the store below `artifacts` for writing. Creates missing folders and migrates an older format.
    ///
    /// # Errors
    /// Returns an error if a folder cannot be created or written, or the format is not supported.
    pub fn open(artifacts: PathBuf) -> Result<Self> {
        let layout = Layout::new(artifacts);
        let files = Files::open_root(layout.root.clone())?;
        let mut store =
            Self { layout, files, accepts_unsealed_pointers: true, version_damage: None };
        // A store of an unsupported format is not touched.
        version::check_readable(&store)?;
        version::create_folders(&store)?;
        let work = &store.layout.work;
        let is_writable = store.files.check_writable(work);
        is_writable.map_err(|source| StoreError::Unwritable { path: work.clone(), source })?;
        store.version_damage = version::migrate(&store)?;
        store.accepts_unsealed_pointers = false;
        Ok(store)
    }

    /// Opens a store for reading. Creates nothing, treats a missing store as an empty one and reads an older
    /// format as it is.
    ///
    /// # Errors
    /// Returns an error if the format is not supported.
    pub fn read_only(artifacts: PathBuf) -> Result<Self> {
        let layout = Layout::new(artifacts);
        let files = Files::open_root(layout.root.clone())?;
        let mut store =
            Self { layout, files, accepts_unsealed_pointers: true, version_damage: None };
        store.accepts_unsealed_pointers = version::check_readable(&store)?;
        Ok(store)
    }

    /// Returns whether the store was ever opened for writing.
    pub fn is_initialized(&self) -> bool {
        self.files.is_file(&self.layout.version)
    }

    /// Returns the record of a fingerprint if it is intact.
    pub fn record(&self, kind: &str, fingerprint: &Digest) -> Option<Record> {
        self.lookup(kind, fingerprint).intact()
    }

    /// Looks up the record of a fingerprint.
    pub fn lookup(&self, kind: &str, fingerprint: &Digest) -> Lookup<Record> {
        Record::read(&self.files, &self.layout.record(kind, fingerprint), kind, fingerprint)
    }

    /// Returns the outputs of a record whose blob is absent or has another size. Missing diagnostics do not
    /// count: they are no reason to train for hours again.
    pub fn missing(&self, record: &Record) -> Vec<String> {
        let files = record.outputs.iter().filter(|file| !file.is_folder());
        let mut files: Vec<&OutputFile> = files.collect();
        // The folder of a blob begins its name, so each is opened once.
        files.sort_by_key(|file| file.digest);
        let stats = self.files.stat_each(files.iter().map(|file| self.layout.blob(&file.digest)));
        let missing = files.iter().zip(stats).filter(|(file, stat)| !is_blob(*stat, file.size));
        let mut missing: Vec<String> = missing.map(|(file, _)| file.path.clone()).collect();
        missing.sort_unstable();
        missing
    }

    /// Verifies each blob of a record against its digest and quarantines damaged ones.
    ///
    /// # Errors
    /// Returns an error if a blob cannot be read or moved.
    pub fn verify(&self, record: &Record) -> Result<RecordCheck> {
        let files = record.outputs.par_iter().chain(&record.diagnostics);
        let files = files.filter(|file| !file.is_folder());
        let damaged = files.filter_map(|file| self.quarantine_blob(&file.digest).transpose());
        let damaged = damaged.collect::<Result<_, _>>()?;
        Ok(RecordCheck { damaged, missing: self.missing(record) })
    }
}

/// Returns the result of a file operation; `None` if the file does not exist.
pub(crate) fn if_exists<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}
