//! How much lies under `artifacts/`, and what for. Sizes are bytes of content; what a file system shares
//! between reflinks cannot be seen from outside and counts on both sides.

use super::Store;
use super::record::{OutputFile, Record};
use crate::fingerprint::Digest;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// So many files with so many bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Amount {
    /// Adds one file.
    pub fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// What a stage kind has in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct KindAmount {
    /// Its records.
    pub records: u64,
    /// Blobs that these name, each counted once; one that two kinds name counts for both.
    pub blobs: Amount,
}

/// Everything under `artifacts/`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Census {
    /// Stored contents.
    pub blobs: Amount,
    /// Of these, those that are also linked into run folders, and so cost their bytes once.
    pub linked_blobs: Amount,
    /// Blobs that no record names: what a prune would clear.
    pub unreferenced_blobs: Amount,
    /// Records.
    pub records: Amount,
    /// Pointers, file index, locks and the version.
    pub other: Amount,
    /// What was found damaged.
    pub quarantine: Amount,
    /// Folders of stages under way or interrupted.
    pub work_folders: u64,
    /// What lies in them.
    pub work: Amount,
    /// Run folders.
    pub run_folders: u64,
    /// What lies in them, without what is linked to blobs.
    pub runs: Amount,
    /// The newest outputs under `artifacts/<pipeline>/`.
    pub visible: Amount,
    /// Bytes of all files, each counted once however many names it has.
    pub bytes: u64,
    /// By stage kind.
    pub kinds: BTreeMap<String, KindAmount>,
}

/// A file with its size and identity.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) names: u64,
    pub(super) identity: (u64, u64),
}

/// The plain files at or below a path. One that vanishes meanwhile is left out.
pub(super) fn files_below(path: &Path) -> impl Iterator<Item = Seen> {
    let entries = WalkDir::new(path).sort_by_file_name().into_iter().flatten();
    entries.filter(|entry| !entry.file_type().is_dir()).filter_map(|entry| {
        let data = entry.metadata().ok()?;
        let identity = (data.dev(), data.ino());
        let (bytes, names) = (data.len(), data.nlink());
        Some(Seen { path: entry.into_path(), bytes, names, identity })
    })
}

impl Store {
    /// Looks at everything under `artifacts/`. It takes no lock; what a run adds meanwhile may be missing.
    #[must_use]
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        let mut counted = HashSet::new();
        let mut blobs = HashMap::new();
        for seen in files_below(self.layout.root()) {
            if counted.insert(seen.identity) {
                census.bytes += seen.bytes;
            }
            self.classify(&mut census, &mut blobs, &seen);
        }
        census.work_folders = folders_in(&self.layout.work());
        census.run_folders = folders_in(&self.layout.runs());
        let mut named = HashSet::new();
        for (kind, fingerprint) in self.record_names() {
            let Some(record) = self.record(&kind, &fingerprint) else { continue };
            let of_kind = census.kinds.entry(kind.clone()).or_default();
            of_kind.records += 1;
            for file in blobs_of(&record) {
                if let Some(&bytes) = blobs.get(&file.digest)
                    && named.insert((kind.clone(), file.digest))
                {
                    of_kind.blobs.add(bytes);
                }
            }
        }
        let named: HashSet<Digest> = named.into_iter().map(|(_, digest)| digest).collect();
        for (digest, &bytes) in &blobs {
            if !named.contains(digest) {
                census.unreferenced_blobs.add(bytes);
            }
        }
        census
    }

    fn classify(&self, census: &mut Census, blobs: &mut HashMap<Digest, u64>, seen: &Seen) {
        let layout = &self.layout;
        let within = |folder: PathBuf| seen.path.starts_with(folder);
        if within(layout.blobs()) {
            census.blobs.add(seen.bytes);
            if seen.names > 1 {
                census.linked_blobs.add(seen.bytes);
            }
            blobs.extend(self.blob_named(&seen.path).map(|digest| (digest, seen.bytes)));
        } else if within(layout.records()) {
            census.records.add(seen.bytes);
        } else if within(layout.quarantine()) {
            census.quarantine.add(seen.bytes);
        } else if within(layout.root().join("store")) {
            census.other.add(seen.bytes);
        } else if within(layout.work()) {
            census.work.add(seen.bytes);
        } else if within(layout.runs()) {
            if seen.names == 1 {
                census.runs.add(seen.bytes);
            }
        } else if seen.path.parent() != Some(layout.root()) {
            census.visible.add(seen.bytes);
        }
    }

    /// The digest of which a path is the blob.
    pub(super) fn blob_named(&self, path: &Path) -> Option<Digest> {
        let digest = path.file_name()?.to_str()?.parse().ok()?;
        (self.blob(&digest) == path).then_some(digest)
    }

    /// Kind and fingerprint of each record, as the names of their files tell.
    pub(super) fn record_names(&self) -> Vec<(String, Digest)> {
        let folder = self.layout.records();
        let entries = WalkDir::new(&folder).min_depth(2).max_depth(2).sort_by_file_name();
        let name = |entry: walkdir::DirEntry| {
            let kind = entry.path().parent()?.file_name()?.to_str()?.to_owned();
            let fingerprint = entry.file_name().to_str()?.strip_suffix(".json")?.parse().ok()?;
            Some((kind, fingerprint))
        };
        entries.into_iter().flatten().filter_map(name).collect()
    }
}

/// Outputs and diagnostics of a record.
pub(super) fn blobs_of(record: &Record) -> impl Iterator<Item = &OutputFile> {
    record.outputs.iter().chain(&record.diagnostics)
}

fn folders_in(folder: &Path) -> u64 {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.path().is_dir()).count() as u64
}
