//! From what was typed to a validated pipeline and its store.

use super::failure::Failure;
use crate::spec::{self, Pipeline, Setting};
use crate::stages;
use crate::store::{Store, StoreError};
use crate::text::suggest;
use std::path::{Path, PathBuf};

/// The project that holds `start`, as an absolute path.
pub(super) fn root(start: &Path) -> Result<PathBuf, Failure> {
    let start = std::path::absolute(start)
        .map_err(|error| Failure::usage("directory", format!("{}: {error}", start.display())))?;
    Ok(spec::find_project(&start)?)
}

/// Loads a pipeline with the settings of `--set`, and has each stage check what only it can.
pub(super) fn load(root: &Path, name: &str, set: &[String]) -> Result<Pipeline, Failure> {
    let settings = set.iter().map(|text| setting(text)).collect::<Result<Vec<_>, _>>()?;
    let path = spec::locate(root, name)?;
    let registry = stages::registry();
    let pipeline = spec::load(&path, root, &registry.kinds(), &settings)?;
    for stage in &pipeline.stages {
        let implementation = registry.get(stage.kind);
        let implementation =
            implementation.map_err(|error| Failure::usage("unknown_kind", error.to_string()))?;
        implementation.check(stage).map_err(|invalid| {
            let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            Failure::invalid(shown, stage.position_of(&invalid.key), invalid)
        })?;
    }
    Ok(pipeline)
}

fn setting(text: &str) -> Result<Setting, Failure> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            Ok(Setting { key: key.to_owned(), value: value.to_owned() })
        }
        _ => Err(Failure::usage("setting", format!("--set {text}: expected KEY=VALUE"))
            .hint("for example --set corpus=DIR or --set stages.train.params.epochs=5")),
    }
}

/// The project's store, ready to be written.
pub(super) fn store(root: &Path) -> Result<Store, StoreError> {
    Store::open(root.join("artifacts"))
}

/// The project's store for a command that only reads.
pub(super) fn store_to_read(root: &Path) -> Result<Store, StoreError> {
    Store::read_only(root.join("artifacts"))
}

/// Returns a hint for an unknown stage: the nearest of `stages`, or all of them if they are few.
pub(super) fn stage_hint(name: &str, stages: &[String]) -> String {
    suggest::or_list(name, "stages", stages)
        .unwrap_or_else(|| format!("it has {} stages; 'partita graph' lists them", stages.len()))
}
