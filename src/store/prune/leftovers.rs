//! Files left behind by killed processes.

use super::super::Entry;
use super::super::files::TEMP_PREFIX;
use super::super::publish::PREPARED;
use super::super::work_dir::ATTEMPT_PREFIX;
use super::Store;
use crate::fingerprint::Digest;
use std::collections::HashSet;
use std::path::PathBuf;

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
        let is_resumable = !recorded.contains(&fingerprint)
            && store.files.has_files(&store.layout.resume_dir(&fingerprint));
        let entries = store.files.entries(&path).into_iter();
        let (attempts, others): (Vec<_>, Vec<_>) =
            entries.partition(|entry| entry.starts_with(ATTEMPT_PREFIX));
        let paths = |entries: Vec<Entry>| entries.into_iter().map(|entry| entry.path).collect();
        let (attempts, others) = (paths(attempts), paths(others));
        Some(WorkFolder { path, is_resumable, attempts, others })
    };
    store
        .files
        .entries(&store.layout.work)
        .into_iter()
        .map(|entry| entry.path)
        .filter_map(folder)
        .collect()
}

/// Returns temporary files and folders of the store, of run folders and of visible outputs. Of a staging
/// folder only the outputs that were being prepared: the others may be the user's, and the folder itself
/// marks an interrupted publication.
pub(super) fn leftovers(store: &Store) -> Vec<PathBuf> {
    let (layout, files) = (&store.layout, &store.files);
    let is_temporary = |entry: &Entry| {
        // Older versions tested with such a file whether the folder was writable.
        (entry.starts_with(TEMP_PREFIX) || entry.starts_with(".writable"))
            && entry.is_plain()
            && !entry.path.starts_with(&layout.quarantine)
    };
    let temporary = files.entries_at(&layout.store, 1..=4).into_iter();
    let temporary = temporary.chain(files.entries_at(&layout.runs, 1..=2));
    let temporary = temporary.chain(files.entries_at(&layout.work, 1..=1)).filter(is_temporary);
    let is_trash = |entry: &Entry| entry.starts_with(".done-") && entry.is_folder();
    let trash = files.entries(&layout.work).into_iter().filter(is_trash);
    let is_visible =
        |entry: &Entry| !layout.internal().iter().any(|own| entry.path.starts_with(own));
    let visible = files.entries_at(&layout.root, 1..=2).into_iter().filter(is_visible);
    let staging = visible.filter(|entry| entry.starts_with(".next-") && entry.is_folder());
    let prepared = staging.flat_map(|entry| files.entries(&entry.path));
    let prepared = prepared.filter(|entry| entry.path.ends_with(PREPARED));
    temporary.chain(trash).chain(prepared).map(|entry| entry.path).collect()
}
