//! Disk usage of `artifacts/`. Sizes are bytes of content; space that reflinks share cannot be detected and
//! counts for each of them.

use super::Store;
use crate::fingerprint::Digest;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

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

/// Size and identity of a file.
#[derive(Debug, Clone)]
pub(super) struct FileStat {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// Number of hard links.
    pub(super) nlink: u64,
    /// Device and inode.
    pub(super) identity: (u64, u64),
}

/// Returns the plain files at or below a path. Files that vanish meanwhile are skipped.
pub(super) fn files_below(path: &Path) -> impl Iterator<Item = FileStat> {
    let entries = WalkDir::new(path).sort_by_file_name().into_iter().flatten();
    entries.filter(|entry| !entry.file_type().is_dir()).filter_map(|entry| {
        let data = entry.metadata().ok()?;
        let identity = (data.dev(), data.ino());
        let (bytes, nlink) = (data.len(), data.nlink());
        Some(FileStat { path: entry.into_path(), bytes, nlink, identity })
    })
}

/// Returns the paths below a folder at these depths, sorted by name.
pub(super) fn paths_below(
    folder: &Path,
    depths: RangeInclusive<usize>,
) -> impl Iterator<Item = PathBuf> + use<> {
    let walk = WalkDir::new(folder).min_depth(*depths.start()).max_depth(*depths.end());
    walk.sort_by_file_name().into_iter().flatten().map(DirEntry::into_path)
}

impl Store {
    /// Measures the disk usage of `artifacts/`. Takes no lock, so files that a run adds meanwhile may be
    /// missing.
    pub fn usage(&self) -> StoreUsage {
        let mut usage = StoreUsage::default();
        let mut counted = HashSet::new();
        let mut blobs = HashMap::new();
        for stat in files_below(&self.layout.root) {
            if counted.insert(stat.identity) {
                usage.bytes += stat.bytes;
            }
            self.classify(&mut usage, &mut blobs, &stat);
        }
        usage.work_folders = folders_in(&self.layout.work);
        usage.run_folders = folders_in(&self.layout.runs);
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

    fn classify(&self, usage: &mut StoreUsage, blobs: &mut HashMap<Digest, u64>, stat: &FileStat) {
        let layout = &self.layout;
        let within = |folder: &PathBuf| stat.path.starts_with(folder);
        if within(&layout.blobs) {
            usage.blobs.add(stat.bytes);
            if stat.nlink > 1 {
                usage.linked_blobs.add(stat.bytes);
            }
            blobs.extend(self.blob_digest(&stat.path).map(|digest| (digest, stat.bytes)));
        } else if within(&layout.records) {
            usage.records.add(stat.bytes);
        } else if within(&layout.quarantine) {
            usage.quarantine.add(stat.bytes);
        } else if within(&layout.store) {
            usage.other.add(stat.bytes);
        } else if within(&layout.work) {
            usage.work.add(stat.bytes);
        } else if within(&layout.runs) {
            if stat.nlink == 1 {
                usage.runs.add(stat.bytes);
            }
        } else if stat.path.parent() != Some(&*layout.root) {
            usage.visible.add(stat.bytes);
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
        paths_below(&self.layout.records, 2..=2).filter_map(name).collect()
    }
}

fn folders_in(folder: &Path) -> u64 {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.path().is_dir()).count() as u64
}
