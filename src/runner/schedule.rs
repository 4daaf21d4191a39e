//! Which stage may start next: a pure state machine over indices.
//!
//! Stages start in the pipeline's order. The first one that is ready and does not fit has the right of
//! way: a later one may start before it only where all that passed it and it itself fit into the machine
//! together, so it waits for nothing but what ran already when its turn came, and no stream of small
//! stages can keep a large one out.
//!
//! Every step costs what it touches: a finished stage looks at its dependents alone, and of all ready
//! stages that ask for the same only the first is looked at. So a run is linear in its instances and
//! edges.

use super::machine::Load;
use std::collections::{BTreeMap, BTreeSet};

/// What a stage asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Demand {
    /// Upstream stages that must have ended first.
    pub(super) upstream: Vec<usize>,
    /// What it holds while it runs; it fits into the machine, and is one CPU work at least.
    pub(super) load: Load,
    /// Names that no two running stages hold at once.
    pub(super) exclusive: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Succeeded,
    Failed,
}

/// Stages that ask for the same.
#[derive(Debug)]
struct Class {
    load: Load,
    exclusive: Vec<String>,
    ready: BTreeSet<usize>,
}

/// The stages of one run.
#[derive(Debug)]
pub(super) struct Schedule {
    machine: Load,
    free: Load,
    held: BTreeSet<String>,
    states: Vec<State>,
    upstream: Vec<Vec<usize>>,
    dependents: Vec<Vec<usize>>,
    /// How many upstream stages have not succeeded yet.
    missing: Vec<usize>,
    class_of: Vec<usize>,
    classes: Vec<Class>,
    running: usize,
    /// Stages that failed since [`Schedule::block`] was asked last.
    failed: BTreeSet<usize>,
    /// The stage that has the right of way, and who passed it and still runs.
    first: Option<usize>,
    passed: BTreeSet<usize>,
}

impl Schedule {
    /// A schedule within `machine`; stages that are not `due` count as done.
    pub(super) fn new(demands: Vec<Demand>, due: &BTreeSet<usize>, machine: Load) -> Self {
        let state = |index| if due.contains(&index) { State::Waiting } else { State::Succeeded };
        let states: Vec<State> = (0..demands.len()).map(state).collect();
        let mut schedule = Self {
            machine,
            free: machine,
            held: BTreeSet::new(),
            dependents: vec![Vec::new(); states.len()],
            missing: vec![0; states.len()],
            upstream: Vec::with_capacity(states.len()),
            class_of: Vec::with_capacity(states.len()),
            classes: Vec::new(),
            states,
            running: 0,
            failed: BTreeSet::new(),
            first: None,
            passed: BTreeSet::new(),
        };
        let mut classes = BTreeMap::new();
        for (index, Demand { mut upstream, load, exclusive }) in demands.into_iter().enumerate() {
            upstream.sort_unstable();
            upstream.dedup();
            upstream.iter().for_each(|&up| schedule.dependents[up].push(index));
            schedule.upstream.push(upstream);
            let class =
                *classes.entry((load, exclusive)).or_insert_with_key(|(load, exclusive)| {
                    let (load, exclusive) = (*load, exclusive.clone());
                    schedule.classes.push(Class { load, exclusive, ready: BTreeSet::new() });
                    schedule.classes.len() - 1
                });
            schedule.class_of.push(class);
        }
        (0..schedule.states.len()).for_each(|index| schedule.recount(index));
        schedule
    }

    /// The next stage that may start; it counts as running from now on.
    pub(super) fn start_next(&mut self) -> Option<usize> {
        let heads = self.classes.iter().filter_map(|class| class.ready.first().copied());
        let mut heads: Vec<usize> = heads.collect();
        heads.sort_unstable();
        let &first = heads.first()?;
        if self.fits(first) {
            self.first = None;
            self.passed.clear();
            self.start(first);
            return Some(first);
        }
        if self.first.replace(first) != Some(first) {
            self.passed.clear();
        }
        let next =
            heads.into_iter().skip(1).find(|&at| self.fits(at) && self.may_pass(at, first))?;
        self.passed.insert(next);
        self.start(next);
        Some(next)
    }

