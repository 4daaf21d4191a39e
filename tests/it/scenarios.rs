//! The acceptance scenarios: known problems of other orchestrators, each with the test that covers it.
//!
//! ```text
//! 01 one of 20,000 files is added, changed or removed: only that one is parsed, with equal outputs
//!    incremental::scenario_01_one_file_added_changed_or_deleted_of_many_is_all_that_is_parsed
//! 02 a comment or whitespace in the YAML changes: nothing runs
//!    fingerprint_others::scenario_02_comment_or_whitespace_edit_runs_nothing
//! 03 a file is saved, touched or checked out with equal bytes: nothing runs
//!    fingerprint_others::scenario_03_resaving_touching_or_checking_out_runs_nothing
//! 04 an upstream stage runs again with equal outputs: downstream stages are skipped, and the run says so
//!    cutoff::scenario_04_equal_upstream_outputs_skip_downstream_stages
//! 05 a reverted edit is restored in less than a second, even after a prune
//!    store_prune::scenario_05_reverted_edit_is_restored_even_after_a_prune
//! 06 the values of two parameters are swapped: the stage runs again
//!    cutoff::scenario_06_swapping_two_parameters_reruns
//! 07 a change with equal size and times is detected
//!    store_index::scenario_07_change_with_equal_size_and_times_is_detected
//! 08 kill -9 at any instant: no false cache hit, no unlock, finished stages and old outputs are kept
//!    kills::scenario_08_kill_at_any_instant_costs_at_most_the_running_stage
//! 09 a later stage fails: earlier ones stay recorded
//!    failures::scenario_09_later_failure_keeps_finished_stages
//! 10 two runs of one pipeline: the second waits or names the first, readers are not blocked
//!    locks::scenario_10_two_runs_at_once
//! 11 a damaged blob, record or index is detected, reported and recomputed
//!    store_damage::scenario_11_damaged_file_is_reported_by_verify_and_rebuilt_by_a_run
//! 12 a dry run predicts the run; the exit code distinguishes fresh, stale and invalid
//!    dry_run::scenario_12_dry_run_matches_the_following_run
//! 13 reasons name the parameter with its old and new value, and the first files
//!    reasons::scenario_13_explain_names_the_parameter_and_the_files
//! 14 the cost of a matrix of 1,000 instances is linear in their number
//!    sweeps::scenario_14_a_thousand_instances_plan_run_and_recheck_in_linear_time
//! 15 stages run in parallel within memory, CPUs and exclusive names; a failure blocks only downstream
//!    resources::scenario_15_stages_share_the_machine_and_a_failure_blocks_only_downstream
//! 16 a mistake in the file: an error with line, column and hint, also as JSON
//!    errors_pipelines::scenario_16_overlaps_cycles_typos_and_wrong_types_are_errors_with_position_and_hint
//! 17 a child that prints much, runs long, ignores signals: no deadlock, hidden limit or orphan
//!    command::scenario_17_long_output_long_time_and_signals_neither_block_nor_orphan
//! ```

use std::collections::BTreeMap;

/// The number of scenarios.
const SCENARIOS: usize = 17;

/// Returns the test functions `scenario_NN_...` of this folder by number, as `file::function`.
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
            // The only attribute is `#[test]`, so the test is never ignored.
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
fn each_scenario_has_exactly_the_test_listed_above() {
    let tests = tests_by_scenario();
    let expected: Vec<usize> = (1..=SCENARIOS).collect();
    assert_eq!(tests.keys().copied().collect::<Vec<_>>(), expected, "{tests:#?}");
    let page = include_str!("scenarios.rs");
    for (number, names) in &tests {
        let [name] = names.as_slice() else { panic!("one test for scenario {number}: {names:?}") };
        let listed = page.contains(&format!("\n//!    {name}\n"));
        assert!(listed, "the list above does not name {name}; all of them: {tests:#?}");
    }
}
