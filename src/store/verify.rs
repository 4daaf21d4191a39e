//! Verifies everything in the store.
//!
//! It runs beside runs, but not beside a prune. It reads pointers before records and records before blobs,
//! the reverse of the order in which a run writes them, so whatever is named exists already. Files that seem
//! damaged are checked again when they are quarantined (see [`Damage`]).

use super::damage::Damage;
use super::lock::LockWait;
use super::pointer::Pointer;
use super::record::{OutputFile, Record};
use super::seal::Lookup;
use super::usage::Amount;
use super::{Entry, PointerKey, Result, Store, StoreError};
use crate::fingerprint::Digest;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A callback for progress: bytes read, bytes in total.
pub type ProgressFn<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// A use of a damaged file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependent {
    /// Stage kind.
    pub kind: String,
    /// The stages whose visible outputs come from it; empty for an earlier result.
    pub places: Vec<PointerKey>,
    /// Path of the file among the stage's outputs or diagnostics; `None` for a record or a pointer.
    pub path: Option<String>,
    /// Whether the file is only a diagnostic, which no stage is rerun for.
    pub diagnostic: bool,
}

/// A record with missing outputs.
#[derive(Debug, Clone, Serialize)]
pub struct IncompleteRecord {
    /// Stage kind.
    pub kind: String,
    /// Fingerprint.
    pub fingerprint: Digest,
    /// The stages whose visible outputs come from it.
    pub places: Vec<PointerKey>,
    /// Missing outputs.
    pub missing: Vec<String>,
}

/// Result of verifying the store.
#[derive(Debug, Clone, Default)]
pub struct VerifyReport {
    /// Blobs read.
    pub blobs: Amount,
    /// Number of records read.
    pub records: usize,
    /// Number of pointers read.
    pub pointers: usize,
    /// Number of files in the file index.
    pub indexed_files: usize,
    /// Damaged files and their uses.
    pub damaged: Vec<(Damage, Vec<Dependent>)>,
    /// Records with missing outputs.
    pub incomplete: Vec<IncompleteRecord>,
    /// Blobs that no record names.
    pub unreferenced: Amount,
    /// Number of visible outputs that differ from their record: the user may edit them.
    pub edited: usize,
}

impl VerifyReport {
    fn add(&mut self, damage: Option<Damage>, dependents: impl IntoIterator<Item = Dependent>) {
        self.damaged.extend(damage.map(|damage| (damage, dependents.into_iter().collect())));
    }
}

impl Store {
    /// Verifies every blob, record and pointer and the file index. Quarantines and reports damage.
    ///
    /// # Errors
    /// Returns an error if a prune holds the store, or a file cannot be read or moved.
    pub fn verify_all(&self, progress: ProgressFn<'_>) -> Result<VerifyReport> {
        let _shared = self.lock_shared(LockWait::up_to(Some(Duration::ZERO)))?;
        let report = VerifyReport::default();
        let mut run = Verification { store: self, published: BTreeMap::new(), report };
        run.report.add(self.version_damage.clone(), []);
        run.verify_pointers()?;
        let records = run.verify_records()?;
        run.verify_blobs(&records, progress)?;
        let index = self.file_index();
        run.report.indexed_files = index.files();
        run.report.add(self.quarantine_file_index(&index)?, []);
        Ok(run.report)
    }
}

/// State of a verification.
struct Verification<'a> {
    store: &'a Store,
    /// The stages that each record is published for, by kind and fingerprint.
    published: BTreeMap<(String, Digest), Vec<PointerKey>>,
    report: VerifyReport,
}

