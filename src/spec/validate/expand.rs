//! Drafts to instances.

use super::join::{self, JoinedRow};
use super::matrix::{self, MAX_INSTANCES};
use super::stage::Draft;
use crate::params::Value;
use crate::spec::{Location, SpecErrorKind, SpecResult, StageId, StageInstance, Upstream};
use std::collections::HashMap;

/// Expands all stages to their instances, stage by stage in `order`.
pub(crate) fn expand(drafts: &[Draft], order: &[usize]) -> SpecResult<Vec<StageInstance>> {
    let mut stages: Vec<StageInstance> = Vec::new();
    let mut instances: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    // Some file systems ignore case, and an id names a folder.
    let mut folders = HashMap::new();
    for &index in order {
        let draft = &drafts[index];
        let rows = join::rows(draft, &instances, &stages)?;
        check_axes(draft, &rows, drafts, &instances, &stages)?;
        let combinations = matrix::combinations(&draft.axes);
        if rows.len().saturating_mul(combinations.len()) > MAX_INSTANCES {
            return Err(matrix::too_many_instances(&draft.base.name, draft.location));
        }
        for row in &rows {
            for combination in &combinations {
                let stage = instance(draft, row, combination, &instances);
                if let Some(first) = folders.insert(stage.id.0.to_lowercase(), stages.len()) {
                    let (first, second) = (&stages[first].id, &stage.id);
                    let message = format!(
                        "stages '{first}' and '{second}' differ only in case: they would share a folder"
                    );
                    let error = SpecErrorKind::SimilarStages.at(draft.location, message);
                    return Err(error.hint("rename one"));
                }
                instances[index].push(stages.len());
                stages.push(stage);
            }
        }
    }
    Ok(stages)
}

/// Checks that no axis of the stage is also inherited.
fn check_axes(
    draft: &Draft,
    rows: &[JoinedRow],
    drafts: &[Draft],
    instances: &[Vec<usize>],
    stages: &[StageInstance],
) -> SpecResult<()> {
    let has =
        |variant: &[(String, Value)], axis: &str| variant.iter().any(|(name, _)| name == axis);
    let inherited = rows.first().map_or(&[][..], |row| &row.variant);
    let Some(axis) = draft.axes.iter().find(|axis| has(inherited, &axis.name)) else {
        return Ok(());
    };
    let axis = &axis.name;
    let links = draft.links.values().filter(|link| !link.gather);
    let upstream = links.flat_map(|link| &link.references).map(|r| r.stage).find(|&stage| {
        instances[stage].first().is_some_and(|&index| has(&stages[index].variant, axis))
    });
    let upstream = upstream.map_or("", |stage| &drafts[stage].base.name);
    let message = format!(
        "axis '{axis}' in the matrix of stage '{}' is already an axis of stage '{upstream}', which it takes by 'from'",
        draft.base.name
    );
    let position = draft.base.positions.get(&format!("matrix.{axis}"));
    let location = position.map_or(draft.location, |&position| Location::File(position));
    Err(SpecErrorKind::InheritedAxis.at(location, message))
}

fn instance(
    draft: &Draft,
    row: &JoinedRow,
    combination: &[(String, Value)],
    instances: &[Vec<usize>],
) -> StageInstance {
    let mut stage = draft.base.clone();
    stage.variant = [&row.variant, combination].concat();
    stage.params.extend(combination.iter().cloned());
    stage.id = id(&stage.name, &stage.variant);
    let mut picks = row.picks.iter();
    for (name, link) in &draft.links {
        let mut upstreams = Vec::new();
        for reference in &link.references {
            let taken = match link.gather {
                true => instances[reference.stage].as_slice(),
                false => picks.next().map_or(&[][..], std::slice::from_ref),
            };
            let upstream = |&stage| Upstream { stage, output: reference.output.clone() };
            upstreams.extend(taken.iter().map(upstream));
        }
        stage.from.insert(name.clone(), upstreams);
    }
    stage
}

/// `train[latent=40,beta=0.1]`
fn id(name: &str, variant: &[(String, Value)]) -> StageId {
    if variant.is_empty() {
        return StageId(name.to_owned());
    }
    let axes: Vec<String> = variant.iter().map(|(axis, value)| format!("{axis}={value}")).collect();
    StageId(format!("{name}[{}]", axes.join(",")))
}
