//! The tree against the registry of kinds.

mod command;
mod declare;
mod expand;
mod graph;
mod inputs;
mod join;
mod matrix;
mod params;
mod resources;
mod stage;

pub(crate) use resources::MAX_CPUS;

use super::error::{Location, SpecResult};
use super::error_kind::SpecErrorKind;
use super::model::StageInstance;
use super::raw::scalar::{Scalar, ScalarType};
use super::raw::tree::{Data, Entry, Node};
use super::schema::Kind;
use super::suggest;
use super::vars::Vars;
use std::path::Path;

const KEYS: [&str; 4] = ["about", "seed", "stages", "vars"];
/// `seed:` of a pipeline that does not say.
const SEED: u64 = 1;

/// What a file says, all of it checked.
pub(crate) struct Parts {
    pub(crate) about: String,
    pub(crate) seed: u64,
    pub(crate) stages: Vec<StageInstance>,
}

/// Checks the whole file.
pub(crate) fn pipeline(root: &Node, folder: &Path, kinds: &[&'static Kind]) -> SpecResult<Parts> {
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
        return Err(SpecErrorKind::NoStages.at(stages.location));
    }
    let declared = declare::all(entries, kinds)?;
    let context = stage::Context { root: folder, vars: &vars, declared: &declared };
    let drafts = declared.list.iter().map(|one| stage::draft(one, &context));
    let drafts = drafts.collect::<SpecResult<Vec<_>>>()?;
    let order = graph::order(&drafts)?;
    let stages = expand::expand(drafts, &order)?;
    Ok(Parts { about, seed, stages })
}

/// `about:`, empty when it is not there.
pub(crate) fn about(root: &Node) -> SpecResult<String> {
    match root.get("about") {
        Some(node) if !node.is_null() => Ok(node.text("about")?.trim_end().to_owned()),
        Some(_) | None => Ok(String::new()),
    }
}

fn seed(node: &Node) -> SpecResult<u64> {
    let expected = format!("a whole number between 0 and {}", u64::MAX);
    match &node.data {
        Data::Scalar(Scalar { typed: ScalarType::Integer(value), .. }) => u64::try_from(*value)
            .map_err(|_| {
                let (what, found) = ("seed".to_owned(), node.describe());
                SpecErrorKind::OutOfRange { what, found, expected }.at(node.location)
            }),
        Data::Scalar(_) | Data::List(_) | Data::Map(_) => node.unexpected("seed", &expected),
    }
}

fn vars(root: &Node) -> SpecResult<Vars> {
    let mut vars = Vars::default();
    let entries = root.get("vars").map_or(Ok(&[] as &[Entry]), |node| node.map("vars"))?;
    for entry in entries {
        name("variable", &entry.key, entry.location)?;
        let what = format!("variable '{}'", entry.key);
        let value = match &entry.value.data {
            Data::Scalar(scalar) if scalar.typed != ScalarType::Null => scalar.raw.clone(),
            _ => return entry.value.unexpected(&what, "a string or a number"),
        };
        // A shell hands `$` over as it is; in the file, `${..}` would look as if it worked.
        if value.contains("${") && entry.value.location.position().is_some() {
            return Err(
                SpecErrorKind::NestedVariable { name: entry.key.clone() }.at(entry.value.location)
            );
        }
        vars.0.insert(entry.key.clone(), value);
    }
    Ok(vars)
}

/// Checks the name of a stage, variable, input or resource: it becomes part of ids and folders.
fn name(what: &'static str, name: &str, location: Location) -> SpecResult<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(fits) {
        return Ok(());
    }
    Err(SpecErrorKind::InvalidName { what, name: name.to_owned() }.at(location))
}

fn unknown_key(entry: &Entry, of: &str, known: &[&'static str]) -> Box<super::error::LocatedError> {
    SpecErrorKind::UnknownKey { key: entry.key.clone(), of: of.to_owned() }
        .at(entry.location)
        .hint(suggest::or_list(&entry.key, "keys", known.iter().copied()))
}

fn missing_key(key: &'static str, of: &str, location: Location) -> Box<super::error::LocatedError> {
    SpecErrorKind::MissingKey { key, of: of.to_owned() }.at(location)
}

/// What to do about a name that stands twice.
const ONE_OF_TWO: &str = "leave one of the two out";

/// The names in a list, no two the same.
fn names_once<'a>(node: Option<&'a Node>, what: &str) -> SpecResult<Vec<(&'a str, Location)>> {
    let names = node.map_or(Ok(Vec::new()), |node| node.texts(what))?;
    let mut seen = std::collections::HashSet::new();
    for &(name, location) in &names {
        if !seen.insert(name) {
            let fault = SpecErrorKind::Duplicate { what: what.to_owned(), name: name.to_owned() };
            return Err(fault.at(location).hint(ONE_OF_TWO.to_owned()));
        }
    }
    Ok(names)
}
