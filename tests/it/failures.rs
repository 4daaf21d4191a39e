//! A failed stage: exit code 1, downstream stages are blocked, nothing is recorded.

use crate::project::{Outcome, Project};
use crate::tiny::{STAGES, WHOLE, chain};

fn one_stage(run: &str, outputs: &str) -> Project {
    Project::of(&format!(
        "stages:\n  a: {{ uses: command, run: \"{run}\", outputs: [{outputs}] }}\n"
    ))
}

/// Runs a pipeline whose stage `a` fails; returns its detail.
fn failed_detail(project: &Project) -> String {
    let run = project.call(&["run", "p"]);
    assert_eq!((run.code, run.ended("failed")), (1, vec!["a".into()]), "{}", run.stdout);
    assert_eq!(project.listing("artifacts/store/records"), [""; 0]);
    assert!(!project.exists("artifacts/p/a"));
    run.stage("a")["detail"].as_str().unwrap().to_owned()
}

#[test]
fn failed_command_reports_its_exit_code_and_stderr() {
    let detail = failed_detail(&one_stage(
        "echo half > {out}/x; echo the disk is made of cheese >&2; exit 7",
        "x",
    ));
    assert!(
        detail.contains("exit code 7") && detail.contains("the disk is made of cheese"),
        "{detail}"
    );
    let detail = failed_detail(&one_stage("kill -9 $$$$", "x"));
    assert!(detail.contains("was killed by SIGKILL"), "{detail}");
}

#[test]
fn missing_output_fails_the_stage() {
    assert_eq!(failed_detail(&one_stage("true", "x")), "the stage did not write its output 'x'");
    assert_eq!(
        failed_detail(&one_stage("rmdir {out}/d", "d/")),
        "the stage did not write its output 'd/'"
    );
}

#[test]
fn undeclared_output_fails_the_stage() {
    let detail = failed_detail(&one_stage("touch {out}/x {out}/y", "x"));
    assert_eq!(detail, "the stage wrote 'y', which is not a declared output");
}

#[test]
fn symlink_is_not_an_output() {
    let detail = failed_detail(&one_stage("ln -s /etc/hostname {out}/x", "x"));
    assert!(detail.contains("not a plain file"), "{detail}");
}

#[test]
fn unknown_placeholder_is_an_error_before_anything_runs() {
    let project = one_stage("cat {txet} > {out}/x", "x");
    let call = project.call(&["run", "p"]);
    assert_eq!((call.code, call.error("code")), (2, "invalid_stage"), "{}", call.stdout);
    assert!(call.error("message").contains("'{txet}' is not an input"), "{}", call.stdout);
    assert_eq!(call.json["error"]["line"], 2);
    assert!(!project.exists("artifacts/runs"));
}

#[test]
fn output_of_a_failed_command_is_in_the_run_folder() {
    let project = one_stage("echo told; echo why >&2; exit 1", "x");
    let run = project.call(&["run", "p"]);
    let folder = project.run_folder(&run);
    assert_eq!(project.text(&format!("{folder}/a/stdout.txt")), "told\n");
    assert_eq!(project.text(&format!("{folder}/a/stderr.txt")), "why\n");
}

/// A stage that fails, one downstream, one further downstream, and an independent one.
fn fork() -> Project {
    let project = chain();
    project.change("sort {text} > {out}/sorted.txt", "exit 3");
    project
}

fn parts(run: &Outcome) -> [Vec<String>; 4] {
    ["ran", "failed", "blocked", "not_started"].map(|how| run.ended(how))
}

#[test]
fn failure_blocks_downstream_and_stops_the_rest() {
    let run = fork().call(&["run", "p", "--jobs", "1"]);
    let [ran, failed, blocked, never] = parts(&run);
    assert_eq!((run.code, run.json["outcome"].as_str()), (1, Some("failed")));
    assert_eq!(
        (ran, failed, blocked),
        (vec!["lower".into()], vec!["sorted".to_owned()], vec!["count".to_owned()])
    );
    assert_eq!(never, ["lone"], "it had not started");
    assert_eq!(run.stage("count")["detail"], "sorted");
}

#[test]
fn keep_going_runs_stages_that_do_not_depend_on_a_failure() {
    let project = fork();
    let run = project.call(&["run", "p", "--jobs", "1", "--keep-going"]);
    let [ran, failed, blocked, never] = parts(&run);
    assert_eq!(run.code, 1);
    assert_eq!(ran, ["lower", "lone"]);
    assert_eq!((failed, blocked), (vec!["sorted".to_owned()], vec!["count".to_owned()]));
    assert!(never.is_empty());
    project.change("exit 3", "sort {text} > {out}/sorted.txt");
    let run = project.run(&[]);
    assert_eq!(
        (run.executed(), run.fresh()),
        (vec!["sorted".into(), "count".into()], vec!["lower".to_owned(), "lone".to_owned()])
    );
}

