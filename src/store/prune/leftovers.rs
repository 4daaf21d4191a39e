//! Files left behind by killed processes.

use super::super::attempt::has_files;
use super::super::usage::paths_below;
use super::super::work_dir::ATTEMPT_PREFIX;
use super::Store;
use crate::fingerprint::Digest;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A work folder that no process uses.
pub(super) struct WorkFolder {
    pub(super) path: PathBuf,
    /// Whether it has files to resume from and no record yet.
    pub(super) is_resumable: bool,
    /// Folders of ended attempts, which no attempt resumes from.
    pub(super) attempts: Vec<PathBuf>,
    pub(super) others: Vec<PathBuf>,
}

/// Returns every work folder. The store is locked, so no run is active.
pub(super) fn work_folders(store: &Store) -> Vec<WorkFolder> {
    let recorded: HashSet<Digest> =
        store.record_names().into_iter().map(|(_, fingerprint)| fingerprint).collect();
    let folder = |path: PathBuf| {
        let fingerprint: Digest = path.file_name()?.to_str()?.parse().ok()?;
        let is_resumable =
            !recorded.contains(&fingerprint) && has_files(&store.layout.resume_dir(&fingerprint));
        let (attempts, others) =
            paths_below(&path, 1..=1).partition(|path| starts_with(path, ATTEMPT_PREFIX));
        Some(WorkFolder { path, is_resumable, attempts, others })
    };
    paths_below(&store.layout.work, 1..=1).filter_map(folder).collect()
}

/// Returns temporary files and folders of the store, of run folders and of visible outputs. Of a staging
/// folder only the content: the folder itself marks an interrupted publication.
pub(super) fn leftovers(store: &Store) -> Vec<PathBuf> {
    let layout = &store.layout;
    let own = [&layout.store, &layout.runs, &layout.work];
    let mut found: Vec<PathBuf> = paths_below(own[0], 1..=4)
        .chain(paths_below(own[1], 1..=2))
        .chain(paths_below(own[2], 1..=1))
        .filter(|path| starts_with(path, ".new") || starts_with(path, ".writable"))
        .filter(|path| path.is_file() && !path.starts_with(&layout.quarantine))
        .collect();
    let is_trash = |path: &PathBuf| starts_with(path, ".done-") && path.is_dir();
    found.extend(paths_below(own[2], 1..=1).filter(is_trash));
    let is_staging = |path: &PathBuf| {
        starts_with(path, ".next-") && path.is_dir() && !own.iter().any(|own| path.starts_with(own))
    };
    let staging = paths_below(&layout.root, 1..=2).filter(is_staging);
    found.extend(staging.flat_map(|path| paths_below(&path, 1..=1)));
    found
}

fn starts_with(path: &Path, prefix: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
}
