//! One stage, all its keys, before matrices are expanded.

use super::super::error::{Location, SpecResult};
use super::super::error_kind::SpecErrorKind;
use super::super::model::{Command, FilePattern, Positions, Resources};
use super::super::raw::tree::Data;
use super::super::schema::{Kind, Value};
use super::super::vars::Vars;
use super::declare::{Declared, Stages};
use super::inputs::Link;
use super::matrix::Axis;
use super::{command, inputs, matrix, params, resources, unknown_key};
use std::collections::BTreeMap;
use std::path::Path;

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

/// What every stage is read with.
pub(crate) struct Context<'a> {
    pub(crate) root: &'a Path,
    pub(crate) vars: &'a Vars,
    pub(crate) declared: &'a Stages<'a>,
}

/// A checked stage, whose references are indices into the file's stages.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) kind: &'static Kind,
    pub(crate) params: BTreeMap<String, Value>,
    pub(crate) axes: Vec<Axis>,
    pub(crate) filter: Option<String>,
    pub(crate) files: BTreeMap<String, Vec<FilePattern>>,
    pub(crate) links: BTreeMap<String, Link>,
    pub(crate) resources: Resources,
    pub(crate) exclusive: Vec<String>,
    pub(crate) command: Option<Command>,
    pub(crate) positions: Positions,
}

/// Checks one stage.
pub(crate) fn draft(stage: &Declared<'_>, context: &Context<'_>) -> SpecResult<Draft> {
    for entry in stage.fields {
        if !KEYS.contains(&entry.key.as_str()) {
            let error = unknown_key(entry, &stage.title(), &KEYS);
            let parameter = stage.kind.params.iter().any(|p| p.name == entry.key);
            return Err(match parameter {
                true => error.hint("parameters stand under 'params'".to_owned()),
                false => error,
            });
        }
    }
    let inputs = inputs::inputs(stage, context)?;
    Ok(Draft {
        name: stage.name.to_owned(),
        location: stage.location,
        kind: stage.kind,
        params: params::params(stage, context.vars)?,
        axes: matrix::axes(stage, context.vars)?,
        filter: filter(stage, context.vars)?,
        files: inputs.files,
        links: inputs.links,
        resources: resources::resources(stage)?,
        exclusive: resources::exclusive(stage)?,
        command: command::command(stage, context.vars)?,
        positions: positions(stage),
    })
}

fn filter(stage: &Declared<'_>, vars: &Vars) -> SpecResult<Option<String>> {
    let Some(entry) = stage.fields.iter().find(|entry| entry.key == "where") else {
        return Ok(None);
    };
    if !stage.kind.filter {
        let (stage, kind) = (stage.name.to_owned(), stage.kind.name);
        return Err(SpecErrorKind::NoFilter { stage, kind }.at(entry.location));
    }
    if entry.value.is_null() {
        return Ok(None);
    }
    let what = format!("'where' of {}", stage.title());
    let condition = vars.expand(entry.value.text(&what)?, &what, entry.value.location)?;
    if condition.trim().is_empty() {
        return Err(
            SpecErrorKind::Empty { what, expected: "an SQL condition" }.at(entry.value.location)
        );
    }
    Ok(Some(condition))
}

/// Where each value stands: `where`, `params.epochs`, `from.samples`.
fn positions(stage: &Declared<'_>) -> Positions {
    let mut positions = BTreeMap::new();
    for entry in stage.fields {
        positions
            .extend(entry.value.location.position().map(|position| (entry.key.clone(), position)));
        if let Data::Map(entries) = &entry.value.data {
            for inner in entries {
                let key = format!("{}.{}", entry.key, inner.key);
                positions.extend(inner.value.location.position().map(|position| (key, position)));
            }
        }
    }
    Positions::new(positions)
}
