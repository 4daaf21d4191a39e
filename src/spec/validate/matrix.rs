//! `matrix:` axes and their combinations.

use super::declare::Declared;
use super::params;
use crate::params::{ParamType, Value};
use crate::spec::{Data, Entry, LocatedError, Location, SpecErrorKind, SpecResult, Vars};
use std::collections::HashSet;

/// Most instances of one stage: a larger matrix is a typing error.
pub(crate) const MAX_INSTANCES: usize = 10_000;

/// The error of a stage with more than [`MAX_INSTANCES`] instances.
pub(crate) fn too_many_instances(stage: &str, location: Location) -> Box<LocatedError> {
    let message = format!("stage '{stage}' would have more than {MAX_INSTANCES} instances");
    let error = SpecErrorKind::TooManyInstances.at(location, message);
    error.hint("use fewer values, or several pipelines")
}

/// A parameter with several values.
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) values: Vec<Value>,
}

/// Reads the axes, in the file's order.
pub(crate) fn axes(stage: &Declared<'_>, vars: &Vars) -> SpecResult<Vec<Axis>> {
    let Some(node) = stage.node.get("matrix") else { return Ok(Vec::new()) };
    let mut axes = Vec::new();
    let mut instances: usize = 1;
    for entry in node.map(&format!("'matrix' of {}", stage.title()))? {
        let axis = axis(entry, stage, vars)?;
        instances = instances.saturating_mul(axis.values.len());
        if instances > MAX_INSTANCES {
            return Err(too_many_instances(stage.name, entry.location));
        }
        axes.push(axis);
    }
    Ok(axes)
}

fn axis(entry: &Entry, stage: &Declared<'_>, vars: &Vars) -> SpecResult<Axis> {
    let Entry { key: name, location, value: node } = entry;
    let parameter = params::find(entry, stage)?;
    if stage.node.get("params").is_some_and(|params| params.get(name).is_some()) {
        let message =
            format!("parameter '{name}' of {} is in both 'params' and 'matrix'", stage.title());
        let error = SpecErrorKind::AxisIsParameter.at(*location, message);
        return Err(error.hint("keep one of the two"));
    }
    let what = format!("axis '{name}' in the matrix of {}", stage.title());
    let items = match &node.data {
        Data::List(items) => items.as_slice(),
        Data::Scalar(_) if node.is_null() => &[],
        Data::Scalar(_) | Data::Map(_) => return node.unexpected(&what, "a list of values"),
    };
    if items.is_empty() {
        let message = format!("{what} is empty, expected a list of values");
        return Err(SpecErrorKind::EmptyAxis.at(node.location, message));
    }
    if items.len() > MAX_INSTANCES {
        return Err(too_many_instances(stage.name, *location));
    }
    let mut values = Vec::new();
    let mut seen = HashSet::new();
    for item in items {
        let value = params::value(item, parameter, stage, vars)?;
        let shown = value.to_string();
        let is_forbidden =
            |c: char| c.is_control() || matches!(c, '/' | '\\' | ',' | '=' | '[' | ']');
        if matches!(parameter.param_type, None | Some(ParamType::Text))
            && (shown.is_empty() || shown.len() > 60 || shown.contains(is_forbidden))
        {
            let message = format!("{what}: {shown:?} cannot be part of a folder's name");
            let error = SpecErrorKind::InvalidAxisValue.at(item.location, message);
            return Err(
                error.hint("use 1 to 60 characters, without '/', '\\', ',', '=', '[' and ']'")
            );
        }
        if let Some(twice) = seen.replace(shown) {
            let message = format!("{what} has {twice} twice");
            return Err(SpecErrorKind::AxisValueTwice.at(item.location, message));
        }
        values.push(value);
    }
    Ok(Axis { name: name.clone(), values })
}

/// All combinations, the last axis changing fastest; one empty combination of no axes.
pub(crate) fn combinations(axes: &[Axis]) -> Vec<Vec<(String, Value)>> {
    let mut all = vec![Vec::new()];
    for axis in axes {
        let extend = |before: Vec<(String, Value)>| {
            let last = axis.values.iter().map(|value| (axis.name.clone(), value.clone()));
            last.map(move |last| [&before[..], &[last]].concat())
        };
        all = all.into_iter().flat_map(extend).collect();
    }
    all
}
