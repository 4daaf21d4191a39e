//! Decides which stage may start next: a pure state machine over indices.
//!
//! Stages start in pipeline order. If the first ready stage does not fit, later ones may overtake it only
//! while it and all overtakers fit together, so small stages cannot starve a large one. Cost is linear in
//! instances and edges: a finished stage touches its dependents, and of all ready stages with the same
//! demand only the first is examined.

use super::machine::Load;
use std::collections::{BTreeMap, BTreeSet};

/// The requirements of a stage.
#[derive(Debug, Clone, Default)]
pub(super) struct Demand {
    /// Upstream stages that must succeed first.
    pub(super) upstream: Vec<usize>,
    /// The resources it occupies: at least one CPU slot, at most the machine.
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

/// Stages with the same demand.
#[derive(Debug)]
struct Class {
    load: Load,
    exclusive: Vec<String>,
    ready: BTreeSet<usize>,
}

/// The stages of one run.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    machine: Load,
    free: Load,
    held: BTreeSet<String>,
    states: Vec<State>,
    upstream: Vec<Vec<usize>>,
    dependents: Vec<Vec<usize>>,
    /// Number of upstream stages that have not succeeded yet.
    missing: Vec<usize>,
    class_of: Vec<usize>,
    classes: Vec<Class>,
    running: usize,
    /// Stages that failed since the last [`Schedule::block`].
    failed: BTreeSet<usize>,
    /// The first ready stage, if it did not fit, and the running stages that overtook it.
    head: Option<usize>,
    overtakers: BTreeSet<usize>,
}

impl Schedule {
    /// Creates a schedule for a machine; stages that are not `due` count as done.
    pub(super) fn new(demands: Vec<Demand>, due: &BTreeSet<usize>, machine: Load) -> Self {
        let state = |index| if due.contains(&index) { State::Waiting } else { State::Succeeded };
        let states: Vec<State> = (0..demands.len()).map(state).collect();
        let mut schedule = Self {
            machine,
            free: machine,
            dependents: vec![Vec::new(); states.len()],
            missing: vec![0; states.len()],
            states,
            ..Self::default()
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

    /// Returns the next stage that may start; it counts as running from now on.
    pub(super) fn start_next(&mut self) -> Option<usize> {
        let ready = self.classes.iter().filter_map(|class| class.ready.first().copied());
        let mut ready: Vec<usize> = ready.collect();
        ready.sort_unstable();
        let &first = ready.first()?;
        let head = Some(first).filter(|&first| !self.fits(first));
        if head.is_none() || self.head != head {
            self.overtakers.clear();
        }
        self.head = head;
        let next = match head {
            None => first,
            Some(head) => ready.into_iter().skip(1).find(|&at| self.may_overtake(at, head))?,
        };
        if head.is_some() {
            self.overtakers.insert(next);
        }
        self.start(next);
        Some(next)
    }

    /// Ends a running stage.
    pub(super) fn finish(&mut self, index: usize, succeeded: bool) {
        self.release(index);
        if !succeeded {
            self.states[index] = State::Failed;
            self.failed.insert(index);
            return;
        }
        self.states[index] = State::Succeeded;
        for dependent in self.dependents[index].clone() {
            self.missing[dependent] -= 1;
            if self.states[dependent] == State::Waiting && self.missing[dependent] == 0 {
                self.ready(dependent).insert(dependent);
            }
        }
    }

    /// Puts back a running stage that found outputs of these upstream stages corrupt: they run again, and it
    /// waits for them.
    pub(super) fn retry(&mut self, index: usize, upstreams: &[usize]) {
        self.release(index);
        self.states[index] = State::Waiting;
        let mut touched = BTreeSet::from([index]);
        for &again in upstreams {
            // Another stage may have found the same damage just before.
            if self.states[again] == State::Succeeded {
                self.states[again] = State::Waiting;
                touched.insert(again);
                touched.extend(&self.dependents[again]);
            }
        }
        touched.into_iter().for_each(|index| self.recount(index));
    }

    /// Returns true if any stage runs.
    pub(super) fn is_running(&self) -> bool {
        self.running > 0
    }

    /// Returns the waiting stages that can never start because an upstream stage failed, each with that
    /// stage. They count as failed from now on.
    pub(super) fn block(&mut self) -> Vec<(usize, usize)> {
        let mut blocked = Vec::new();
        // Upstreams have smaller indices, so each stage comes after all that could block it.
        while let Some(cause) = self.failed.pop_first() {
            for dependent in self.dependents[cause].clone() {
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

    /// Returns the stages that never started.
    pub(super) fn waiting(&self) -> Vec<usize> {
        (0..self.states.len()).filter(|&index| self.states[index] == State::Waiting).collect()
    }

    fn class(&self, index: usize) -> &Class {
        &self.classes[self.class_of[index]]
    }

    fn ready(&mut self, index: usize) -> &mut BTreeSet<usize> {
        &mut self.classes[self.class_of[index]].ready
    }

    /// Counts a stage's missing upstreams again.
    fn recount(&mut self, index: usize) {
        let missing = |&&up: &&usize| self.states[up] != State::Succeeded;
        self.missing[index] = self.upstream[index].iter().filter(missing).count();
        let is_ready = self.states[index] == State::Waiting && self.missing[index] == 0;
        let ready = self.ready(index);
        let _ = if is_ready { ready.insert(index) } else { ready.remove(&index) };
    }

    fn fits(&self, index: usize) -> bool {
        let Class { load, exclusive, .. } = self.class(index);
        load.fits(self.free) && !exclusive.iter().any(|name| self.held.contains(name))
    }

    /// Returns true if a stage fits now, and together with the head and its other overtakers.
    fn may_overtake(&self, index: usize, head: usize) -> bool {
        let (stage, head) = (self.class(index), self.class(head));
        let overtakers = self.overtakers.iter().map(|&at| self.class(at).load);
        let together = overtakers.fold(head.load.plus(stage.load), Load::plus);
        let shared = stage.exclusive.iter().any(|name| head.exclusive.contains(name));
        self.fits(index) && together.fits(self.machine) && !shared
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
        self.overtakers.remove(&index);
        let class = &self.classes[self.class_of[index]];
        self.free = self.free.plus(class.load);
        self.held.retain(|name| !class.exclusive.contains(name));
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
