//! The acceptance scenarios: what the users of other orchestrators suffer from, each with the test that
//! shows how it goes here.
//!
//! ```text
//! 01 one of 20,000 files is added, changed, removed: only that one is parsed, the bytes are the same
//!    incremental::scenario_01_one_file_added_changed_or_deleted_of_many_is_all_that_is_parsed
//! 02 a comment or white space in the YAML: nothing runs
//!    fingerprint_others::scenario_02_a_comment_or_whitespace_edit_is_a_no_op
//! 03 equal bytes are saved again, touched, checked out: nothing runs
//!    fingerprint_others::scenario_03_resaving_touching_or_checking_out_is_a_no_op
//! 04 an upstream stage runs again with equal outputs: what follows is skipped, and the run says so
//!    cutoff::scenario_04_an_upstream_with_equal_outputs_cuts_off_what_follows
//! 05 a reverted edit is restored in less than a second, even after a prune
//!    store_prune::scenario_05_reverted_edit_is_restored_even_after_a_prune
//! 06 the values of two parameters are swapped: the stage runs again
//!    cutoff::scenario_06_swapping_two_parameters_reruns
//! 07 a change with equal size and times is detected
//!    store_index::scenario_07_change_with_equal_size_and_times_is_detected
//! 08 kill -9 at any instant: no false hit, no unlock, finished stages and old outputs stay
//!    kills::scenario_08_a_kill_at_any_instant_costs_at_most_the_stage_under_way
//! 09 a later stage fails: earlier ones stay recorded
//!    failures::scenario_09_a_later_failure_keeps_what_was_finished
//! 10 two runs at once: the second waits or names the first, readers go on
//!    locks::scenario_10_two_runs_at_once
//! 11 a damaged blob, record or index is detected, reported and recomputed
//!    store_damage::scenario_11_damaged_file_is_reported_by_verify_and_rebuilt_by_a_run
//! 12 a dry run tells what the run then does; an exit code tells fresh, stale and wrong apart
//!    dry_run::scenario_12_a_dry_run_says_what_the_run_then_does
//! 13 reasons name the parameter with its old and new value, and the first files
//!    reasons::scenario_13_explain_names_the_parameter_and_the_files
//! 14 a matrix of 1,000 instances costs time linear in their number
//!    sweeps::scenario_14_a_thousand_instances_plan_run_and_recheck_in_linear_time
//! 15 stages run at once within memory, processors and names; a failure stops what follows alone
//!    resources::scenario_15_stages_share_the_machine_and_a_failure_stops_its_descendants_alone
//! 16 a mistake in the file: an error with line, column and the way out, also as JSON
//!    errors_pipelines::scenario_16_overlaps_cycles_typos_and_wrong_types_are_errors_with_place_and_fix
//! 17 a child that prints much, works long, ignores signals: no deadlock, hidden limit or orphan
//!    command::scenario_17_long_output_long_time_and_signals_neither_block_nor_orphan
//! ```

use std::collections::BTreeMap;

/// How many there are.
const SCENARIOS: usize = 17;

/// The test functions `scenario_NN_...` of these files by number, as `file::function`.
fn tests_by_scenario() -> BTreeMap<usize, Vec<String>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    let mut tests: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs_err::read_to_string(entry.path()).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (index, line) in lines.iter().enumerate() {
            let Some(name) = line.strip_prefix("fn scenario_") else { continue };
            let name = format!("scenario_{}", name.split('(').next().unwrap());
            // A test that runs each time: `#[test]` is all that stands right above it.
            let attributes = lines[..index].iter().rev().take_while(|line| line.starts_with("#["));
            assert_eq!(attributes.copied().collect::<Vec<_>>(), ["#[test]"], "{name}");
            let number = name.split('_').nth(1).unwrap().parse().unwrap();
            let file = entry.path().file_stem().unwrap().to_string_lossy();
            tests.entry(number).or_default().push(format!("{file}::{name}"));
        }
    }
    tests
}

#[test]
fn each_scenario_has_just_the_test_that_is_told_above() {
    let tests = tests_by_scenario();
    let expected: Vec<usize> = (1..=SCENARIOS).collect();
    assert_eq!(tests.keys().copied().collect::<Vec<_>>(), expected, "{tests:#?}");
    let page = include_str!("scenarios.rs");
    for (number, names) in &tests {
        let [name] = names.as_slice() else { panic!("one test for scenario {number}: {names:?}") };
        let told = page.contains(&format!("\n//!    {name}\n"));
        assert!(told, "the page above does not name {name}; all of them: {tests:#?}");
    }
}
