use super::*;
use std::time::{Duration, Instant};

fn cpus(cpus: usize) -> Load {
    Load { cpus, ..Load::default() }
}

fn demand(upstream: &[usize], slots: usize) -> Demand {
    Demand { upstream: upstream.to_vec(), load: cpus(slots), exclusive: Vec::new() }
}

fn takes(cpus: usize, memory: u64, gpus: usize) -> Demand {
    Demand { load: Load { cpus, memory, gpus }, ..Demand::default() }
}

fn holds(name: &str) -> Demand {
    Demand { exclusive: vec![name.into()], load: cpus(1), ..Demand::default() }
}

fn all(count: usize) -> BTreeSet<usize> {
    (0..count).collect()
}

fn schedule(demands: Vec<Demand>, machine: Load) -> Schedule {
    let due = all(demands.len());
    Schedule::new(demands, &due, machine)
}

/// Every stage that may start now.
fn start_all(schedule: &mut Schedule) -> Vec<usize> {
    std::iter::from_fn(|| schedule.start_next()).collect()
}

#[test]
fn independent_stages_run_in_parallel_within_the_slots() {
    let demands = vec![demand(&[], 1), demand(&[], 1), demand(&[], 1), demand(&[0], 1)];
    let mut schedule = schedule(demands, cpus(2));
    assert_eq!(start_all(&mut schedule), [0, 1]);
    schedule.finish(1, true);
    assert_eq!(schedule.start_next(), Some(2));
    schedule.finish(0, true);
    assert_eq!(schedule.start_next(), Some(3));
}

#[test]
fn memory_and_gpus_limit_parallel_stages() {
    let machine = Load { cpus: 8, memory: 10, gpus: 1 };
    let demands = vec![takes(1, 6, 0), takes(1, 6, 0), takes(1, 4, 1), takes(1, 0, 1)];
    let mut schedule = schedule(demands, machine);
    assert_eq!(start_all(&mut schedule), [0, 2], "6 and 4 of 10; the last waits for the GPU");
    schedule.finish(2, true);
    assert_eq!(start_all(&mut schedule), [3]);
    schedule.finish(0, true);
    assert_eq!(start_all(&mut schedule), [1]);
}

#[test]
fn small_stages_do_not_starve_a_large_one() {
    // A long stage holds one of four slots; stage 1 wants all four, and small ones come without end.
    let mut demands = vec![demand(&[], 1), demand(&[], 4)];
    demands.extend((0..100).map(|_| demand(&[], 1)));
    let mut schedule = schedule(demands, cpus(4));
    assert_eq!(start_all(&mut schedule), [0], "nothing passes that would keep it waiting longer");
    schedule.finish(0, true);
    assert_eq!(start_all(&mut schedule), [1]);
}

#[test]
fn stage_that_fits_beside_the_head_overtakes_it() {
    // Stage 1 waits for the GPU alone: of four slots it takes two, so two more may be used meanwhile.
    let machine = Load { cpus: 4, memory: 0, gpus: 1 };
    let mut demands = vec![takes(1, 0, 1), takes(2, 0, 1)];
    demands.extend((0..5).map(|_| takes(1, 0, 0)));
    let mut schedule = schedule(demands, machine);
    assert_eq!(start_all(&mut schedule), [0, 2, 3]);
    schedule.finish(2, true);
    assert_eq!(start_all(&mut schedule), [4]);
    schedule.finish(0, true);
    assert_eq!(start_all(&mut schedule), [1], "and what passed is still running");
    assert_eq!(schedule.running, 3);
}

#[test]
fn failure_blocks_only_downstream_stages() {
    let demands = vec![demand(&[], 1), demand(&[0], 1), demand(&[1], 1), demand(&[], 1)];
    let mut schedule = schedule(demands, cpus(1));
    schedule.start_next();
    schedule.finish(0, false);
    assert_eq!(schedule.block(), [(1, 0), (2, 1)]);
    assert_eq!((schedule.block(), schedule.start_next()), (vec![], Some(3)));
}

#[test]
fn stage_with_a_corrupt_upstream_runs_again_after_it() {
    let demands = vec![demand(&[], 1), demand(&[0], 1), demand(&[0], 1)];
    let mut schedule = schedule(demands, cpus(1));
    schedule.start_next();
    schedule.finish(0, true);
    assert_eq!(schedule.start_next(), Some(1));
    schedule.retry(1, &[0]);
    assert_eq!(start_all(&mut schedule), [0], "its reader waits for it");
    schedule.finish(0, true);
    assert_eq!(start_all(&mut schedule), [1]);
    schedule.finish(1, true);
    assert_eq!(start_all(&mut schedule), [2]);
}

#[test]
fn damage_found_by_two_stages_is_repaired_once() {
    let demands = vec![demand(&[], 1), demand(&[0], 1), demand(&[0], 1)];
    let mut schedule = schedule(demands, cpus(2));
    schedule.start_next();
    schedule.finish(0, true);
    assert_eq!(start_all(&mut schedule), [1, 2]);
    schedule.retry(1, &[0]);
    assert_eq!(start_all(&mut schedule), [0]);
    schedule.retry(2, &[0]);
    assert_eq!(start_all(&mut schedule), [0; 0], "it runs already");
    schedule.finish(0, true);
    assert_eq!(start_all(&mut schedule), [1, 2]);
}

#[test]
fn exclusive_names_are_held_by_one_stage_at_a_time() {
    let mut schedule = schedule(vec![holds("a"), holds("a"), holds("b")], cpus(8));
    assert_eq!(start_all(&mut schedule), [0, 2]);
    schedule.finish(0, true);
    assert_eq!(schedule.start_next(), Some(1));
}

#[test]
fn stages_not_due_count_as_done() {
    let demands = vec![demand(&[], 1), demand(&[0], 1), demand(&[1], 1)];
    let mut schedule = Schedule::new(demands, &[1].into(), cpus(1));
    assert_eq!(start_all(&mut schedule), [1]);
    schedule.finish(1, true);
    assert_eq!(start_all(&mut schedule), [0; 0]);
    assert_eq!((schedule.is_running(), schedule.waiting()), (false, vec![]));
}

/// Runs `count` instances that all fit, and as many that read one of them each, and a stage that reads
/// them all.
fn time_of(count: usize) -> Duration {
    let mut demands: Vec<Demand> = (0..count).map(|_| takes(1, 6, 0)).collect();
    demands.extend((0..count).map(|index| demand(&[index], 1)));
    demands.push(demand(&(count..2 * count).collect::<Vec<_>>(), 1));
    let start = Instant::now();
    let mut schedule = schedule(demands, Load { cpus: 8, memory: 10, gpus: 0 });
    let mut running = std::collections::VecDeque::new();
    let mut ended = 0;
    loop {
        running.extend(start_all(&mut schedule));
        let Some(index) = running.pop_front() else { break };
        schedule.finish(index, true);
        assert!(schedule.block().is_empty());
        ended += 1;
    }
    assert_eq!(ended, 2 * count + 1);
    start.elapsed()
}

#[test]
fn cost_is_linear_in_instances() {
    let best = |count| (0..5).map(|_| time_of(count)).min().unwrap();
    let (few, many) = (best(2_000), best(20_000));
    assert!(many < few * 40, "{few:?} for 2,000 instances, {many:?} for 20,000");
}
