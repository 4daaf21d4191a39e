//! Finds and digests the files that a pipeline names, before anything runs.

use crate::fingerprint::{Digest, digest_file};
use crate::plan::{SurveyedFile, SurveyedFiles};
use crate::spec::files::{NamedFile, list};
use crate::spec::{FilePattern, Pipeline, Position, SpecError, Stage};
use crate::store::{FileIndex, Stamp};
use rayon::prelude::*;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// An input that is not there.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
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

/// Lists every `files:` input of a pipeline and digests what the index does not know. With `trust`
/// off every file is read.
///
/// # Errors
/// When a pattern matches nothing or cannot be listed. A file that cannot be read is no error: it
/// has no content.
pub fn survey(
    pipeline: &Pipeline,
    index: &mut FileIndex,
    trust: bool,
) -> Result<SurveyedFiles, SurveyError> {
    let mut surveyed = SurveyedFiles::default();
    for (number, stage) in pipeline.stages.iter().enumerate() {
        for (name, patterns) in &stage.files {
            let mut files = Vec::new();
            for pattern in patterns {
                files.extend(survey_pattern(pattern, shown_path(pipeline), index, trust)?);
            }
            if files.is_empty() {
                return Err(nothing_found(pipeline, stage, name, patterns));
            }
            files.sort_by(|a, b| a.path.cmp(&b.path));
            files.dedup_by(|a, b| a.path == b.path && a.location == b.location);
            surveyed.files.insert((number, name.clone()), files);
        }
        for name in stage.command.iter().flat_map(|command| &command.env) {
            surveyed.env.insert(name.clone(), variable(name));
        }
    }
    Ok(surveyed)
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
    stage: &Stage,
    input: &str,
    patterns: &[FilePattern],
) -> SurveyError {
    let written: Vec<&str> = patterns.iter().map(|pattern| pattern.written.as_str()).collect();
    SurveyError::NoFiles {
        file: shown_path(pipeline).to_path_buf(),
        position: patterns.first().map_or(stage.position, |pattern| pattern.position),
        stage: stage.id.to_string(),
        input: input.to_owned(),
        written: written.join(", "),
    }
}

fn survey_pattern(
    pattern: &FilePattern,
    file: &Path,
    index: &mut FileIndex,
    trust: bool,
) -> Result<Vec<SurveyedFile>, SpecError> {
    let found = list(pattern, file)?;
    let known: &FileIndex = index;
    let surveyed: Vec<SurveyedFile> = found
        .into_par_iter()
        .map(|NamedFile { relative: path, path: location }| {
            let content = digest(&location, known, trust);
            SurveyedFile { path, location, content }
        })
        .collect();
    for file in &surveyed {
        if let Some((stamp, digest)) = file.content
            && index.get(&file.location, &stamp) != Some(digest)
        {
            index.put(file.location.clone(), stamp, digest);
        }
    }
    Ok(surveyed)
}

/// Stamp and digest of a file as it is now; `None` when it cannot be read.
pub(super) fn digest(path: &Path, index: &FileIndex, trust: bool) -> Option<(Stamp, Digest)> {
    let before = stamp(path)?;
    if trust && let Some(digest) = index.get(path, &before) {
        return Some((before, digest));
    }
    let (digest, _) = digest_file(path).ok()?;
    // A file that is being written gives a stamp that will not be met again.
    Some((stamp(path).filter(|after| *after == before).unwrap_or(before), digest))
}

/// The stamp of a plain file.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    fs_err::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|data| Stamp::from(&data))
}
