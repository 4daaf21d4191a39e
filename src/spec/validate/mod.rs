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

use super::{
    Data, Entry, Node, ScalarValue, SpecErrorKind, SpecResult, StageInstance, StageKind, Vars,
};
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
    let seed =
        root.get("seed").map_or(Ok(SEED), |node| node.whole_number("seed", 0..=u64::MAX.into()))?;
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
    let written = root.get("about").filter(|node| !node.is_null());
    written.map_or(Ok(String::new()), |node| Ok(node.text("about")?.trim_end().to_owned()))
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
