//! What processes that were killed left behind.

use super::super::commit::ATTEMPT;
use super::{Digest, Path, PathBuf, Sort, Store};
use walkdir::{DirEntry, WalkDir};

/// A stage's work folder that nobody works in.
pub(super) struct WorkFolder {
    pub(super) path: PathBuf,
    /// Whether a stage kept something there to go on from, and is not recorded yet.
    pub(super) can_go_on: bool,
    /// Folders of attempts that ended, which nothing goes on from.
    pub(super) attempts: Vec<PathBuf>,
    /// Everything else in it.
    pub(super) others: Vec<PathBuf>,
}

/// Every work folder. The store is locked, so no run is under way.
pub(super) fn work_folders(store: &Store) -> Vec<WorkFolder> {
    let recorded: std::collections::HashSet<Digest> =
        store.record_names().into_iter().map(|(_, fingerprint)| fingerprint).collect();
    let folder = |entry: DirEntry| {
        let fingerprint: Digest = entry.file_name().to_str()?.parse().ok()?;
        let path = entry.into_path();
        let kept = WalkDir::new(path.join("kept")).into_iter().flatten();
        let mut kept = kept.filter(|entry| entry.file_type().is_file());
        let can_go_on = !recorded.contains(&fingerprint) && kept.next().is_some();
        let all = inside(&path, Sort::Work).into_iter().map(|(_, path)| path);
        let (attempts, others) = all.partition(|path| starts_with(path, ATTEMPT));
        Some(WorkFolder { path, can_go_on, attempts, others })
    };
    entries(&store.layout.work(), 1).filter_map(folder).collect()
}

/// Temporary files and folders of the store, of run folders and of visible outputs. A folder in which
/// outputs were laid out is emptied alone: that it is there says that a publication was cut short.
pub(super) fn leftovers(store: &Store) -> Vec<PathBuf> {
    let layout = &store.layout;
    let own = [layout.root().join("store"), layout.runs(), layout.work()];
    let mut found: Vec<PathBuf> = entries(&own[0], 4)
        .chain(entries(&own[1], 2))
        .chain(entries(&own[2], 1))
        .map(DirEntry::into_path)
        .filter(|path| starts_with(path, ".new") || starts_with(path, ".writable"))
        .filter(|path| path.is_file() && !path.starts_with(layout.quarantine()))
        .collect();
    let is_done = |path: &PathBuf| starts_with(path, ".done-") && path.is_dir();
    found.extend(entries(&own[2], 1).map(DirEntry::into_path).filter(is_done));
    let is_next = |path: &PathBuf| {
        starts_with(path, ".next-") && path.is_dir() && !own.iter().any(|own| path.starts_with(own))
    };
    let next = entries(layout.root(), 2).map(DirEntry::into_path).filter(is_next);
    found.extend(next.flat_map(|path| entries(&path, 1).map(DirEntry::into_path)));
    found
}

/// What lies in a folder.
pub(super) fn inside(folder: &Path, sort: Sort) -> Vec<(Sort, PathBuf)> {
    entries(folder, 1).map(|entry| (sort, entry.into_path())).collect()
}

fn entries(folder: &Path, depth: usize) -> impl Iterator<Item = DirEntry> + use<> {
    WalkDir::new(folder).min_depth(1).max_depth(depth).sort_by_file_name().into_iter().flatten()
}

fn starts_with(path: &Path, beginning: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning))
}
