//! Which instances of a stage's upstreams belong together.

use super::super::error::SpecResult;
use super::super::error_kind::SpecErrorKind;
use super::super::model::StageInstance;
use super::super::schema::Value;
use super::matrix::MAX_INSTANCES;
use super::stage::Draft;
use std::collections::HashMap;

/// A combination of upstream instances: one instance of the stage that reads them, or the start of
/// several where that has a matrix of its own.
#[derive(Clone)]
pub(crate) struct Row {
    /// Inherited axes.
    pub(crate) variant: Vec<(String, Value)>,
    /// One instance per `from:` input, in the order of their names.
    pub(crate) picks: Vec<usize>,
}

/// Natural join of all `from:` upstreams by axis name. `instances` holds, per stage of the file,
/// its instances' indices into `stages`; all instances of one stage have the same axes.
pub(crate) fn rows(
    draft: &Draft,
    instances: &[Vec<usize>],
    stages: &[StageInstance],
) -> SpecResult<Vec<Row>> {
    let mut rows = vec![Row { variant: Vec::new(), picks: Vec::new() }];
    for link in draft.links.values().filter(|link| !link.gather) {
        for reference in &link.references {
            rows = join(rows, &instances[reference.stage], stages, draft)?;
        }
    }
    match rows.is_empty() {
        true => Err(SpecErrorKind::EmptyJoin { stage: draft.name.clone() }.at(draft.location)),
        false => Ok(rows),
    }
}

fn join(
    rows: Vec<Row>,
    upstream: &[usize],
    stages: &[StageInstance],
    draft: &Draft,
) -> SpecResult<Vec<Row>> {
    let (Some(row), Some(&first)) = (rows.first(), upstream.first()) else {
        return Ok(Vec::new());
    };
    let theirs = &stages[first].variant;
    let shared: Vec<(usize, usize)> = row
        .variant
        .iter()
        .enumerate()
        .filter_map(|(mine, (axis, _))| {
            Some((mine, theirs.iter().position(|(other, _)| other == axis)?))
        })
        .collect();
    let added: Vec<usize> =
        (0..theirs.len()).filter(|place| shared.iter().all(|(_, their)| their != place)).collect();
    let mut by_key: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for &index in upstream {
        let variant = &stages[index].variant;
        let key = shared.iter().map(|&(_, their)| variant[their].1.to_string()).collect();
        by_key.entry(key).or_default().push(index);
    }
    let mut joined = Vec::new();
    for row in rows {
        let key: Vec<String> =
            shared.iter().map(|&(mine, _)| row.variant[mine].1.to_string()).collect();
        for &index in by_key.get(&key).into_iter().flatten() {
            if joined.len() == MAX_INSTANCES {
                let stage = draft.name.clone();
                return Err(SpecErrorKind::TooManyInstances { stage, limit: MAX_INSTANCES }
                    .at(draft.location));
            }
            let mut row = row.clone();
            row.picks.push(index);
            row.variant.extend(added.iter().map(|&place| stages[index].variant[place].clone()));
            joined.push(row);
        }
    }
    Ok(joined)
}
