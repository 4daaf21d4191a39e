//! Checks the tree of a file against the registry of kinds.

mod checks;
mod command;
mod declare;
mod expand;
mod graph;
mod inputs;
mod join;
mod matrix;
mod outputs;
mod params;
mod resources;
mod stage;

pub(crate) use resources::MAX_CPUS;

use super::error::{SpecErrorKind, SpecResult};
use super::model::StageInstance;
use super::raw::{Data, Entry, Node, Scalar, ScalarValue};
use super::schema::StageKind;
use super::vars::Vars;
use checks::{missing_key, name, unknown_key};
use std::path::Path;

const KEYS: [&str; 4] = ["about", "seed", "stages", "vars"];
/// `seed:` of a pipeline without one.
const SEED: u64 = 1;

/// The content of a valid file.
pub(crate) struct ValidatedFile {
    pub(crate) about: String,
    pub(crate) seed: u64,
    pub(crate) stages: Vec<StageInstance>,
}

/// Validates the whole file; `folder` is the project.
pub(crate) fn pipeline(
    root: &Node,
    folder: &Path,
    kinds: &[&'static StageKind],
) -> SpecResult<ValidatedFile> {
    for entry in root.map("the pipeline")? {
        if !KEYS.contains(&entry.key.as_str()) {
            return Err(unknown_key(entry, "the pipeline", &KEYS));
        }
    }
    let about = about(root)?;
    let seed = root.get("seed").map_or(Ok(SEED), seed)?;
    let vars = vars(root)?;
    let Some(stages) = root.get("stages") else {
        return Err(missing_key("stages", "the pipeline", root.location));
    };
    let entries = stages.map("stages")?;
    if entries.is_empty() {
        return Err(SpecErrorKind::NoStages.at(stages.location, "the pipeline has no stages"));
    }
    let declared = declare::all(entries, kinds)?;
    let context = declare::FileContext { root: folder, vars: &vars, declared: &declared };
    let drafts = declared.list.iter().map(|one| stage::draft(one, &context));
    let drafts = drafts.collect::<SpecResult<Vec<_>>>()?;
    let order = graph::order(&drafts)?;
    Ok(ValidatedFile { about, seed, stages: expand::expand(&drafts, &order)? })
}

/// `about:`, empty if missing.
pub(crate) fn about(root: &Node) -> SpecResult<String> {
    match root.get("about") {
        Some(node) if !node.is_null() => Ok(node.text("about")?.trim_end().to_owned()),
        Some(_) | None => Ok(String::new()),
    }
}

fn seed(node: &Node) -> SpecResult<u64> {
    let expected = format!("a whole number between 0 and {}", u64::MAX);
    match &node.data {
        Data::Scalar(Scalar { value: ScalarValue::Integer(value), .. }) => u64::try_from(*value)
            .map_err(|_| node.mismatch(SpecErrorKind::OutOfRange, "seed", &expected)),
        _ => node.unexpected("seed", &expected),
    }
}

fn vars(root: &Node) -> SpecResult<Vars> {
    let mut vars = Vars::default();
    let entries = root.get("vars").map_or(Ok(&[][..]), |node| node.map("vars"))?;
    for Entry { key, location, value: node } in entries {
        name("variable", key, *location)?;
        let value = match &node.data {
            Data::Scalar(scalar) if scalar.value != ScalarValue::Null => scalar.raw.clone(),
            _ => return node.unexpected(&format!("variable '{key}'"), "a string or a number"),
        };
        // In a `--set`, `$` is literal; in the file, `${..}` would look as if it were replaced.
        if value.contains("${") && node.location.position().is_some() {
            let message = format!("variable '{key}' cannot use another variable");
            return Err(SpecErrorKind::NestedVariable.at(node.location, message));
        }
        vars.0.insert(key.clone(), value);
    }
    Ok(vars)
}
