//! What is needed: the records that are shown, those of the newest runs, and what these were made from.

use super::super::census::blobs_of;
use super::super::current::Current;
use super::super::record::Record;
use super::{Digest, HashMap, HashSet, Lookup, Path, PathBuf, Store, StoreError};
use crate::fingerprint::InputFiles;
use serde::Deserialize;

/// Kind and fingerprint of a record.
type Name = (String, Digest);

/// What a prune must leave.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub(super) records: HashSet<Name>,
    pub(super) blobs: HashSet<Digest>,
    /// Folders of runs before the newest.
    pub(super) old_runs: Vec<PathBuf>,
    /// Names of run folders that do not tell what they need.
    pub(super) unreadable_runs: Vec<String>,
}

/// A run folder's `summary.json`, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Summary {
    pipeline: String,
    outcome: String,
    stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
struct Stage {
    kind: String,
    fingerprint: Option<Digest>,
}

impl Needs {
    pub(super) fn find(store: &Store, newest: usize) -> Result<Self, StoreError> {
        let mut needs = Self::default();
        for (path, place) in store.pointers() {
            match store.pointer(&path, &place) {
                Lookup::Sound(Current { kind, fingerprint }) => {
                    needs.records.insert((kind, fingerprint));
                }
                Lookup::Absent => {}
                Lookup::Damaged(_) | Lookup::Unreadable(_) => {
                    let what = format!("the pointer of {}/{}", place.pipeline, place.stage);
                    return Err(StoreError::Unsure { what });
                }
            }
        }
        needs.add_runs(&store.layout.runs(), newest);
        needs.add_origins(store)?;
        Ok(needs)
    }

    /// Goes through the run folders from the newest on; their names begin with their time.
    fn add_runs(&mut self, runs: &Path, newest: usize) {
        let mut counted: HashMap<String, usize> = HashMap::new();
        let folders = fs_err::read_dir(runs).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
        folders.sort();
        for folder in folders.into_iter().rev().filter(|folder| folder.is_dir()) {
            let Some(summary) = read::<Summary>(&folder.join("summary.json")) else {
                self.without_summary(folder, &counted, newest);
                continue;
            };
            let before = counted.entry(summary.pipeline).or_default();
            if *before >= newest {
                self.old_runs.push(folder);
                continue;
            }
            let finished = matches!(summary.outcome.as_str(), "done" | "fresh");
            *before += usize::from(finished);
            let stages = summary.stages.into_iter();
            self.records.extend(stages.filter_map(|s| Some((s.kind, s.fingerprint?))));
        }
    }

    /// A run that was killed has no summary; what it finished is shown, and so needed already.
    fn without_summary(
        &mut self,
        folder: PathBuf,
        counted: &HashMap<String, usize>,
        newest: usize,
    ) {
        #[derive(Deserialize)]
        struct Described {
            pipeline: String,
        }
        let described = read::<Described>(&folder.join("pipeline.json"));
        let pipeline = described.map(|described| described.pipeline);
        if pipeline.is_some_and(|p| counted.get(&p).is_some_and(|&count| count >= newest)) {
            self.old_runs.push(folder);
        } else if folder.join("summary.json").exists() {
            let name = folder.file_name().unwrap_or_default();
            self.unreadable_runs.push(name.to_string_lossy().into_owned());
        }
    }

    /// Adds, for each input of a needed record, the record that made it: one that is needed anyway, or
    /// the one that finished last.
    fn add_origins(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut all: HashMap<Name, Record> = HashMap::new();
        let mut makers: HashMap<(&str, Digest), Vec<Name>> = HashMap::new();
        for (kind, fingerprint) in store.record_names() {
            match store.look_up(&kind, &fingerprint) {
                Lookup::Sound(record) => drop(all.insert((kind, fingerprint), record)),
                // What a damaged record named cannot be used: its stage runs again in any case.
                Lookup::Damaged(_) | Lookup::Absent => {}
                Lookup::Unreadable(error) => return Err(StoreError::Io(error)),
            }
        }
        for (name, record) in &all {
            for file in &record.outputs {
                makers.entry((record.kind(), file.digest)).or_default().push(name.clone());
            }
        }
        let mut open: Vec<Name> = self.records.iter().cloned().collect();
        while let Some(name) = open.pop() {
            let Some(record) = all.get(&name) else { continue };
            self.blobs.extend(blobs_of(record).map(|file| file.digest));
            for input in record.inputs.inputs.values().flatten() {
                let (Some(kind), Some(first)) = (&input.upstream, input.files.first()) else {
                    continue;
                };
                let key = first.digest.map(|digest| (kind.as_str(), digest));
                let made = key.and_then(|key| makers.get(&key)).into_iter().flatten();
                let makers: Vec<&Name> = made.filter(|name| made_all(&all[name], input)).collect();
                if makers.iter().any(|name| self.records.contains(*name)) {
                    continue;
                }
                if let Some(latest) = makers.into_iter().max_by_key(|name| &all[name].finished) {
                    self.records.insert(latest.clone());
                    open.push(latest.clone());
                }
            }
        }
        Ok(())
    }
}

/// Whether every file of an input is an output of a record.
fn made_all(record: &Record, input: &InputFiles) -> bool {
    let outputs: HashSet<(&str, Digest)> =
        record.outputs.iter().map(|file| (file.path.as_str(), file.digest)).collect();
    let made = |file: &crate::fingerprint::FileInput| {
        file.digest.is_some_and(|digest| outputs.contains(&(file.path.as_str(), digest)))
    };
    input.files.iter().all(made)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs_err::read(path).ok()?).ok()
}