#[test]
fn scenario_09_later_failure_keeps_finished_stages() {
    let check = "  check:
    uses: command
    files: { text: data/text }
    from: { report: report }
    run: \"cat {text} > {out}/o; grep -q good {text}\"
    outputs: [o]
  after: { uses: command, from: { o: check }, run: \"cp {o} {out}/o\", outputs: [o] }
";
    let project = Project::of(&format!("{WHOLE}{check}")).file("data/text", "bad");
    let run = project.call(&["run", "p"]);
    let [ran, failed, blocked, _] = parts(&run);
    assert_eq!((run.code, ran), (1, STAGES.map(str::to_owned).to_vec()), "{}", run.stdout);
    assert_eq!((failed, blocked), (vec!["check".into()], vec!["after".to_owned()]));
    assert!(!project.exists("artifacts/p/check"));
    let made = project.files("artifacts/p");

    // It fails again, and only the failed stage is tried again.
    let again = project.call(&["run", "p"]);
    assert_eq!((again.code, again.fresh().len(), again.executed().len()), (1, STAGES.len(), 0));
    project.write("data/text", "good");
    let run = project.run(&[]);
    assert_eq!(
        (run.fresh().len(), run.executed()),
        (STAGES.len(), vec!["check".into(), "after".into()])
    );
    for (path, bytes) in &made {
        assert!(project.bytes(&format!("artifacts/p/{path}")) == *bytes, "{path} changed");
    }

    // A failure after a success: the last good outputs stay and are found again.
    project.write("data/text", "bad");
    assert_eq!(project.call(&["run", "p"]).ended("failed"), ["check"]);
    assert_eq!(project.text("artifacts/p/after/o"), "good");
    project.write("data/text", "good");
    assert_eq!(project.run(&[]).fresh().len(), STAGES.len() + 2);
}

#[test]
fn failure_leaves_the_last_outputs_readable() {
    let project = chain();
    project.run(&[]);
    let before = project.files("artifacts/p");
    project.change("sort {text} > {out}/sorted.txt", "echo half > {out}/sorted.txt; exit 1");
    assert_eq!(project.call(&["run", "p"]).code, 1);
    assert_eq!(project.files("artifacts/p"), before);
    project.change("echo half > {out}/sorted.txt; exit 1", "sort {text} > {out}/sorted.txt");
    assert_eq!(project.run(&[]).fresh().len(), 4);
}

#[test]
fn failure_is_printed_once_with_its_hint() {
    let project = Project::of(WHOLE);
    project.change("least_onsets: 1 }", "least_onsets: 100000 }");
    let run = project.call_plain(&["run", "p", "--progress", "none"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    let errors: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{}", run.stderr);
    assert!(
        errors[0].starts_with("error: stage 'rolls': ") && run.stderr.contains("  hint: "),
        "{}",
        run.stderr
    );
}

#[test]
fn command_with_much_output_does_not_block() {
    let project = one_stage("seq 400000; seq 400000 >&2; echo x > {out}/x", "x");
    let run = project.run(&[]);
    let shown = project.run_folder(&run);
    assert_eq!(project.text(&format!("{shown}/command/stdout.txt")).lines().count(), 400_000);
    assert_eq!(project.text(&format!("{shown}/command/stderr.txt")).lines().count(), 400_000);
}

#[test]
fn log_of_a_command_with_missing_outputs_is_kept_and_named() {
    let project = Project::of(
        "stages: { a: { uses: command, run: \"echo told; echo x > {out}/y\", outputs: [x] } }\n",
    );
    let run = project.call(&["run", "p"]);
    assert_eq!(run.code, 1);
    let log = format!("{}/a/stdout.txt", project.run_folder(&run));
    assert_eq!(project.text(&log), "told\n");
    let hint = run.stage("a")["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains(&project.run_folder(&run)), "{hint}");
}

#[test]
fn stages_that_a_failure_kept_from_starting_do_not_count_as_interrupted() {
    let project = Project::of(
        "stages:
  a: { uses: command, run: \"false\", outputs: [x], exclusive: [one] }
  b: { uses: command, run: \"echo x > {out}/x\", outputs: [x], exclusive: [one] }
",
    );
    let run = project.call(&["run", "p", "--jobs", "1"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.ended("not_started"), ["b"], "{}", run.stdout);
    assert_eq!(run.json["outcome"], "failed");
    assert!(run.stderr.contains("1 not started"), "{}", run.stderr);
}
