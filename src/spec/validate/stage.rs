//! One stage, all its keys, before matrices are expanded.

use super::checks::{empty, unknown_key};
use super::declare::{Declared, FileContext};
use super::inputs::Link;
use super::matrix::Axis;
use super::{command, inputs, matrix, params, resources};
use crate::spec::{Location, Position, SpecErrorKind, SpecResult, StageId, StageInstance, Vars};
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
    /// What its instances share, without a variant and upstreams.
    pub(crate) base: StageInstance,
    pub(crate) location: Location,
    pub(crate) axes: Vec<Axis>,
    pub(crate) links: BTreeMap<String, Link>,
}

/// Checks one stage.
pub(crate) fn draft(stage: &Declared<'_>, context: &FileContext<'_>) -> SpecResult<Draft> {
    if let Some(entry) =
        stage.node.entries().iter().find(|entry| !KEYS.contains(&entry.key.as_str()))
    {
        let error = unknown_key(entry, &stage.title(), &KEYS);
        let is_parameter = stage.kind.params.iter().any(|p| p.name == entry.key);
        return Err(if is_parameter { error.hint("parameters are under 'params'") } else { error });
    }
    let (location, vars) = (stage.location, context.vars);
    let (files, links) = inputs::inputs(stage, context)?;
    let params = params::params(stage, vars)?;
    let axes = matrix::axes(stage, vars)?;
    let base = StageInstance {
        id: StageId(stage.name.to_owned()),
        name: stage.name.to_owned(),
        variant: Vec::new(),
        kind: stage.kind,
        params,
        filter: filter(stage, vars)?,
        files,
        from: BTreeMap::new(),
        resources: resources::resources(stage)?,
        exclusive: resources::exclusive(stage)?,
        command: command::command(stage, vars)?,
        position: location.position().unwrap_or(Position::START),
        positions: Arc::new(positions(stage)),
    };
    Ok(Draft { base, location, axes, links })
}

fn filter(stage: &Declared<'_>, vars: &Vars) -> SpecResult<Option<String>> {
    let Some(entry) = stage.node.entry("where") else { return Ok(None) };
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
    let is_empty = condition.trim().is_empty();
    if is_empty { Err(empty(&what, "an SQL condition", location)) } else { Ok(Some(condition)) }
}

/// The position of each value: `where`, `params.epochs`, `from.samples`.
fn positions(stage: &Declared<'_>) -> BTreeMap<String, Position> {
    let mut positions = BTreeMap::new();
    for entry in stage.node.entries() {
        positions.insert(entry.key.clone(), entry.value.location);
        for inner in entry.value.entries() {
            positions.insert(format!("{}.{}", entry.key, inner.key), inner.value.location);
        }
    }
    positions.into_iter().filter_map(|(key, at)| Some((key, at.position()?))).collect()
}
