//! `matrix:` axes and their combinations.

use super::super::error::SpecResult;
use super::super::error_kind::SpecErrorKind;
use super::super::raw::tree::Data;
use super::super::schema::{Accepts, Value};
use super::super::vars::Vars;
use super::declare::Declared;
use super::params;
use std::collections::HashSet;

/// Instances that one stage may have: beyond it lies a typing slip, not a sweep.
pub(crate) const MAX_INSTANCES: usize = 10_000;

/// An axis: a parameter and the values that it takes in turn.
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) values: Vec<Value>,
}

/// The axes in the file's order.
pub(crate) fn axes(stage: &Declared<'_>, vars: &Vars) -> SpecResult<Vec<Axis>> {
    let Some(node) = stage.node.get("matrix") else {
        return Ok(Vec::new());
    };
    let mut axes = Vec::new();
    let mut instances: usize = 1;
    for entry in node.map(&format!("'matrix' of {}", stage.title()))? {
        let parameter = params::find(entry, stage)?;
        let (axis, stage_name) = (entry.key.clone(), stage.name.to_owned());
        if stage.node.get("params").is_some_and(|params| params.get(&axis).is_some()) {
            return Err(SpecErrorKind::AxisIsParameter { name: axis, stage: stage_name }
                .at(entry.location)
                .hint("keep one of the two".to_owned()));
        }
        let what = format!("axis '{axis}' in the matrix of {}", stage.title());
        let items =
            match &entry.value.data {
                Data::List(items) if !items.is_empty() => items,
                Data::List(_) => {
                    return Err(SpecErrorKind::EmptyAxis { axis, stage: stage_name }
                        .at(entry.value.location));
                }
                Data::Scalar(_) if entry.value.is_null() => {
                    return Err(SpecErrorKind::EmptyAxis { axis, stage: stage_name }
                        .at(entry.value.location));
                }
                Data::Scalar(_) | Data::Map(_) => {
                    return entry.value.unexpected(&what, "a list of values");
                }
            };
        instances = instances.saturating_mul(items.len());
        if instances > MAX_INSTANCES {
            return Err(SpecErrorKind::TooManyInstances {
                stage: stage_name,
                limit: MAX_INSTANCES,
            }
            .at(entry.location));
        }
        let mut values = Vec::new();
        let mut seen = HashSet::new();
        for item in items {
            let value = params::value(item, parameter, stage, vars)?;
            let shown = value.to_string();
            let unfit = |c: char| c.is_control() || matches!(c, '/' | '\\' | ',' | '=' | '[' | ']');
            if matches!(parameter.accepts, None | Some(Accepts::Text))
                && (shown.is_empty() || shown.len() > 60 || shown.contains(unfit))
            {
                let (axis, stage) = (axis.clone(), stage_name.clone());
                return Err(
                    SpecErrorKind::InvalidAxisValue { axis, stage, value: shown }.at(item.location)
                );
            }
            if !seen.insert(shown.clone()) {
                let (axis, stage) = (axis.clone(), stage_name.clone());
                return Err(
                    SpecErrorKind::AxisValueTwice { axis, stage, value: shown }.at(item.location)
                );
            }
            values.push(value);
        }
        axes.push(Axis { name: axis, values });
    }
    Ok(axes)
}

/// All combinations, the last axis turning fastest; one empty combination of no axes.
pub(crate) fn combinations(axes: &[Axis]) -> Vec<Vec<(String, Value)>> {
    let mut all = vec![Vec::new()];
    for axis in axes {
        all = all
            .iter()
            .flat_map(|before: &Vec<(String, Value)>| {
                axis.values.iter().map(|value| {
                    let mut combination = before.clone();
                    combination.push((axis.name.clone(), value.clone()));
                    combination
                })
            })
            .collect();
    }
    all
}
