//! Reads everything in the store against what it should be.
//!
//! It runs beside runs, but not beside a prune. Pointers are read before records, and records before
//! blobs, which is the reverse of the order in which a run writes them; so whatever is named was there
//! before. What seems damaged is looked at a second time when it is set aside (see [`Damage`]).

use super::census::{Amount, Seen, blobs_of, files_below};
use super::current::Current;
use super::damage::Damage;
use super::record::{OutputFile, Record};
use super::seal::Lookup;
use super::{Place, Store, StoreError};
use crate::fingerprint::{Digest, digest_file_with};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Hears how many bytes of how many have been read, again and again.
pub type Watch<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// For what something was needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Stage kind.
    pub kind: String,
    /// The stages that show it now; empty: an earlier result.
    pub places: Vec<Place>,
    /// The file among the stage's outputs or diagnostics, where it is about one.
    pub path: Option<String>,
    /// Whether it is only a diagnostic, for which nothing runs again.
    pub diagnostic: bool,
}

/// A record that names outputs which are gone.
#[derive(Debug, Clone, Serialize)]
pub struct Incomplete {
    /// Stage kind.
    pub kind: String,
    /// Its fingerprint.
    pub fingerprint: Digest,
    /// The stages that show it now.
    pub places: Vec<Place>,
    /// Outputs that are gone.
    pub missing: Vec<String>,
}

/// What a check found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Checked {
    /// Blobs that were read.
    pub blobs: Amount,
    /// Records that were read.
    pub records: usize,
    /// Pointers that were read.
    pub pointers: usize,
    /// Files that the file index knows.
    pub indexed_files: usize,
    /// What is damaged, and for what it was needed.
    pub damaged: Vec<(Damage, Vec<Need>)>,
    /// Records that name outputs which are gone.
    pub incomplete: Vec<Incomplete>,
    /// Blobs that no record names.
    pub unreferenced: Amount,
    /// Visible outputs that differ from what was recorded: a person may edit them.
    pub edited: usize,
}

type Shown = BTreeMap<(String, Digest), Vec<Place>>;

impl Store {
    /// Reads every blob, record and pointer and the file index; what is damaged is set aside and named.
    ///
    /// # Errors
    /// When a prune holds the store, or something cannot be read or set aside.
    pub fn check(&self, watch: Watch<'_>) -> Result<Checked, StoreError> {
        let _shared = self.share(Some(Duration::ZERO), &|| false)?;
        let mut checked = Checked::default();
        checked.damaged.extend(self.version_damage.clone().map(|damage| (damage, Vec::new())));
        let shown = self.check_pointers(&mut checked)?;
        let records = self.check_records(&shown, &mut checked)?;
        self.check_blobs(&records, &shown, watch, &mut checked)?;
        let index = self.file_index();
        checked.indexed_files = index.len();
        checked.damaged.extend(self.set_index_aside(&index)?.map(|damage| (damage, Vec::new())));
        Ok(checked)
    }

    fn check_pointers(&self, checked: &mut Checked) -> Result<Shown, StoreError> {
        let mut shown = Shown::new();
        for (path, place) in self.pointers() {
            checked.pointers += 1;
            match self.pointer(&path, &place) {
                Lookup::Sound(Current { kind, fingerprint }) => {
                    shown.entry((kind, fingerprint)).or_default().push(place);
                }
                Lookup::Damaged(fault) => {
                    let need = Need {
                        kind: String::new(),
                        places: vec![place],
                        path: None,
                        diagnostic: false,
                    };
                    let damage = self.set_pointer_aside(&path, fault)?;
                    checked.damaged.extend(damage.map(|damage| (damage, vec![need])));
                }
                Lookup::Unreadable(error) => return Err(StoreError::Io(error)),
                Lookup::Absent => {}
            }
        }
        Ok(shown)
    }

