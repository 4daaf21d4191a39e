//! `run --dry-run` and `status` show what `run` will do, and change nothing.

use crate::project::Project;
use crate::tiny::{CHAIN, WHOLE, chain, corpus};
use std::collections::BTreeMap;

/// Returns every file of the project except the index of known digests.
fn everything(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut files = project.files("");
    files.remove("artifacts/store/files.tsv");
    files
}

fn verdicts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, verdict)| (name.to_string(), verdict.to_string())).collect()
}

/// Asserts that a dry run changes nothing and predicts what the next run does; stages that wait may run or
/// be fresh.
fn assert_dry_run_matches_run(project: &Project, options: &[&str]) {
    let before = everything(project);
    let plan = project.call(&[&["run", "p", "--dry-run"], options].concat());
    assert_eq!(plan.code, 0, "{plan:?}");
    assert_eq!(everything(project), before);
    let run = project.run(options);
    for ((name, verdict), (ran, outcome)) in plan.pairs("verdict").iter().zip(run.pairs("outcome"))
    {
        assert_eq!(*name, ran);
        let expected = match verdict.as_str() {
            "run" => "ran",
            "restore" => "restored",
            "waits" => continue,
            other => other,
        };
        assert_eq!(expected, outcome, "{name}");
    }
}

#[test]
fn scenario_12_dry_run_matches_the_following_run() {
    let project = chain();
    let code = || project.call(&["status", "p", "--exit-code"]).code;
    let assert_verdicts = |wanted: &[&str]| {
        let plan = project.call(&["run", "p", "--dry-run"]);
        let verdicts: Vec<String> =
            plan.pairs("verdict").into_iter().map(|(_, verdict)| verdict).collect();
        assert_eq!(verdicts, wanted);
    };
    assert_eq!(code(), 3);
    assert_verdicts(&["run", "waits", "waits", "run"]);
    assert_dry_run_matches_run(&project, &[]);
    assert_eq!(code(), 0);
    assert_verdicts(&["fresh"; 4]);
    assert_dry_run_matches_run(&project, &[]);
    // A stage that waits may run or be fresh.
    project.change("sort {text}", "sort -s {text}");
    assert_verdicts(&["fresh", "run", "waits", "fresh"]);
    assert_dry_run_matches_run(&project, &[]);
    project.change("sort -s {text}", "sort {text}");
    assert_verdicts(&["fresh", "restore", "fresh", "fresh"]);
    assert_eq!(code(), 3);
    assert_dry_run_matches_run(&project, &[]);
    project.change("sort {text}", "sort -r {text}");
    assert_dry_run_matches_run(&project, &[]);
    project.change("sort -r {text}", "sort {text}");
    assert_dry_run_matches_run(&project, &[]);
    assert_dry_run_matches_run(&project, &["--force", "count"]);
    project.change("echo lone", "echo more");
    assert_dry_run_matches_run(&project, &["--only", "count"]);
    assert_dry_run_matches_run(&project, &["--until", "lone"]);
    project.change("uses: command\n    from: { text: lower }", "uses: comand");
    assert_eq!(code(), 2);
    assert_eq!(project.call(&["run", "p", "--dry-run"]).code, 2);
}

#[test]
fn dry_run_without_artifacts_creates_none() {
    for options in [vec!["run", "p", "--dry-run"], vec!["status", "p"], vec!["explain", "p"]] {
        let project = chain();
        project.touch("data/text.txt");
        let before = everything(&project);
        assert_eq!(project.call(&options).code, 0);
        assert_eq!(everything(&project), before, "{options:?}");
    }
}

#[test]
fn readers_take_no_lock_and_write_nothing() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    let before = everything(&project);
    for command in ["status", "explain", "graph"] {
        assert_eq!(project.call(&[command, "p"]).code, 0);
    }
    for command in ["list", "kinds"] {
        assert_eq!(project.call(&[command]).code, 0);
    }
    assert_eq!(project.call(&["stats", "p/catalog"]).code, 0);
    assert_eq!(everything(&project), before);
}

#[test]
fn status_distinguishes_run_waits_fresh_and_restore() {
    let project = chain();
    let all =
        verdicts(&[("lower", "run"), ("sorted", "waits"), ("count", "waits"), ("lone", "run")]);
    assert_eq!(project.verdicts(&[]), all);
    project.run(&[]);
    let fresh = ["lower", "sorted", "count", "lone"].map(|name| (name, "fresh"));
    assert_eq!(project.verdicts(&[]), verdicts(&fresh));
    project.change("sort {text}", "sort -r {text}");
    project.change("echo lone", "echo else");
    let mixed = [("lower", "fresh"), ("sorted", "run"), ("count", "waits"), ("lone", "run")];
    assert_eq!(project.verdicts(&[]), verdicts(&mixed));
    project.run(&[]);
    project.write("pipelines/p.yaml", CHAIN);
    let back =
        [("lower", "fresh"), ("sorted", "restore"), ("count", "restore"), ("lone", "restore")];
    assert_eq!(project.verdicts(&[]), verdicts(&back));
}

#[test]
fn status_exits_with_3_only_if_requested_and_stale() {
    let project = chain();
    let code = |options: &[&str]| project.call(&[&["status", "p"], options].concat()).code;
    assert_eq!((code(&[]), code(&["--exit-code"])), (0, 3));
    project.run(&[]);
    assert_eq!((code(&[]), code(&["--exit-code"])), (0, 0));
    project.remove("artifacts/p/lone");
    assert_eq!(code(&["--exit-code"]), 3);
}

#[test]
fn first_reason_names_the_change() {
    let project = corpus();
    project.run(&[]);
    project.change("measures: 2", "measures: 3");
    let text = project.call_plain(&["status", "p"]).stdout;
    assert!(text.contains("rolls    run      parameter measures changed: 2 -> 3"), "{text}");
    project.write("data/midi/four.mid", "x");
    project.remove("data/midi/two.mid");
    project.touch("data/midi/one.mid");
    let text = project.call_plain(&["status", "p"]).stdout;
    assert!(
        text.contains("catalog  run      files of midi changed: +four.mid and 1 more\n"),
        "{text}"
    );
    assert!(text.contains("rolls    waits    waits for catalog (and 1 more)\n"), "{text}");
}
