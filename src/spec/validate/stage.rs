//! One stage, all its keys, before matrices are expanded.

use super::checks::{empty, unknown_key};
use super::declare::{Declared, FileContext};
use super::inputs::Link;
use super::matrix::Axis;
use super::{command, inputs, matrix, params, resources};
use crate::params::Value;
use crate::spec::{
    Command, FilePattern, Location, Position, Resources, SpecErrorKind, SpecResult, StageKind, Vars,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const KEYS: [&str; 12] = [
    "uses",
    "files",
    "from",
    "gather",
    "where",
    "params",
    "matrix",
    "needs",
    "exclusive",
    "run",
    "outputs",
    "env",
];

/// A checked stage, whose references are indices into the file's stages.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) kind: &'static StageKind,
    pub(crate) params: BTreeMap<String, Value>,
    pub(crate) axes: Vec<Axis>,
    pub(crate) filter: Option<String>,
    pub(crate) files: BTreeMap<String, Vec<FilePattern>>,
    pub(crate) links: BTreeMap<String, Link>,
    pub(crate) resources: Resources,
    pub(crate) exclusive: Vec<String>,
    pub(crate) command: Option<Command>,
    pub(crate) positions: Arc<BTreeMap<String, Position>>,
}

/// Checks one stage.
pub(crate) fn draft(stage: &Declared<'_>, context: &FileContext<'_>) -> SpecResult<Draft> {
    for entry in stage.fields {
        if !KEYS.contains(&entry.key.as_str()) {
            let error = unknown_key(entry, &stage.title(), &KEYS);
            let parameter = stage.kind.params.iter().any(|p| p.name == entry.key);
            return Err(if parameter {
                error.hint("parameters are under 'params'")
            } else {
                error
            });
        }
    }
    let (files, links) = inputs::inputs(stage, context)?;
    Ok(Draft {
        name: stage.name.to_owned(),
        location: stage.location,
        kind: stage.kind,
        params: params::params(stage, context.vars)?,
        axes: matrix::axes(stage, context.vars)?,
        filter: filter(stage, context.vars)?,
        files,
        links,
        resources: resources::resources(stage)?,
        exclusive: resources::exclusive(stage)?,
        command: command::command(stage, context.vars)?,
        positions: Arc::new(positions(stage)),
    })
}

fn filter(stage: &Declared<'_>, vars: &Vars) -> SpecResult<Option<String>> {
    let Some(entry) = stage.node.entry("where") else {
        return Ok(None);
    };
    if !stage.kind.has_filter {
        let message = format!("{} (kind {}) takes no 'where'", stage.title(), stage.kind.name);
        return Err(SpecErrorKind::NoFilter.at(entry.location, message));
    }
    if entry.value.is_null() {
        return Ok(None);
    }
    let what = format!("'where' of {}", stage.title());
    let location = entry.value.location;
    let condition = vars.expand(entry.value.text(&what)?, &what, location)?;
    match condition.trim().is_empty() {
        true => Err(empty(&what, "an SQL condition", location)),
        false => Ok(Some(condition)),
    }
}

/// The position of each value: `where`, `params.epochs`, `from.samples`.
fn positions(stage: &Declared<'_>) -> BTreeMap<String, Position> {
    let mut positions = BTreeMap::new();
    for entry in stage.fields {
        positions.insert(entry.key.clone(), entry.value.location);
        for inner in entry.value.entries() {
            positions.insert(format!("{}.{}", entry.key, inner.key), inner.value.location);
        }
    }
    positions.into_iter().filter_map(|(key, at)| Some((key, at.position()?))).collect()
}
