//! Drafts to instances.

use super::super::error::SpecResult;
use super::super::error_kind::SpecErrorKind;
use super::super::model::{Position, StageId, StageInstance, Upstream};
use super::super::schema::Value;
use super::join::{self, Row};
use super::matrix::{self, MAX_INSTANCES};
use super::stage::Draft;
use std::collections::{BTreeMap, HashMap};

/// All instances, stage by stage in `order`.
pub(crate) fn expand(drafts: Vec<Draft>, order: &[usize]) -> SpecResult<Vec<StageInstance>> {
    let mut stages: Vec<StageInstance> = Vec::new();
    let mut instances: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    // Some file systems do not tell upper and lower case apart, and an id names a folder.
    let mut folders = HashMap::new();
    for &index in order {
        let draft = &drafts[index];
        let rows = join::rows(draft, &instances, &stages)?;
        check_axes(draft, &rows, &drafts, &instances, &stages)?;
        let own = matrix::combinations(&draft.axes);
        if rows.len().saturating_mul(own.len()) > MAX_INSTANCES {
            let stage = draft.name.clone();
            return Err(
                SpecErrorKind::TooManyInstances { stage, limit: MAX_INSTANCES }.at(draft.location)
            );
        }
        for row in &rows {
            for combination in &own {
                let stage = instance(draft, row, combination, &instances);
                if let Some(first) = folders.insert(stage.id.0.to_lowercase(), stages.len()) {
                    let (first, second) = (stages[first].id.0.clone(), stage.id.0);
                    let fault = SpecErrorKind::SimilarStages { first, second };
                    return Err(fault.at(draft.location).hint("rename one".to_owned()));
                }
                instances[index].push(stages.len());
                stages.push(stage);
            }
        }
    }
    Ok(stages)
}

/// An axis of the stage's own must not be one that it inherits.
fn check_axes(
    draft: &Draft,
    rows: &[Row],
    drafts: &[Draft],
    instances: &[Vec<usize>],
    stages: &[StageInstance],
) -> SpecResult<()> {
    let inherited = rows.first().map_or(&[] as &[_], |row| &row.variant);
    let Some(axis) =
        draft.axes.iter().find(|axis| inherited.iter().any(|(name, _)| *name == axis.name))
    else {
        return Ok(());
    };
    let has = |stage: &usize| {
        let first = instances[*stage].first().map(|&index| &stages[index].variant);
        first.is_some_and(|variant| variant.iter().any(|(name, _)| *name == axis.name))
    };
    let links = draft.links.values().filter(|link| !link.gather);
    let from = links.flat_map(|link| &link.references).map(|r| r.stage).find(has);
    let upstream = from.map_or_else(String::new, |stage| drafts[stage].name.clone());
    let (axis, stage) = (axis.name.clone(), draft.name.clone());
    let location = draft
        .positions
        .get(&format!("matrix.{axis}"))
        .map_or(draft.location, super::super::error::Location::File);
    Err(SpecErrorKind::InheritedAxis { axis, stage, upstream }.at(location))
}

fn instance(
    draft: &Draft,
    row: &Row,
    combination: &[(String, Value)],
    instances: &[Vec<usize>],
) -> StageInstance {
    let mut variant = row.variant.clone();
    variant.extend(combination.iter().cloned());
    let mut params = draft.params.clone();
    params.extend(combination.iter().cloned());
    let mut picks = row.picks.iter().copied();
    let mut from = BTreeMap::new();
    for (name, link) in &draft.links {
        let mut upstreams = Vec::new();
        for reference in &link.references {
            let output = || reference.output.clone();
            match link.gather {
                true => upstreams.extend(
                    instances[reference.stage]
                        .iter()
                        .map(|&stage| Upstream { stage, output: output() }),
                ),
                false => {
                    upstreams.extend(picks.next().map(|stage| Upstream { stage, output: output() }))
                }
            }
        }
        from.insert(name.clone(), upstreams);
    }
    StageInstance {
        id: id(&draft.name, &variant),
        name: draft.name.clone(),
        variant,
        kind: draft.kind,
        params,
        filter: draft.filter.clone(),
        files: draft.files.clone(),
        from,
        resources: draft.resources.clone(),
        exclusive: draft.exclusive.clone(),
        command: draft.command.clone(),
        position: draft.location.position().unwrap_or(Position { line: 1, column: 1 }),
        positions: draft.positions.clone(),
    }
}

/// `train[latent=40,beta=0.1]`
fn id(name: &str, variant: &[(String, Value)]) -> StageId {
    if variant.is_empty() {
        return StageId(name.to_owned());
    }
    let axes: Vec<String> = variant.iter().map(|(axis, value)| format!("{axis}={value}")).collect();
    StageId(format!("{name}[{}]", axes.join(",")))
}
