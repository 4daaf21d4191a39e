//! An order in which each stage follows its upstreams, or the cycle that forbids one.

use super::stage::Draft;
use crate::spec::{LocatedError, Location, SpecErrorKind, SpecResult};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Indices of the stages, each after its upstreams; where that leaves a choice, in the file's order.
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

/// The error of a cycle. Every stuck stage has a stuck upstream, so walking upstream must return to a stage.
fn cycle(drafts: &[Draft], waits: &[usize], stuck: usize) -> Box<LocatedError> {
    let stuck_upstream = |stage: usize| {
        upstreams(&drafts[stage]).map(|(upstream, _)| upstream).find(|&stage| waits[stage] > 0)
    };
    let mut path = vec![stuck];
    let start = loop {
        let Some(next) = stuck_upstream(path[path.len() - 1]) else { break path.len() - 1 };
        match path.iter().position(|&stage| stage == next) {
            Some(start) => break start,
            None => path.push(next),
        }
    };
    // From upstream to downstream, beginning with the stage that comes first in the file.
    let mut ring: Vec<usize> = path[start..].iter().rev().copied().collect();
    let first = (0..ring.len()).min_by_key(|&at| ring[at]).unwrap_or(0);
    ring.rotate_left(first);
    let (first, last) = (ring[0], ring[ring.len() - 1]);
    let location = upstreams(&drafts[first])
        .find(|&(stage, _)| stage == last)
        .map_or(drafts[first].location, |(_, location)| location);
    ring.push(first);
    let names: Vec<&str> = ring.into_iter().map(|index| drafts[index].base.name.as_str()).collect();
    SpecErrorKind::Cycle
        .at(location, format!("stages form a cycle: {}", names.join(" -> ")))
        .hint("one of them must read something else")
}