impl Verification<'_> {
    fn places(&self, kind: &str, fingerprint: Digest) -> Vec<PointerKey> {
        self.published.get(&(kind.to_owned(), fingerprint)).cloned().unwrap_or_default()
    }

    fn verify_pointers(&mut self) -> Result<()> {
        for (path, key) in self.store.pointers() {
            self.report.pointers += 1;
            match self.store.pointer_at(&path, &key) {
                Lookup::Intact(Pointer { kind, fingerprint }) => {
                    self.published.entry((kind, fingerprint)).or_default().push(key);
                }
                Lookup::Damaged(mismatch) => {
                    let damage = self.store.quarantine_pointer(&path, mismatch)?;
                    let (kind, places) = (String::new(), vec![key]);
                    let dependent = Dependent { kind, places, path: None, diagnostic: false };
                    self.report.add(damage, [dependent]);
                }
                Lookup::Unreadable(error) => return Err(StoreError::Io(error)),
                Lookup::Absent => {}
            }
        }
        Ok(())
    }

    /// Returns the intact records.
    fn verify_records(&mut self) -> Result<Vec<Record>> {
        let read = |name: (String, Digest)| (self.store.lookup(&name.0, &name.1), name);
        let lookups: Vec<_> = self.store.record_names().into_par_iter().map(read).collect();
        self.report.records = lookups.len();
        let mut records = Vec::new();
        for (lookup, (kind, fingerprint)) in lookups {
            match lookup {
                Lookup::Intact(record) => records.push(record),
                Lookup::Damaged(_) => {
                    let damage = self.store.quarantine_record(&kind, &fingerprint)?;
                    let places = self.places(&kind, fingerprint);
                    let dependent = Dependent { kind, places, path: None, diagnostic: false };
                    self.report.add(damage, [dependent]);
                }
                Lookup::Unreadable(error) => return Err(StoreError::Io(error)),
                Lookup::Absent => {}
            }
        }
        Ok(records)
    }

    fn verify_blobs(&mut self, records: &[Record], progress: ProgressFn<'_>) -> Result<()> {
        let stored: Vec<(Digest, Entry)> = self
            .store
            .files_below(&self.store.layout.blobs)
            .filter_map(|entry| Some((self.store.blob_digest(&entry.path)?, entry)))
            .collect();
        let mut visible: Vec<(PathBuf, &OutputFile)> = Vec::new();
        let mut uses: HashMap<Digest, Vec<Dependent>> = HashMap::new();
        for record in records {
            let places = self.places(record.kind(), record.fingerprint());
            for key in &places {
                let folder = self.store.layout.visible_of(key);
                let files = record.outputs.iter().filter(|file| !file.is_folder());
                visible.extend(files.map(|file| (folder.join(&file.path), file)));
            }
            for (files, diagnostic) in [(&record.outputs, false), (&record.diagnostics, true)] {
                for file in files {
                    let (kind, path) = (record.kind().to_owned(), Some(file.path.clone()));
                    let dependent = Dependent { kind, places: places.clone(), path, diagnostic };
                    uses.entry(file.digest).or_default().push(dependent);
                }
            }
        }
        let sizes = stored.iter().map(|(_, entry)| entry.stat.bytes());
        let total = sizes.chain(visible.iter().map(|(_, file)| file.size)).sum();
        let read = AtomicU64::new(0);
        let progress = |bytes: u64| {
            progress(read.fetch_add(bytes, Ordering::Relaxed) + bytes, total);
            Ok(())
        };
        let quarantine = |(digest, _): &_| self.store.quarantine_blob_with(digest, &mut &progress);
        let damaged: Vec<_> = stored.par_iter().map(quarantine).collect::<Result<_, _>>()?;
        let is_edited = |(path, file): &&(PathBuf, &OutputFile)| {
            // A missing file is not an edit: the next run publishes it again.
            let found = self.store.files.digest_with(path, &mut &progress);
            found.is_ok_and(|found| found != (file.digest, file.size))
        };
        self.report.edited = visible.par_iter().filter(is_edited).count();
        for ((digest, entry), damage) in stored.iter().zip(damaged) {
            self.report.blobs.add(entry.stat.bytes());
            let uses = uses.remove(digest);
            if uses.is_none() {
                self.report.unreferenced.add(entry.stat.bytes());
            }
            self.report.add(damage, uses.unwrap_or_default());
        }
        // Last, so that quarantined blobs count as missing.
        for record in records {
            let missing = self.store.missing(record);
            if !missing.is_empty() {
                let (kind, fingerprint) = (record.kind().to_owned(), record.fingerprint());
                let places = self.places(&kind, fingerprint);
                let incomplete = IncompleteRecord { kind, fingerprint, places, missing };
                self.report.incomplete.push(incomplete);
            }
        }
        Ok(())
    }
}
