//! Lists and hashes the files that a pipeline names, before anything runs.

use super::hash::{HashProgress, hash, stamp};
use crate::plan::{InputSnapshot, SnapshotFile};
use crate::spec::files::{MatchedFile, list};
use crate::spec::{FilePattern, Pipeline, Position, SpecError, StageInstance};
use crate::store::FileIndex;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An input that is missing or cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A path or glob cannot be listed.
    #[error(transparent)]
    Spec(#[from] SpecError),
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

/// Lists every `files:` input of a pipeline and hashes the files that are not in the index, or every file
/// without `trust` in it. The index is loaded while the folders are listed.
///
/// # Errors
/// Returns an error if the patterns of an input match nothing or cannot be listed. A file that cannot be
/// read is no error: it has no content.
pub fn snapshot_inputs(
    pipeline: &Pipeline,
    index: impl FnOnce() -> FileIndex + Send,
    trust: bool,
    progress: &HashProgress<'_>,
) -> Result<(InputSnapshot, InputStats, FileIndex), SnapshotError> {
    let (listing, mut index) = rayon::join(|| listing(pipeline), index);
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
    let commands = pipeline.stages.iter().flat_map(|stage| &stage.command);
    let env = commands.flat_map(|command| &command.env);
    let env = env.map(|name| (name.clone(), variable(name))).collect();
    Ok((InputSnapshot { files: files.collect(), env }, stats, index))
}

/// The files of all inputs, before they are hashed: one list for all inputs with the same patterns, such as
/// the instances of a matrix, and the list of each stage and input.
type Listing = (Vec<Vec<SnapshotFile>>, Vec<((usize, String), usize)>);

fn listing(pipeline: &Pipeline) -> Result<Listing, SnapshotError> {
    let (mut lists, mut inputs) = (Vec::new(), Vec::new());
    let mut by_patterns: HashMap<Vec<(&Path, &str)>, usize> = HashMap::new();
    for (index, stage) in pipeline.stages.iter().enumerate() {
        for (name, patterns) in &stage.files {
            let key = patterns.iter().map(|p| (p.base.as_path(), p.pattern.as_str()));
            let key: Vec<_> = key.collect();
            let list = match by_patterns.get(&key) {
                Some(&list) => list,
                None => {
                    lists.push(files_of(pipeline, stage, name, patterns)?);
                    by_patterns.insert(key, lists.len() - 1);
                    lists.len() - 1
                }
            };
            inputs.push(((index, name.clone()), list));
        }
    }
    Ok((lists, inputs))
}

fn files_of(
    pipeline: &Pipeline,
    stage: &StageInstance,
    input: &str,
    patterns: &[FilePattern],
) -> Result<Vec<SnapshotFile>, SnapshotError> {
    // The pipeline file as messages show it.
    let file = pipeline.path.strip_prefix(&pipeline.root).unwrap_or(&pipeline.path);
    let mut files = Vec::new();
    for pattern in patterns {
        let matched = list(pattern, file)?.into_iter();
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
            position: patterns.first().map_or(stage.position, |pattern| pattern.position),
            stage: stage.id.to_string(),
            input: input.to_owned(),
            written: written.join(", "),
        });
    }
    if patterns.len() > 1 {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path && a.location == b.location);
    }
    Ok(files)
}

/// Returns an environment variable's value. A value that is not UTF-8 is returned in hexadecimal after a
/// NUL, which no value can contain.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    Some(value.into_string().unwrap_or_else(|value| {
        let hex = value.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        std::iter::once("\0".to_owned()).chain(hex).collect()
    }))
}
