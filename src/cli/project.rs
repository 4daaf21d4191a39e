//! Finds the project, loads pipelines and opens the store for all commands.

use super::args::PipelineArgs;
use super::failure::Failure;
use crate::spec::{self, Pipeline, Setting};
use crate::stages;
use crate::store::{Store, StoreError};
use std::path::{Path, PathBuf};

/// Returns the absolute path of the project around `start`.
pub(super) fn root(start: &Path) -> Result<PathBuf, Failure> {
    let start = std::path::absolute(start)
        .map_err(|error| Failure::usage("directory", format!("{}: {error}", start.display())))?;
    // A project above a mistyped folder is not the one that was meant.
    if !start.is_dir() {
        let what = if start.exists() { "is not a folder" } else { "does not exist" };
        return Err(Failure::usage("directory", format!("{} {what}", start.display()))
            .hint("-C names an existing folder of a project"));
    }
    Ok(spec::find_project(&start)?)
}

/// Loads a pipeline with the settings of `--set`; each stage kind checks its own stages.
pub(super) fn load(root: &Path, arguments: &PipelineArgs) -> Result<Pipeline, Failure> {
    let PipelineArgs { name, set } = arguments;
    let settings = set.iter().map(|text| setting(text)).collect::<Result<Vec<_>, _>>()?;
    let path = spec::locate(root, name)?;
    let registry = stages::registry();
    let pipeline = spec::load(&path, root, &registry.kinds(), &settings)?;
    for stage in &pipeline.stages {
        let implementation = registry.get(stage.kind);
        let implementation =
            implementation.map_err(|error| Failure::usage("unknown_kind", error.to_string()))?;
        implementation.check(stage).map_err(|invalid| {
            let position = stage.position_of(&invalid.key);
            let file = path.strip_prefix(root).unwrap_or(&path);
            let mut failure = Failure::usage("invalid_stage", invalid.message).at(file, position);
            failure.hint = invalid.hint;
            failure
        })?;
    }
    Ok(pipeline)
}

fn setting(text: &str) -> Result<Setting, Failure> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            Ok(Setting { key: key.into(), value: value.into() })
        }
        _ => Err(Failure::usage("setting", format!("--set {text}: expected KEY=VALUE"))
            .hint("for example --set corpus=DIR or --set stages.train.params.epochs=5")),
    }
}

/// Opens the project's store for writing.
pub(super) fn store(root: &Path) -> Result<Store, StoreError> {
    Store::open(root.join("artifacts"))
}

/// Opens the project's store for reading.
pub(super) fn store_to_read(root: &Path) -> Result<Store, StoreError> {
    Store::read_only(root.join("artifacts"))
}
