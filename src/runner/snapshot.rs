//! Lists and hashes the files that a pipeline names, before anything runs.

use super::equal_names::{EqualNames, check_names};
use super::hash::{HashProgress, hash, stamp};
use super::unsearched::{begins_in_artifacts, unsearched};
use crate::plan::{InputSnapshot, Selection, SnapshotFile};
use crate::spec::files::{MatchedFile, list};
use crate::spec::{Pipeline, Position, SpecError, StageInstance};
use crate::store::{FileIndex, Layout};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An input that is missing or cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A path or glob cannot be listed.
    #[error("{error}")]
    Spec {
        /// The input.
        input: String,
        /// The error.
        error: SpecError,
    },
    /// The patterns of an input match no files.
    #[error("input '{input}' of stage '{stage}' matches no files: {written}")]
    NoFiles {
        /// The pipeline file.
        file: PathBuf,
        /// Position of the first pattern.
        position: Position,
        /// The stage.
        stage: String,
        /// The input.
        input: String,
        /// The patterns, with their folder.
        written: String,
    },
    /// Two files of an input have the same name.
    #[error("input '{input}' of stage '{stage}' {names}")]
    EqualNames {
        /// The pipeline file.
        file: PathBuf,
        /// Position of the first pattern.
        position: Position,
        /// The stage.
        stage: String,
        /// The input.
        input: String,
        /// The files.
        names: Box<EqualNames>,
    },
}

/// How many input files a pipeline has, and how many were hashed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct InputStats {
    /// Files that `files:` inputs name, each once.
    pub known: usize,
    /// Files that were hashed, because the index did not have them with their stamps.
    pub read: usize,
    /// Bytes that were hashed.
    #[serde(skip)]
    pub bytes: u64,
}

/// Lists the `files:` inputs of the selected stages and of what they read, and hashes the files that are not in the
/// index, or every file without `trust` in it. The index is loaded while the folders are listed.
///
/// # Errors
/// Returns an error if the patterns of an input of a selected stage match nothing, two files of one name, or cannot
/// be listed; other stages then have no files. A file that cannot be read is no error: it has no content.
pub fn snapshot_inputs(
    pipeline: &Pipeline,
    (layout, selection): (&Layout, &Selection),
    index: impl FnOnce() -> FileIndex + Send,
    trust: bool,
    progress: &HashProgress<'_>,
) -> Result<(InputSnapshot, InputStats, FileIndex), SnapshotError> {
    let (listing, mut index) = rayon::join(|| listing(pipeline, layout, selection), index);
    let (mut lists, inputs) = listing?;
    let known: &FileIndex = &index;
    lists.par_iter_mut().for_each(|files| {
        files.par_iter_mut().with_min_len(64).for_each(|file| {
            let stamp = stamp(&file.location).filter(|_| trust);
            file.content = stamp.and_then(|now| Some((now, known.get(&file.location, &now)?)));
        });
    });
    let unknown = lists.iter().flatten().filter(|file| file.content.is_none());
    let read = hash(unknown.map(|file| file.location.as_path()).collect(), progress);
    for file in lists.iter_mut().flatten().filter(|file| file.content.is_none()) {
        file.content = read.get(&file.location).copied();
    }
    let stats = InputStats {
        known: match &lists[..] {
            [list] => list.len(),
            lists => lists.iter().flatten().map(|f| &f.location).collect::<HashSet<_>>().len(),
        },
        read: read.len(),
        bytes: read.values().map(|(stamp, _)| stamp.size).sum(),
    };
    for (path, (stamp, digest)) in read {
        if index.get(&path, &stamp) != Some(digest) {
            index.insert(path, stamp, digest);
        }
    }
    let lists: Vec<_> = lists.into_iter().map(Arc::new).collect();
    let files = inputs.into_iter().map(|(input, list)| (input, Arc::clone(&lists[list])));
    Ok((InputSnapshot { files: files.collect(), env: BTreeMap::new() }, stats, index))
}

/// The files of all inputs, before they are hashed: one list for all inputs with the same patterns, such as
/// the instances of a matrix, and the list of each stage and input.
type Listing = (Vec<Vec<SnapshotFile>>, Vec<((usize, String), usize)>);

/// Bases and patterns, and the stage's name if it matters: what a stage does not search in `artifacts/` follows from
/// it.
type PatternsKey<'a> = (Vec<(&'a Path, &'a str)>, Option<&'a str>);

fn listing(
    pipeline: &Pipeline,
    layout: &Layout,
    selection: &Selection,
) -> Result<Listing, SnapshotError> {
    let (mut lists, mut inputs) = (Vec::new(), Vec::new());
    let mut by_patterns: HashMap<PatternsKey<'_>, usize> = HashMap::new();
    let mut in_artifacts: HashMap<&Path, bool> = HashMap::new();
    for index in selection.with_upstreams(pipeline) {
        let stage = &pipeline.stages[index];
        for (name, patterns) in &stage.files {
            let key = patterns.iter().map(|p| (p.base.as_path(), p.pattern.as_str()));
            let inside = patterns.iter().any(|pattern| {
                let inside = in_artifacts.entry(&pattern.base);
                *inside.or_insert_with(|| begins_in_artifacts(layout, pattern))
            });
            let key = (key.collect(), inside.then_some(stage.name.as_str()));
            let list = match by_patterns.get(&key) {
                Some(&list) => list,
                None => {
                    match list_input(pipeline, layout, stage, name) {
                        Ok(files) => lists.push(files),
                        // A stage outside the selection is not run: its recorded outputs are used.
                        Err(_) if !selection.is_selected(index) => continue,
                        Err(error) => return Err(error),
                    }
                    by_patterns.insert(key, lists.len() - 1);
                    lists.len() - 1
                }
            };
            inputs.push(((index, name.clone()), list));
        }
    }
    Ok((lists, inputs))
}

/// Lists the files of one `files:` input, without their content.
pub(super) fn list_input(
    pipeline: &Pipeline,
    layout: &Layout,
    stage: &StageInstance,
    input: &str,
) -> Result<Vec<SnapshotFile>, SnapshotError> {
    let patterns = stage.files.get(input).map_or(&[][..], Vec::as_slice);
    // The pipeline file as messages show it.
    let file = pipeline.path.strip_prefix(&pipeline.root).unwrap_or(&pipeline.path);
    let position = patterns.first().map_or(stage.position, |pattern| pattern.position);
    let mut files = Vec::new();
    for pattern in patterns {
        let unsearched = unsearched(layout, (pipeline, stage), pattern);
        let matched = list(pattern, file, &unsearched)
            .map_err(|error| SnapshotError::Spec { input: input.to_owned(), error })?
            .into_iter();
        files.extend(matched.map(|MatchedFile { relative: path, path: location }| SnapshotFile {
            path,
            location,
            content: None,
        }));
    }
    if files.is_empty() {
        let written: Vec<&str> = patterns.iter().map(|pattern| pattern.written.as_str()).collect();
        return Err(SnapshotError::NoFiles {
            file: file.to_path_buf(),
            position,
            stage: stage.id.to_string(),
            input: input.to_owned(),
            written: written.join(", "),
        });
    }
    if patterns.len() > 1 {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path && a.location == b.location);
        check_names(&files, &pipeline.root).map_err(|names| SnapshotError::EqualNames {
            file: file.to_path_buf(),
            position,
            stage: stage.id.to_string(),
            input: input.to_owned(),
            names: Box::new(names),
        })?;
    }
    Ok(files)
}