    /// A running stage ended.
    pub(super) fn finish(&mut self, index: usize, succeeded: bool) {
        self.release(index);
        if !succeeded {
            self.states[index] = State::Failed;
            self.failed.insert(index);
            return;
        }
        self.states[index] = State::Succeeded;
        for at in 0..self.dependents[index].len() {
            let dependent = self.dependents[index][at];
            self.missing[dependent] -= 1;
            if self.states[dependent] == State::Waiting && self.missing[dependent] == 0 {
                self.ready(dependent).insert(dependent);
            }
        }
    }

    /// A running stage found outputs of these stages damaged: they wait to be made anew, and it waits
    /// for them.
    pub(super) fn retry(&mut self, index: usize, upstreams: &[usize]) {
        self.release(index);
        self.states[index] = State::Waiting;
        let mut touched = BTreeSet::from([index]);
        for &again in upstreams {
            // Another stage may have found the same damage a moment ago.
            if self.states[again] == State::Succeeded {
                self.states[again] = State::Waiting;
                touched.insert(again);
                touched.extend(&self.dependents[again]);
            }
        }
        touched.into_iter().for_each(|index| self.recount(index));
    }

    /// Whether any stage runs.
    pub(super) fn is_running(&self) -> bool {
        self.running > 0
    }

    /// Waiting stages that a failure upstream keeps from ever starting, with the failed stage. Each
    /// counts as failed from now on.
    pub(super) fn block(&mut self) -> Vec<(usize, usize)> {
        let mut blocked = Vec::new();
        // Upstreams have smaller numbers, so each stage comes after all that could block it.
        while let Some(cause) = self.failed.pop_first() {
            for at in 0..self.dependents[cause].len() {
                let dependent = self.dependents[cause][at];
                if self.states[dependent] == State::Waiting {
                    self.states[dependent] = State::Failed;
                    self.ready(dependent).remove(&dependent);
                    self.failed.insert(dependent);
                    blocked.push((dependent, cause));
                }
            }
        }
        blocked.sort_unstable();
        blocked
    }

    /// Stages that never started.
    pub(super) fn waiting(&self) -> Vec<usize> {
        (0..self.states.len()).filter(|&index| self.states[index] == State::Waiting).collect()
    }

    fn class(&self, index: usize) -> &Class {
        &self.classes[self.class_of[index]]
    }

    fn ready(&mut self, index: usize) -> &mut BTreeSet<usize> {
        &mut self.classes[self.class_of[index]].ready
    }

    /// Counts a stage's missing upstreams anew.
    fn recount(&mut self, index: usize) {
        let missing = |&&up: &&usize| self.states[up] != State::Succeeded;
        self.missing[index] = self.upstream[index].iter().filter(missing).count();
        let is_ready = self.states[index] == State::Waiting && self.missing[index] == 0;
        let ready = self.ready(index);
        if is_ready {
            ready.insert(index)
        } else {
            ready.remove(&index)
        };
    }

    fn fits(&self, index: usize) -> bool {
        let Class { load, exclusive, .. } = self.class(index);
        load.fits(self.free) && !exclusive.iter().any(|name| self.held.contains(name))
    }

    /// Whether a stage leaves the first one its room, once what ran before that is gone.
    fn may_pass(&self, index: usize, first: usize) -> bool {
        let (passing, first) = (self.class(index), self.class(first));
        let beside = self.passed.iter().map(|&at| self.class(at).load);
        let together = beside.fold(first.load.plus(passing.load), Load::plus);
        let shared = passing.exclusive.iter().any(|name| first.exclusive.contains(name));
        together.fits(self.machine) && !shared
    }

    fn start(&mut self, index: usize) {
        self.ready(index).remove(&index);
        self.states[index] = State::Running;
        self.running += 1;
        let class = &self.classes[self.class_of[index]];
        self.free = self.free.minus(class.load);
        self.held.extend(class.exclusive.iter().cloned());
    }

    fn release(&mut self, index: usize) {
        self.running -= 1;
        self.passed.remove(&index);
        let class = &self.classes[self.class_of[index]];
        self.free = self.free.plus(class.load);
        class.exclusive.iter().for_each(|name| {
            self.held.remove(name);
        });
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
