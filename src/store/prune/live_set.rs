//! The live set: records that are published, those of the newest runs, and those that they were made from.

use super::super::pointer::Pointer;
use super::super::record::Record;
use super::super::seal::Lookup;
use super::super::{Entry, Files, PointerKey};
use super::{Result, Store, StoreError};
use crate::event::RunOutcome;
use crate::fingerprint::{Digest, FileInput, InputFiles};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Kind and fingerprint of a record.
type RecordKey = (String, Digest);

/// Everything that a prune must keep.
#[derive(Debug, Default)]
pub(super) struct LiveSet {
    pub(super) records: HashSet<RecordKey>,
    pub(super) blobs: HashSet<Digest>,
    /// Pointers of stages that no pipeline has.
    pub(super) dead_pointers: Vec<PathBuf>,
    /// Folders of older runs.
    pub(super) old_runs: Vec<PathBuf>,
    /// Names of run folders whose summary cannot be read.
    pub(super) unreadable_runs: Vec<String>,
}

/// The fields of `summary.json` that matter here.
#[derive(Debug, Deserialize)]
struct Summary {
    pipeline: String,
    outcome: RunOutcome,
    stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
struct Stage {
    kind: String,
    fingerprint: Option<Digest>,
}

impl LiveSet {
    pub(super) fn find(
        store: &Store,
        newest: usize,
        is_stage: &dyn Fn(&PointerKey) -> bool,
    ) -> Result<Self> {
        let mut live = Self::default();
        for (path, key) in store.pointers() {
            if !is_stage(&key) {
                live.dead_pointers.push(path);
                continue;
            }
            match store.pointer_at(&path, &key) {
                Lookup::Intact(Pointer { kind, fingerprint }) => {
                    live.records.insert((kind, fingerprint));
                }
                Lookup::Absent => {}
                Lookup::Damaged(_) | Lookup::Unreadable(_) => {
                    let what = format!("the pointer of {}/{}", key.pipeline, key.stage);
                    return Err(StoreError::PruneUnsafe(what));
                }
            }
        }
        live.add_runs(store, newest);
        live.add_origins(store)?;
        Ok(live)
    }

    /// Adds the records of the newest runs. The names of run folders begin with their time.
    fn add_runs(&mut self, store: &Store, newest: usize) {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let files = &store.files;
        let folders = files.entries(&store.layout.runs).into_iter().rev();
        for folder in folders.filter(Entry::is_folder).map(|entry| entry.path) {
            let summary = folder.join("summary.json");
            let Some(Summary { pipeline, outcome, stages }) = read(files, &summary) else {
                // A killed run has no summary; the records of its finished stages are published.
                let pipeline: Option<Value> = read(files, &folder.join("pipeline.json"));
                let count = pipeline.and_then(|p| counts.get(p["pipeline"].as_str()?));
                if count.is_some_and(|&count| count >= newest) {
                    self.old_runs.push(folder);
                } else if files.exists(&summary) {
                    let name = folder.file_name().unwrap_or_default();
                    self.unreadable_runs.push(name.to_string_lossy().into_owned());
                }
                continue;
            };
            let count = counts.entry(pipeline).or_default();
            if *count >= newest {
                self.old_runs.push(folder);
                continue;
            }
            *count += usize::from(matches!(outcome, RunOutcome::Done | RunOutcome::Fresh));
            self.records.extend(stages.into_iter().filter_map(|s| Some((s.kind, s.fingerprint?))));
        }
    }

    /// Adds, for each input of a live record, the record that it was made from: one that is live anyway, or
    /// the one that finished last.
    fn add_origins(&mut self, store: &Store) -> Result<()> {
        let mut all: HashMap<RecordKey, Record> = HashMap::new();
        let mut origins: HashMap<(&str, Digest), Vec<&RecordKey>> = HashMap::new();
        for (kind, fingerprint) in store.record_names() {
            match store.lookup(&kind, &fingerprint) {
                Lookup::Intact(record) => drop(all.insert((kind, fingerprint), record)),
                // A damaged record cannot be used: its stage runs again in any case.
                Lookup::Damaged(_) | Lookup::Absent => {}
                Lookup::Unreadable(error) => return Err(StoreError::Io(error)),
            }
        }
        for (key, record) in &all {
            for file in &record.outputs {
                origins.entry((record.kind(), file.digest)).or_default().push(key);
            }
        }
        let mut open: Vec<RecordKey> = self.records.iter().cloned().collect();
        while let Some(key) = open.pop() {
            let Some(record) = all.get(&key) else { continue };
            self.blobs.extend(record.files().map(|file| file.digest));
            for input in record.inputs.inputs.values().flatten() {
                let first = input.upstream.as_deref().zip(input.files.first());
                let output = first.and_then(|(kind, file)| Some((kind, file.digest?)));
                let candidates = output.and_then(|output| origins.get(&output)).into_iter();
                let candidates = candidates.flatten().filter(|key| has_files(&all[**key], input));
                if candidates.clone().any(|key| self.records.contains(*key)) {
                    continue;
                }
                if let Some(latest) = candidates.max_by_key(|key| &all[**key].meta.finished) {
                    self.records.insert((*latest).clone());
                    open.push((*latest).clone());
                }
            }
        }
        Ok(())
    }
}

/// Returns whether every file of an input is an output of a record.
fn has_files(record: &Record, input: &InputFiles) -> bool {
    let outputs: HashSet<(&str, Digest)> =
        record.outputs.iter().map(|file| (file.path.as_str(), file.digest)).collect();
    let is_output = |file: &FileInput| {
        file.digest.is_some_and(|digest| outputs.contains(&(file.path.as_str(), digest)))
    };
    input.files.iter().all(is_output)
}

fn read<T: DeserializeOwned>(files: &Files, path: &Path) -> Option<T> {
    serde_json::from_slice(&files.read(path).ok()?).ok()
}
