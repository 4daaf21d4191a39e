//! Which stage may start next: a pure state machine over indices.

use std::collections::BTreeSet;

/// What a stage asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Demand {
    /// Upstream stages that must have ended first.
    pub(super) upstream: Vec<usize>,
    /// CPU slots, at least one.
    pub(super) cpus: usize,
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

/// The stages of one run.
#[derive(Debug)]
pub(super) struct Schedule {
    demands: Vec<Demand>,
    states: Vec<State>,
    slots: usize,
    free: usize,
    held: BTreeSet<String>,
}

impl Schedule {
    /// A schedule over so many CPU slots; stages outside `selected` count as done.
    pub(super) fn new(demands: Vec<Demand>, selected: &BTreeSet<usize>, slots: usize) -> Self {
        let state = |index| {
            if selected.contains(&index) { State::Waiting } else { State::Succeeded }
        };
        let states = (0..demands.len()).map(state).collect();
        Self { demands, states, slots, free: slots, held: BTreeSet::new() }
    }

    /// The next stage that may start, in the pipeline's order; it counts as running from now on.
    pub(super) fn start_next(&mut self) -> Option<usize> {
        let next = (0..self.demands.len()).find(|&index| self.may_start(index))?;
        self.states[next] = State::Running;
        self.free -= self.slots_of(next);
        self.held.extend(self.demands[next].exclusive.iter().cloned());
        Some(next)
    }

    /// A running stage ended.
    pub(super) fn finish(&mut self, index: usize, succeeded: bool) {
        self.states[index] = if succeeded { State::Succeeded } else { State::Failed };
        self.free += self.slots_of(index);
        for name in &self.demands[index].exclusive {
            self.held.remove(name);
        }
    }

    /// A running stage found outputs of these stages damaged: they wait to be made anew, and it waits
    /// for them.
    pub(super) fn retry(&mut self, index: usize, upstreams: &[usize]) {
        self.finish(index, true);
        for &again in upstreams.iter().chain([&index]) {
            self.states[again] = State::Waiting;
        }
    }

    /// Whether any stage runs.
    pub(super) fn is_running(&self) -> bool {
        self.states.contains(&State::Running)
    }

    /// Waiting stages that a failure upstream keeps from ever starting, with the failed stage. Each
    /// counts as failed from now on.
    pub(super) fn block(&mut self) -> Vec<(usize, usize)> {
        let mut blocked = Vec::new();
        for index in 0..self.demands.len() {
            let failed = |&&up: &&usize| self.states[up] == State::Failed;
            if self.states[index] == State::Waiting
                && let Some(&cause) = self.demands[index].upstream.iter().find(failed)
            {
                self.states[index] = State::Failed;
                blocked.push((index, cause));
            }
        }
        blocked
    }

    /// Stages that never started.
    pub(super) fn waiting(&self) -> Vec<usize> {
        (0..self.states.len()).filter(|&index| self.states[index] == State::Waiting).collect()
    }

    /// How many slots a stage gets: what it asks for, within what there is.
    pub(super) fn slots_of(&self, index: usize) -> usize {
        self.demands[index].cpus.clamp(1, self.slots)
    }

    fn may_start(&self, index: usize) -> bool {
        let Demand { upstream, exclusive, .. } = &self.demands[index];
        self.states[index] == State::Waiting
            && self.slots_of(index) <= self.free
            && upstream.iter().all(|&up| self.states[up] == State::Succeeded)
            && !exclusive.iter().any(|name| self.held.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(upstream: &[usize], cpus: usize) -> Demand {
        Demand { upstream: upstream.to_vec(), cpus, exclusive: Vec::new() }
    }

    fn all(count: usize) -> BTreeSet<usize> {
        (0..count).collect()
    }

    #[test]
    fn independent_stages_run_together_within_the_slots() {
        let demands = vec![demand(&[], 1), demand(&[], 1), demand(&[], 1), demand(&[0], 1)];
        let mut schedule = Schedule::new(demands, &all(4), 2);
        assert_eq!((schedule.start_next(), schedule.start_next()), (Some(0), Some(1)));
        assert_eq!(schedule.start_next(), None);
        schedule.finish(1, true);
        assert_eq!(schedule.start_next(), Some(2));
        schedule.finish(0, true);
        assert_eq!(schedule.start_next(), Some(3));
    }

    #[test]
    fn a_demand_above_the_slots_takes_all_of_them() {
        let mut schedule = Schedule::new(vec![demand(&[], 64), demand(&[], 1)], &all(2), 2);
        assert_eq!((schedule.start_next(), schedule.start_next()), (Some(0), None));
    }

    #[test]
    fn a_failure_blocks_its_descendants_alone() {
        let demands = vec![demand(&[], 1), demand(&[0], 1), demand(&[1], 1), demand(&[], 1)];
        let mut schedule = Schedule::new(demands, &all(4), 1);
        schedule.start_next();
        schedule.finish(0, false);
        assert_eq!(schedule.block(), [(1, 0), (2, 1)]);
        assert_eq!(schedule.start_next(), Some(3));
    }

    #[test]
    fn a_stage_whose_upstream_is_damaged_runs_after_it_once_more() {
        let mut schedule = Schedule::new(vec![demand(&[], 1), demand(&[0], 1)], &all(2), 1);
        schedule.start_next();
        schedule.finish(0, true);
        assert_eq!(schedule.start_next(), Some(1));
        schedule.retry(1, &[0]);
        assert_eq!((schedule.start_next(), schedule.start_next()), (Some(0), None));
        schedule.finish(0, true);
        assert_eq!(schedule.start_next(), Some(1));
    }

    #[test]
    fn no_two_stages_hold_one_name() {
        let held =
            |name: &str| Demand { exclusive: vec![name.into()], cpus: 1, ..Demand::default() };
        let mut schedule = Schedule::new(vec![held("a"), held("a"), held("b")], &all(3), 8);
        assert_eq!((schedule.start_next(), schedule.start_next()), (Some(0), Some(2)));
        schedule.finish(0, true);
        assert_eq!(schedule.start_next(), Some(1));
    }

    #[test]
    fn stages_outside_the_selection_count_as_done() {
        let mut schedule = Schedule::new(vec![demand(&[], 1), demand(&[0], 1)], &[1].into(), 1);
        assert_eq!(schedule.start_next(), Some(1));
        assert_eq!(schedule.start_next(), None);
    }
}
