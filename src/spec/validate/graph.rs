//! An order in which each stage follows its upstreams, or the cycle that forbids one.

use super::super::error::{Location, SpecResult};
use super::super::error_kind::SpecErrorKind;
use super::stage::Draft;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Indices of the stages, each after its upstreams; among those that could come next, the one
/// that stands first in the file.
pub(crate) fn order(drafts: &[Draft]) -> SpecResult<Vec<usize>> {
    let mut downstream = vec![Vec::new(); drafts.len()];
    let mut waits = vec![0_usize; drafts.len()];
    for (index, draft) in drafts.iter().enumerate() {
        for (upstream, _) in upstreams(draft) {
            downstream[upstream].push(index);
            waits[index] += 1;
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..drafts.len()).filter(|&index| waits[index] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(drafts.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for &next in &downstream[index] {
            waits[next] -= 1;
            if waits[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    match (0..drafts.len()).find(|&index| waits[index] > 0) {
        Some(stuck) => Err(cycle(drafts, &waits, stuck)),
        None => Ok(order),
    }
}

fn upstreams(draft: &Draft) -> impl Iterator<Item = (usize, Location)> {
    draft.links.values().flat_map(|link| &link.references).map(|r| (r.stage, r.location))
}

/// Every stuck stage has a stuck upstream, so walking up must come back to where it has been.
fn cycle(
    drafts: &[Draft],
    waits: &[usize],
    stuck: usize,
) -> Box<super::super::error::LocatedError> {
    let mut path = vec![stuck];
    let mut seen = vec![None; drafts.len()];
    let start = loop {
        let last = path[path.len() - 1];
        seen[last] = Some(path.len() - 1);
        let next = upstreams(&drafts[last]).map(|(stage, _)| stage).find(|&s| waits[s] > 0);
        match next {
            Some(next) => match seen[next] {
                Some(start) => break start,
                None => path.push(next),
            },
            None => break path.len() - 1,
        }
    };
    // Walked against the flow: turned round, and begun where the file begins.
    let mut ring: Vec<usize> = path[start..].iter().rev().copied().collect();
    let first = (0..ring.len()).min_by_key(|&at| ring[at]).unwrap_or(0);
    ring.rotate_left(first);
    let feeds = ring[ring.len() - 1];
    let location = upstreams(&drafts[ring[0]])
        .find(|&(stage, _)| stage == feeds)
        .map_or(drafts[ring[0]].location, |(_, location)| location);
    ring.push(ring[0]);
    SpecErrorKind::Cycle(ring.into_iter().map(|index| drafts[index].name.clone()).collect())
        .at(location)
        .hint("one of them must read something else".to_owned())
}