    fn check_records(
        &self,
        shown: &Shown,
        checked: &mut Checked,
    ) -> Result<Vec<(Digest, Record)>, StoreError> {
        let look = |(kind, fingerprint): (String, Digest)| {
            let found = self.look_up(&kind, &fingerprint);
            (kind, fingerprint, found)
        };
        let found: Vec<_> = self.record_names().into_par_iter().map(look).collect();
        checked.records = found.len();
        let mut records = Vec::new();
        for (kind, fingerprint, found) in found {
            match found {
                Lookup::Sound(record) => records.push((fingerprint, record)),
                Lookup::Damaged(_) => {
                    let places =
                        shown.get(&(kind.clone(), fingerprint)).cloned().unwrap_or_default();
                    let damage = self.set_record_aside(&kind, &fingerprint)?;
                    let need = Need { kind, places, path: None, diagnostic: false };
                    checked.damaged.extend(damage.map(|damage| (damage, vec![need])));
                }
                Lookup::Unreadable(error) => return Err(StoreError::Io(error)),
                Lookup::Absent => {}
            }
        }
        Ok(records)
    }

    fn check_blobs(
        &self,
        records: &[(Digest, Record)],
        shown: &Shown,
        watch: Watch<'_>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let stored: Vec<(Digest, Seen)> = files_below(&self.layout.blobs())
            .filter_map(|seen| Some((self.blob_named(&seen.path)?, seen)))
            .collect();
        let visible = self.visible_outputs(records, shown);
        let sizes = stored.iter().map(|(_, seen)| seen.bytes);
        let total = sizes.chain(visible.iter().map(|(_, file)| file.size)).sum();
        let read = AtomicU64::new(0);
        let hear = |bytes: u64| watch(read.fetch_add(bytes, Ordering::Relaxed) + bytes, total);
        let damaged: Result<Vec<Option<Damage>>, StoreError> = stored
            .par_iter()
            .map(|(digest, _)| self.set_blob_aside_heard(digest, &mut &hear))
            .collect();
        checked.edited = visible
            .par_iter()
            .filter(|(path, file)| {
                // One that is gone is no edit: the next run shows it again.
                let found = digest_file_with(path, &mut |bytes| {
                    hear(bytes);
                    Ok(())
                });
                found.is_ok_and(|found| found != (file.digest, file.size))
            })
            .count();
        let mut needs: HashMap<Digest, Vec<Need>> = HashMap::new();
        for (fingerprint, record) in records {
            for (file, diagnostic) in with_shelf(record) {
                needs.entry(file.digest).or_default().push(Need {
                    kind: record.kind().to_owned(),
                    places: places(shown, record, fingerprint),
                    path: Some(file.path.clone()),
                    diagnostic,
                });
            }
        }
        for ((digest, seen), damage) in stored.iter().zip(damaged?) {
            checked.blobs.add(seen.bytes);
            let needs = needs.get(digest);
            if needs.is_none() {
                checked.unreferenced.add(seen.bytes);
            }
            let needs = needs.cloned().unwrap_or_default();
            checked.damaged.extend(damage.map(|damage| (damage, needs)));
        }
        checked.incomplete =
            records.iter().filter_map(|(f, record)| self.incomplete(f, record, shown)).collect();
        Ok(())
    }

    fn incomplete(
        &self,
        fingerprint: &Digest,
        record: &Record,
        shown: &Shown,
    ) -> Option<Incomplete> {
        let missing = self.missing(record);
        (!missing.is_empty()).then(|| Incomplete {
            kind: record.kind().to_owned(),
            fingerprint: *fingerprint,
            places: places(shown, record, fingerprint),
            missing,
        })
    }

    /// The visible outputs of each stage whose record is sound.
    fn visible_outputs<'a>(
        &self,
        records: &'a [(Digest, Record)],
        shown: &Shown,
    ) -> Vec<(PathBuf, &'a OutputFile)> {
        let mut visible = Vec::new();
        for (fingerprint, record) in records {
            for Place { pipeline, stage } in places(shown, record, fingerprint) {
                let folder = self.layout.pipeline(&pipeline).join(stage);
                visible.extend(record.outputs.iter().map(|file| (folder.join(&file.path), file)));
            }
        }
        visible
    }
}

fn places(shown: &Shown, record: &Record, fingerprint: &Digest) -> Vec<Place> {
    shown.get(&(record.kind().to_owned(), *fingerprint)).cloned().unwrap_or_default()
}

/// The files of a record, each with whether it is a diagnostic.
fn with_shelf(record: &Record) -> impl Iterator<Item = (&OutputFile, bool)> {
    let outputs = record.outputs.len();
    blobs_of(record).enumerate().map(move |(number, file)| (file, number >= outputs))
}
