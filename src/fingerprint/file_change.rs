//! How the files of an input changed.

use super::{Diff, FileInput, InputFiles, union};
use crate::text::count_of;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

/// How many changes are listed.
const MAX_LISTED: usize = 5;

/// How an input changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputChange {
    /// Old and new stage kind of the upstream, if they differ; `None` inside for files.
    pub kind: Option<Diff<Option<String>>>,
    /// The first few changes.
    pub files: Vec<FileChange>,
    /// Number of further changes.
    pub more: usize,
}

/// How one file changed, or one instance of a gathered stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    /// It is new.
    Added(String),
    /// It is gone.
    Removed(String),
    /// It has another content.
    Changed(String),
    /// It has another path.
    Renamed(Diff<String>),
    /// A file of a gathered instance changed.
    InInstance(String, Box<Self>),
    /// The gathered instances are in another order.
    Reordered,
}

impl fmt::Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(path) => write!(f, "+{path}"),
            Self::Removed(path) => write!(f, "-{path}"),
            Self::Changed(path) => write!(f, "~{path}"),
            Self::Renamed(Diff { old, new }) => write!(f, "{old} -> {new}"),
            Self::InInstance(instance, change) => write!(f, "{instance}: {change}"),
            Self::Reordered => f.write_str("another order"),
        }
    }
}

impl InputChange {
    /// Compares an input's sets; `instances` names those of the upstream stages now.
    pub(super) fn new(old: &[InputFiles], new: &[InputFiles], instances: &[String]) -> Self {
        let (kind, changes) = match (old, new) {
            ([old], [new]) => {
                (Diff::new(&old.upstream, &new.upstream), file_changes(&old.files, &new.files))
            }
            _ => (None, instance_changes(old, new, instances)),
        };
        Self::of_changes(kind, changes)
    }

    /// Compares lists of names.
    pub(super) fn of_names(old: &[String], new: &[String]) -> Self {
        let without = |names: &[String], others: &[String]| -> Vec<String> {
            let others: HashSet<&String> = others.iter().collect();
            names.iter().filter(|name| !others.contains(name)).cloned().collect()
        };
        let changes = match (&without(old, new)[..], &without(new, old)[..]) {
            ([], []) => vec![FileChange::Reordered],
            ([old], [new]) => {
                vec![FileChange::Renamed(Diff { old: old.clone(), new: new.clone() })]
            }
            (old, new) => {
                let removed = old.iter().cloned().map(FileChange::Removed);
                removed.chain(new.iter().cloned().map(FileChange::Added)).collect()
            }
        };
        Self::of_changes(None, changes)
    }

    fn of_changes(kind: Option<Diff<Option<String>>>, changes: Vec<FileChange>) -> Self {
        let more = changes.len().saturating_sub(MAX_LISTED);
        Self { kind, files: first_of_each(changes), more }
    }
}

/// Returns the first few in their order, with each sort of change among them: a hundred new files must not
/// hide a removed one.
fn first_of_each(changes: Vec<FileChange>) -> Vec<FileChange> {
    let mut counts: HashMap<_, usize> = HashMap::new();
    let mut ranked: Vec<_> = changes.into_iter().enumerate().collect();
    ranked.sort_by_cached_key(|(_, change)| {
        let count = counts.entry(std::mem::discriminant(change)).or_default();
        *count += 1;
        *count
    });
    ranked.truncate(MAX_LISTED);
    ranked.sort_by_key(|(place, _)| *place);
    ranked.into_iter().map(|(_, change)| change).collect()
}

/// Returns the changes in the order of paths. A file that only changed its path is one change.
fn file_changes(old: &[FileInput], new: &[FileInput]) -> Vec<FileChange> {
    let old: BTreeMap<&str, &FileInput> = old.iter().map(|file| (&*file.path, file)).collect();
    let new: BTreeMap<&str, &FileInput> = new.iter().map(|file| (&*file.path, file)).collect();
    let mut removed: HashMap<_, Vec<&str>> = HashMap::new();
    for (path, file) in old.iter().rev().filter(|(path, _)| !new.contains_key(*path)) {
        removed.entry((file.digest, file.size)).or_default().push(path);
    }
    let mut renamed: HashMap<&str, &str> = HashMap::new();
    for (path, file) in new.iter().filter(|(path, _)| !old.contains_key(*path)) {
        if file.digest.is_some()
            && let Some(before) = removed.get_mut(&(file.digest, file.size)).and_then(Vec::pop)
        {
            renamed.insert(before, path);
        }
    }
    let arrived: HashSet<&str> = renamed.values().copied().collect();
    let change = |path: &&str| match (old.get(path), new.get(path)) {
        (None, _) if arrived.contains(path) => None,
        (None, _) => Some(FileChange::Added((*path).into())),
        (_, None) => Some(match renamed.get(path) {
            Some(new) => FileChange::Renamed(Diff { old: (*path).into(), new: (*new).to_owned() }),
            None => FileChange::Removed((*path).into()),
        }),
        (before, now) => (before != now).then(|| FileChange::Changed((*path).into())),
    };
    union(&old, &new).into_iter().filter_map(change).collect()
}

/// Returns how gathered instances changed. A record does not name them, so those with equal files are
/// taken to be the same, whatever their order, and only the others are compared.
fn instance_changes(old: &[InputFiles], new: &[InputFiles], names: &[String]) -> Vec<FileChange> {
    let mut unmatched: HashMap<&InputFiles, Vec<usize>> = HashMap::new();
    for (index, set) in old.iter().enumerate().rev() {
        unmatched.entry(set).or_default().push(index);
    }
    let mut is_new = |set: &InputFiles| unmatched.get_mut(set).and_then(Vec::pop).is_none();
    let added: Vec<usize> = (0..new.len()).filter(|&index| is_new(&new[index])).collect();
    let mut removed: Vec<usize> = unmatched.into_values().flatten().collect();
    removed.sort_unstable();
    let name = |at: usize| names.get(at).cloned().unwrap_or_else(|| format!("#{}", at + 1));
    let each =
        |change: fn(String) -> FileChange| added.iter().map(|&at| change(name(at))).collect();
    match (added.len(), removed.len()) {
        (0, 0) => vec![FileChange::Reordered],
        (_, 0) => each(FileChange::Added),
        (0, count) => vec![FileChange::Removed(count_of(count, "instance"))],
        (now, before) if now == before => {
            let pairs = added.iter().zip(&removed);
            let changes = |(&now, &before): (&usize, &usize)| {
                let files = file_changes(&old[before].files, &new[now].files);
                files.into_iter().map(move |file| FileChange::InInstance(name(now), file.into()))
            };
            pairs.flat_map(changes).collect()
        }
        // Which of them are new and which changed cannot be known.
        _ => each(FileChange::Changed),
    }
}
