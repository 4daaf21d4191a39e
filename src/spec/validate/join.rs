//! Which instances of a stage's upstreams belong together.

use super::matrix::{MAX_INSTANCES, too_many_instances};
use super::stage::Draft;
use crate::params::Value;
use crate::spec::{SpecErrorKind, SpecResult, StageInstance};
use std::collections::HashMap;

/// A combination of upstream instances. The stage that reads them has one instance of it per combination of its own
/// matrix.
#[derive(Clone)]
pub(crate) struct JoinedRow {
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
) -> SpecResult<Vec<JoinedRow>> {
    let mut rows = vec![JoinedRow { variant: Vec::new(), picks: Vec::new() }];
    for link in draft.links.values().filter(|link| !link.gather) {
        for reference in &link.references {
            rows = join(rows, &instances[reference.stage], stages, draft)?;
        }
    }
    if rows.is_empty() {
        let stage = &draft.base.name;
        let message =
            format!("no instances of the upstreams of stage '{stage}' agree in their shared axes");
        return Err(SpecErrorKind::EmptyJoin.at(draft.location, message));
    }
    Ok(rows)
}

fn join(
    rows: Vec<JoinedRow>,
    upstream: &[usize],
    stages: &[StageInstance],
    draft: &Draft,
) -> SpecResult<Vec<JoinedRow>> {
    let (Some(row), Some(&first)) = (rows.first(), upstream.first()) else { return Ok(Vec::new()) };
    // Axes of the upstream: those that the rows have, as (index in the row, index upstream), and the others.
    let (mut shared, mut added) = (Vec::new(), Vec::new());
    for (theirs, (axis, _)) in stages[first].variant.iter().enumerate() {
        match row.variant.iter().position(|(name, _)| name == axis) {
            Some(mine) => shared.push((mine, theirs)),
            None => added.push(theirs),
        }
    }
    let mut by_key: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for &index in upstream {
        let variant = &stages[index].variant;
        let key = shared.iter().map(|&(_, theirs)| variant[theirs].1.to_string()).collect();
        by_key.entry(key).or_default().push(index);
    }
    let mut joined = Vec::new();
    for row in rows {
        let key: Vec<String> =
            shared.iter().map(|&(mine, _)| row.variant[mine].1.to_string()).collect();
        for &index in by_key.get(&key).into_iter().flatten() {
            if joined.len() == MAX_INSTANCES {
                return Err(too_many_instances(&draft.base.name, draft.location));
            }
            let mut row = row.clone();
            row.picks.push(index);
            row.variant.extend(added.iter().map(|&axis| stages[index].variant[axis].clone()));
            joined.push(row);
        }
    }
    Ok(joined)
}
