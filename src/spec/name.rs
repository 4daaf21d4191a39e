//! Names of pipelines.

use super::error::{Location, SpecError, SpecErrorKind};
use std::path::Path;

/// Folders under `artifacts/` that belong to no pipeline.
const RESERVED: [&str; 3] = ["store", "work", "runs"];

/// The name of the pipeline in a file: its stem.
pub(crate) fn name_of(path: &Path) -> Result<String, SpecError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    check_name(&stem)?;
    Ok(stem.into_owned())
}

/// Checks a pipeline's name, which names a folder under `artifacts/`.
pub(crate) fn check_name(name: &str) -> Result<(), SpecError> {
    let refused = |kind, why: &str, hint| {
        Err(name_error(kind, format!("'{name}' cannot be a pipeline's name: {why}"), hint))
    };
    if RESERVED.contains(&name) {
        let why = format!("artifacts/{name} holds something else");
        return refused(SpecErrorKind::ReservedPipelineName, &why, None);
    }
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    let why = match name.chars().find(|&c| !is_allowed(c)) {
        None if name.is_empty() => "it is empty",
        None if name.starts_with(['.', '-', ' ']) => "it begins with '.', '-' or a space",
        None if name.ends_with(['.', ' ']) => "it ends in '.' or a space",
        None if name.len() > 100 => "it is longer than 100 bytes",
        None => return Ok(()),
        Some('/') => "it holds '/'",
        Some(_) => "use letters, digits, '_', '-', '.' and spaces",
    };
    let hint = "a name means pipelines/NAME.yaml, a path ends in .yaml".to_owned();
    refused(SpecErrorKind::InvalidPipelineName, why, Some(hint))
}

/// An error of a name on the command line.
pub(crate) fn name_error(kind: SpecErrorKind, message: String, hint: Option<String>) -> SpecError {
    kind.at(Location::WholeFile, message).maybe_hint(hint).without_file()
}
