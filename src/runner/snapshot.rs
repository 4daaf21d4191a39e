//! Finds the files that a pipeline names, before anything runs.

use super::hash::{HashProgress, hash};
use crate::plan::{InputSnapshot, SnapshotFile};
use crate::spec::files::{MatchedFile, list};
use crate::spec::{FilePattern, Pipeline, Position, SpecError, StageInstance};
use crate::store::{FileIndex, Stamp};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An input that is not there.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A path or glob cannot be listed.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The patterns of an input name no file.
    #[error("input '{input}' of stage '{stage}' names no file: {written}")]
    NoFiles {
        /// The pipeline file.
        file: PathBuf,
        /// Where the pattern stands.
        position: Position,
        /// The stage.
        stage: String,
        /// The input.
        input: String,
        /// The patterns, with the folder that was looked through.
        written: String,
    },
}

/// How many input files a pipeline names, and what had to be read to know them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct InputStats {
    /// Files that `files:` inputs name, each once.
    pub known: usize,
    /// Of those, how many were read, because the index did not know them as they are.
    pub read: usize,
    /// Bytes that were read.
    #[serde(skip)]
    pub bytes: u64,
}

/// Lists every `files:` input of a pipeline and reads what the index does not know. With `trust` off
/// every file is read. The index is loaded while the folders are listed.
///
/// # Errors
/// When a pattern matches nothing or cannot be listed. A file that cannot be read is no error: it
/// has no content.
pub fn snapshot_inputs(
    pipeline: &Pipeline,
    index: impl FnOnce() -> FileIndex + Send,
    trust: bool,
    watch: &HashProgress<'_>,
) -> Result<(InputSnapshot, InputStats, FileIndex), SnapshotError> {
    let (listed, mut index) = rayon::join(|| Listed::new(pipeline), index);
    let Listed { mut lists, inputs } = listed?;
    let known: &FileIndex = &index;
    lists.par_iter_mut().for_each(|files| {
        files.par_iter_mut().with_min_len(64).for_each(|file| {
            let stamp = stamp(&file.location).filter(|_| trust);
            file.content = stamp.and_then(|now| Some((now, known.get(&file.location, &now)?)));
        });
    });
    let unknown = lists.iter().flatten().filter(|file| file.content.is_none());
    let read = hash(unknown.map(|file| file.location.as_path()).collect(), watch);
    for file in lists.iter_mut().flatten().filter(|file| file.content.is_none()) {
        file.content = read.get(&file.location).copied();
    }
    let seen = InputStats {
        known: distinct(&lists),
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
    let variables = pipeline.stages.iter().flat_map(|stage| &stage.command);
    let variables = variables.flat_map(|command| &command.env);
    let env = variables.map(|name| (name.clone(), variable(name))).collect();
    Ok((InputSnapshot { files: files.collect(), env }, seen, index))
}

/// How many files there are in all lists together.
fn distinct(lists: &[Vec<SnapshotFile>]) -> usize {
    match lists {
        [list] => list.len(),
        lists => lists.iter().flatten().map(|file| &file.location).collect::<HashSet<_>>().len(),
    }
}

/// The files of all inputs, not yet looked at.
struct Listed {
    /// One list for all inputs of the same patterns, as the instances of a matrix have them.
    lists: Vec<Vec<SnapshotFile>>,
    /// Which list is whose, by stage and input.
    inputs: Vec<((usize, String), usize)>,
}

impl Listed {
    fn new(pipeline: &Pipeline) -> Result<Self, SnapshotError> {
        let (mut lists, mut inputs) = (Vec::new(), Vec::new());
        let mut places: HashMap<Vec<(&Path, &str)>, usize> = HashMap::new();
        for (number, stage) in pipeline.stages.iter().enumerate() {
            for (name, patterns) in &stage.files {
                let key = patterns.iter().map(|p| (p.base.as_path(), p.pattern.as_str()));
                let key: Vec<_> = key.collect();
                let place = match places.get(&key) {
                    Some(&place) => place,
                    None => {
                        lists.push(files_of(pipeline, stage, name, patterns)?);
                        places.insert(key, lists.len() - 1);
                        lists.len() - 1
                    }
                };
                inputs.push(((number, name.clone()), place));
            }
        }
        Ok(Self { lists, inputs })
    }
}

fn files_of(
    pipeline: &Pipeline,
    stage: &StageInstance,
    input: &str,
    patterns: &[FilePattern],
) -> Result<Vec<SnapshotFile>, SnapshotError> {
    let mut files = Vec::new();
    for pattern in patterns {
        let named = list(pattern, shown_path(pipeline))?.into_iter();
        files.extend(named.map(|MatchedFile { relative, path }| SnapshotFile {
            path: relative,
            location: path,
            content: None,
        }));
    }
    if files.is_empty() {
        return Err(nothing_found(pipeline, stage, input, patterns));
    }
    if patterns.len() > 1 {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path && a.location == b.location);
    }
    Ok(files)
}

/// An environment variable's value. One that is no UTF-8 is spelled in hexadecimal behind a NUL, which
/// no value can hold.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    Some(value.into_string().unwrap_or_else(|value| {
        let hex = value.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        std::iter::once("\0".to_owned()).chain(hex).collect()
    }))
}

/// The pipeline file as messages show it.
fn shown_path(pipeline: &Pipeline) -> &Path {
    pipeline.path.strip_prefix(&pipeline.root).unwrap_or(&pipeline.path)
}

fn nothing_found(
    pipeline: &Pipeline,
    stage: &StageInstance,
    input: &str,
    patterns: &[FilePattern],
) -> SnapshotError {
    let written: Vec<&str> = patterns.iter().map(|pattern| pattern.written.as_str()).collect();
    SnapshotError::NoFiles {
        file: shown_path(pipeline).to_path_buf(),
        position: patterns.first().map_or(stage.position, |pattern| pattern.position),
        stage: stage.id.to_string(),
        input: input.to_owned(),
        written: written.join(", "),
    }
}

/// The stamp of a plain file.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    fs_err::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|data| Stamp::from(&data))
}
