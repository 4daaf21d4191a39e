//! Verifies everything in the store.
//!
//! It runs beside runs, but not beside a prune. It reads pointers before records and records before blobs,
//! the reverse of the order in which a run writes them, so whatever is named exists already. Files that seem
//! damaged are checked again when they are quarantined (see [`Damage`]).

use super::damage::Damage;
use super::pointer::Pointer;
use super::record::{OutputFile, Record};
use super::seal::Lookup;
use super::usage::{Amount, FileStat, files_below};
use super::{PointerKey, Store, StoreError};
use crate::fingerprint::{Digest, digest_file_with};
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

/// The stages that each record is published for, by kind and fingerprint.
#[derive(Default)]
struct Published(BTreeMap<(String, Digest), Vec<PointerKey>>);

impl Published {
    fn keys(&self, kind: &str, fingerprint: &Digest) -> Vec<PointerKey> {
        self.0.get(&(kind.to_owned(), *fingerprint)).cloned().unwrap_or_default()
    }
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
    pub fn verify_all(&self, progress: ProgressFn<'_>) -> Result<VerifyReport, StoreError> {
        let _shared = self.lock_shared(Some(Duration::ZERO), &|| false)?;
        let mut report = VerifyReport::default();
        report.add(self.version_damage.clone(), []);
        let published = self.verify_pointers(&mut report)?;
        let records = self.verify_records(&published, &mut report)?;
        self.verify_blobs(&records, &published, progress, &mut report)?;
        let index = self.file_index();
        report.indexed_files = index.len();
        report.add(self.quarantine_file_index(&index)?, []);
        Ok(report)
    }

    fn verify_pointers(&self, report: &mut VerifyReport) -> Result<Published, StoreError> {
        let mut published = Published::default();
        for (path, key) in self.pointers() {
            report.pointers += 1;
            match self.pointer_at(&path, &key) {
                Lookup::Intact(Pointer { kind, fingerprint }) => {
                    published.0.entry((kind, fingerprint)).or_default().push(key);
                }
                Lookup::Damaged(mismatch) => {
                    let damage = self.quarantine_pointer(&path, mismatch)?;
                    let (kind, places) = (String::new(), vec![key]);
                    report.add(damage, [Dependent { kind, places, path: None, diagnostic: false }]);
                }
                Lookup::Unreadable(error) => return Err(StoreError::Io(error)),
                Lookup::Absent => {}
            }
        }
        Ok(published)
    }

    fn verify_records(
        &self,
        published: &Published,
        report: &mut VerifyReport,
    ) -> Result<Vec<(Digest, Record)>, StoreError> {
        let read = |(kind, fingerprint): (String, Digest)| {
            let lookup = self.lookup(&kind, &fingerprint);
            (kind, fingerprint, lookup)
        };
        let lookups: Vec<_> = self.record_names().into_par_iter().map(read).collect();
        report.records = lookups.len();
        let mut records = Vec::new();
        for (kind, fingerprint, lookup) in lookups {
            match lookup {
                Lookup::Intact(record) => records.push((fingerprint, record)),
                Lookup::Damaged(_) => {
                    let damage = self.quarantine_record(&kind, &fingerprint)?;
                    let places = published.keys(&kind, &fingerprint);
                    report.add(damage, [Dependent { kind, places, path: None, diagnostic: false }]);
                }
                Lookup::Unreadable(error) => return Err(StoreError::Io(error)),
                Lookup::Absent => {}
            }
        }
        Ok(records)
    }

    fn verify_blobs(
        &self,
        records: &[(Digest, Record)],
        published: &Published,
        progress: ProgressFn<'_>,
        report: &mut VerifyReport,
    ) -> Result<(), StoreError> {
        let stored: Vec<(Digest, FileStat)> = files_below(&self.layout.blobs)
            .filter_map(|stat| Some((self.blob_digest(&stat.path)?, stat)))
            .collect();
        let visible = self.visible_outputs(records, published);
        let sizes = stored.iter().map(|(_, stat)| stat.bytes);
        let total = sizes.chain(visible.iter().map(|(_, file)| file.size)).sum();
        let read = AtomicU64::new(0);
        let progress =
            |bytes: u64| progress(read.fetch_add(bytes, Ordering::Relaxed) + bytes, total);
        let damaged: Result<Vec<Option<Damage>>, StoreError> = stored
            .par_iter()
            .map(|(digest, _)| self.quarantine_blob_with(digest, &mut &progress))
            .collect();
        let is_edited = |(path, file): &&(PathBuf, &OutputFile)| {
            // A missing file is not an edit: the next run publishes it again.
            let found = digest_file_with(path, &mut |bytes| {
                progress(bytes);
                Ok(())
            });
            found.is_ok_and(|found| found != (file.digest, file.size))
        };
        report.edited = visible.par_iter().filter(is_edited).count();
        let mut uses: HashMap<Digest, Vec<Dependent>> = HashMap::new();
        for (fingerprint, record) in records {
            let places = published.keys(record.kind(), fingerprint);
            let kind = record.kind().to_owned();
            for (files, diagnostic) in [(&record.outputs, false), (&record.diagnostics, true)] {
                for file in files {
                    let (kind, places, path) = (kind.clone(), places.clone(), file.path.clone());
                    let dependent = Dependent { kind, places, path: Some(path), diagnostic };
                    uses.entry(file.digest).or_default().push(dependent);
                }
            }
            let missing = self.missing(record);
            if !missing.is_empty() {
                let fingerprint = *fingerprint;
                report.incomplete.push(IncompleteRecord { kind, fingerprint, places, missing });
            }
        }
        for ((digest, stat), damage) in stored.iter().zip(damaged?) {
            report.blobs.add(stat.bytes);
            let uses = uses.get(digest);
            if uses.is_none() {
                report.unreferenced.add(stat.bytes);
            }
            report.add(damage, uses.cloned().unwrap_or_default());
        }
        Ok(())
    }

    /// Returns path and recorded file of each visible output whose record is intact.
    fn visible_outputs<'a>(
        &self,
        records: &'a [(Digest, Record)],
        published: &Published,
    ) -> Vec<(PathBuf, &'a OutputFile)> {
        let mut visible = Vec::new();
        for (fingerprint, record) in records {
            for PointerKey { pipeline, stage } in published.keys(record.kind(), fingerprint) {
                let folder = self.layout.root.join(pipeline).join(stage);
                visible.extend(record.outputs.iter().map(|file| (folder.join(&file.path), file)));
            }
        }
        visible
    }
}
