//! Disk usage of `artifacts/`. Sizes are bytes of content; space that reflinks share cannot be detected and
//! counts for each of them.

use super::{Entry, Store};
use crate::fingerprint::Digest;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A number of files and their total size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Number of files.
    pub files: u64,
    /// Size in bytes.
    pub bytes: u64,
}

impl Amount {
    /// Adds one file.
    pub fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// Disk usage of a stage kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct KindUsage {
    /// Number of records.
    pub records: u64,
    /// Blobs that the records name, each counted once per kind.
    pub blobs: Amount,
}

/// Disk usage of `artifacts/`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StoreUsage {
    /// Blobs.
    pub blobs: Amount,
    /// Blobs that are also linked into run folders and so cost their bytes once.
    pub linked_blobs: Amount,
    /// Blobs that no record names: a prune removes them.
    pub unreferenced_blobs: Amount,
    /// Records.
    pub records: Amount,
    /// Pointers, file index, locks and version file.
    pub other: Amount,
    /// Damaged files.
    pub quarantine: Amount,
    /// Number of work folders.
    pub work_folders: u64,
    /// Files in work folders.
    pub work: Amount,
    /// Number of run folders.
    pub run_folders: u64,
    /// Files in run folders, except links to blobs.
    pub runs: Amount,
    /// Visible outputs under `artifacts/<pipeline>/`.
    pub visible: Amount,
    /// Size of all files in bytes; a file with several names counts once.
    pub bytes: u64,
    /// By stage kind.
    pub kinds: BTreeMap<String, KindUsage>,
}

impl Store {
    /// Measures the disk usage of `artifacts/`. Takes no lock, so files that a run adds meanwhile may be
    /// missing.
    pub fn usage(&self) -> StoreUsage {
        let mut usage = StoreUsage::default();
        let mut counted = HashSet::new();
        let mut blobs = HashMap::new();
        let link = self.layout.store.as_path();
        let linked = self.files.is_linked(link).then(|| self.files_below(link));
        let entries = self.files_below(&self.layout.root).filter(|entry| entry.path != link);
        for entry in entries.chain(linked.into_iter().flatten()) {
            if counted.insert(entry.stat.identity) {
                usage.bytes += entry.stat.bytes();
            }
            self.classify(&mut usage, &mut blobs, &entry);
        }
        usage.work_folders = self.folders_in(&self.layout.work);
        usage.run_folders = self.folders_in(&self.layout.runs);
        let mut named = HashSet::new();
        for (kind, fingerprint) in self.record_names() {
            let Some(record) = self.record(&kind, &fingerprint) else { continue };
            let of_kind = usage.kinds.entry(kind.clone()).or_default();
            of_kind.records += 1;
            for file in record.files() {
                if let Some(&bytes) = blobs.get(&file.digest)
                    && named.insert((kind.clone(), file.digest))
                {
                    of_kind.blobs.add(bytes);
                }
            }
        }
        let named: HashSet<Digest> = named.into_iter().map(|(_, digest)| digest).collect();
        let unreferenced = blobs.iter().filter(|(digest, _)| !named.contains(digest));
        unreferenced.for_each(|(_, &bytes)| usage.unreferenced_blobs.add(bytes));
        usage
    }

    fn classify(&self, usage: &mut StoreUsage, blobs: &mut HashMap<Digest, u64>, entry: &Entry) {
        let layout = &self.layout;
        let (bytes, names) = (entry.stat.bytes(), entry.stat.names);
        let within = |folder: &PathBuf| entry.path.starts_with(folder);
        if within(&layout.blobs) {
            usage.blobs.add(bytes);
            if names > 1 {
                usage.linked_blobs.add(bytes);
            }
            blobs.extend(self.blob_digest(&entry.path).map(|digest| (digest, bytes)));
        } else if within(&layout.records) {
            usage.records.add(bytes);
        } else if within(&layout.quarantine) {
            usage.quarantine.add(bytes);
        } else if within(&layout.store) {
            usage.other.add(bytes);
        } else if within(&layout.work) {
            usage.work.add(bytes);
        } else if within(&layout.runs) {
            if names == 1 {
                usage.runs.add(bytes);
            }
        } else if entry.path.parent() != Some(&*layout.root) {
            usage.visible.add(bytes);
        }
    }

    /// Returns the digest in the path of a blob; `None` for other files.
    pub(super) fn blob_digest(&self, path: &Path) -> Option<Digest> {
        let digest = path.file_name()?.to_str()?.parse().ok()?;
        (self.layout.blob(&digest) == path).then_some(digest)
    }

    /// Returns kind and fingerprint of each record, as given by the file names.
    pub(super) fn record_names(&self) -> Vec<(String, Digest)> {
        let name = |path: PathBuf| {
            let kind = path.parent()?.file_name()?.to_str()?.to_owned();
            let fingerprint = path.file_name()?.to_str()?.strip_suffix(".json")?.parse().ok()?;
            Some((kind, fingerprint))
        };
        let entries = self.files.entries_at(&self.layout.records, 2..=2).into_iter();
        entries.map(|entry| entry.path).filter_map(name).collect()
    }

    /// Returns everything but folders at or below a path.
    pub(super) fn files_below(&self, path: &Path) -> impl Iterator<Item = Entry> + use<> {
        self.files.walk(path).into_iter().filter(|entry| !entry.is_folder())
    }

    fn folders_in(&self, folder: &Path) -> u64 {
        self.files.entries(folder).iter().filter(|entry| entry.is_folder()).count() as u64
    }
}
