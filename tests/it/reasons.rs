//! `status`, `explain` and dry runs name every reason, in lines that fit a screen.

use crate::project::{Project, eventually};
use crate::tiny::{WHOLE, chain, corpus};
use rustix::process::Signal;

/// Compares a text with a snapshot, with values that differ between runs replaced.
macro_rules! reads {
    ($text:expr, @$expected:literal) => {
        insta::with_settings!({ filters => vec![
            ("[0-9a-f]{64}", "FINGERPRINT"),
            ("[0-9-]{10}T[0-9:]{8}Z", "TIME"),
            (r"[0-9]+\.[0-9] s", "0.0 s"),
            ("[0-9]{14}_RUN[0-9]+", "RUN"),
        ]}, { insta::assert_snapshot!($text, @$expected) })
    };
}

fn status(project: &Project) -> String {
    project.call_plain(&["status", "p"]).stdout
}

fn dry_run(project: &Project) -> String {
    project.call_plain(&["run", "p", "--dry-run"]).stdout
}

fn explain(project: &Project, stage: &str) -> String {
    project.call_plain(&["explain", "p", stage]).stdout
}

#[test]
fn scenario_13_explain_names_the_parameter_and_the_files() {
    let project = corpus();
    project.run(&[]);
    project.change("measures: 2, steps: 16", "measures: 3, steps: 8");
    project.change("'ok'", "'ok' and notes > 1");
    reads!(explain(&project, "rolls"), @r#"
    rolls: run
      fingerprint FINGERPRINT
      last finished TIME on cpu in 0.0 s: 6 training and 0 validation samples of 3 songs
      - parameter measures changed: 2 -> 3
      - parameter steps changed: 16 -> 8
      - condition changed: status = 'ok' -> status = 'ok' and notes > 1
    "#);
    for number in 0..7 {
        project.write(&format!("data/midi/more/{number}.mid"), "x");
    }
    project.write("data/midi/one.mid", "another");
    project.rename("data/midi/two.mid", "data/midi/deux.mid");
    project.remove("data/midi/three.mid");
    reads!(explain(&project, "catalog"), @r#"
    catalog: run
      fingerprint FINGERPRINT
      last finished TIME on cpu in 0.0 s: 3 files: 3 usable in 2 groups, 0 skipped
      - files of midi changed:
          +more/0.mid
          +more/1.mid
          ~one.mid
          -three.mid
          two.mid -> deux.mid
          and 5 more
    "#);
    reads!(status(&project), @r#"
    catalog  run      files of midi changed: +more/0.mid and 9 more
    rolls    waits    waits for catalog (and 3 more)
    "#);
    let answer = project.call(&["explain", "p", "catalog"]);
    let reason = &answer.stage("catalog")["reasons"][0];
    let listed = ["+more/0.mid", "+more/1.mid", "~one.mid", "-three.mid", "two.mid -> deux.mid"];
    assert_eq!((&reason["code"], &reason["files"]), (&"files".into(), &listed[..].into()));
    assert_eq!(reason["more"], 5);
}

#[test]
fn reason_names_the_upstream_stage_and_its_output() {
    let project = chain();
    project.run(&[]);
    project.change("sort {text}", "sort -r {text}");
    project.run(&["--until", "sorted"]);
    reads!(status(&project), @r#"
    lower   fresh
    sorted  fresh
    count   run      upstream sorted changed: ~sorted.txt
    lone    fresh
    "#);
    reads!(explain(&project, "count"), @r#"
    count: run
      fingerprint FINGERPRINT
      last finished TIME on cpu in 0.0 s: cat {text} > {out}/copy.txt; wc -l < {text} > {out}/count.tx…
      - upstream sorted changed: ~sorted.txt
    "#);
}

#[test]
fn reason_of_a_gathering_stage_names_the_instances() {
    let project = Project::of(
        "stages:\n  songs: { uses: compose, matrix: { songs: [1, 2] } }\n  \
         count:\n    uses: command\n    gather: { all: songs }\n    \
         run: \"find {all} -name '*.mid' | wc -l > {out}/n\"\n    outputs: [n]\n",
    );
    project.run(&[]);
    project.change("[1, 2]", "[1, 3, 2]");
    project.run(&["--until", "songs"]);
    reads!(explain(&project, "count"), @r#"
    count: run
      fingerprint FINGERPRINT
      last finished TIME on cpu in 0.0 s: find {all} -name '*.mid' | wc -l > {out}/n
      - upstream songs changed: +songs[songs=3]
    "#);
}

#[test]
fn dry_run_shows_every_reason_and_command_line() {
    let project = chain();
    project.run(&[]);
    project.change(
        "run: \"sort {text} > {out}/sorted.txt\"",
        "run: \"# \\e[8mhidden\\nsort -r {text} > {out}/sorted.txt\\ntrue\"",
    );
    project.change("outputs: [lone.txt]", "outputs: [lone.txt]\n    env: [LANG]");
    project.change("echo lone >", "echo alone >");
    project.write("data/text.txt", "x\n");
    reads!(dry_run(&project), @r#"
    lower   run      files of text changed: ~text.txt
                     $ tr A-Z a-z < {text} > {out}/lower.txt
    sorted  waits    waits for lower
                     command line changed: was sort {text} > {out}/sorted.txt
                     $ # ␛[8mhidden
                       sort -r {text} > {out}/sorted.txt
                       true
    count   waits    waits for sorted
                     $ cat {text} > {out}/copy.txt; wc -l < {text} > {out}/count.txt
    lone    run      command line changed: was echo lone > {out}/lone.txt
                     environment variable LANG changed
                     $ echo alone > {out}/lone.txt
    "#);
}

#[test]
fn dry_run_shows_commands_that_never_ran() {
    let project = chain();
    reads!(dry_run(&project), @r#"
    lower   run      never ran
                     $ tr A-Z a-z < {text} > {out}/lower.txt
    sorted  waits    waits for lower
                     $ sort {text} > {out}/sorted.txt
    count   waits    waits for sorted
                     $ cat {text} > {out}/copy.txt; wc -l < {text} > {out}/count.txt
    lone    run      never ran
                     $ echo lone > {out}/lone.txt
    "#);
    let plan = project.call(&["run", "p", "--dry-run"]);
    assert_eq!(plan.stage("lone")["run"], "echo lone > {out}/lone.txt");
}

#[test]
fn failure_is_shown_until_the_stage_succeeds() {
    let project = chain();
    project.run(&[]);
    project.change("echo lone", "echo oh dear >&2; test -e data/ready; echo lone");
    project.change("test -e data/ready; echo", "test -e data/ready && echo");
    assert_eq!(project.call(&["run", "p"]).code, 1);
    reads!(status(&project), @r#"
    lower   fresh
    sorted  fresh
    count   fresh
    lone    run      failed in run RUN: the command ended with exit code… (and 1 more)
    "#);
    reads!(explain(&project, "lone"), @r#"
    lone: run
      fingerprint FINGERPRINT
      last finished TIME on cpu in 0.0 s: echo lone > {out}/lone.txt
      - failed in run RUN: the command ended with exit code 1: oh dear
      - command line changed:
          was echo lone > {out}/lone.txt
          now echo oh dear >&2; test -e data/ready && echo lone > {out}/lone.txt
    "#);
    project.write("data/ready", "");
    project.run(&[]);
    assert!(!status(&project).contains("failed"));
    assert_eq!(project.listing("artifacts/work"), [""; 0]);
}

#[test]
fn interrupted_training_is_shown_as_resuming() {
    let project = Project::of(WHOLE);
    project.change("epochs: 1,", "epochs: 5000,");
    let running = project.start(&[]);
    let checkpoints =
        || project.listing("artifacts/work").iter().any(|f| f.contains("/checkpoints/"));
    eventually("a checkpoint", checkpoints);
    running.signal(Signal::INT);
    assert_eq!(running.wait().code, 130);
    reads!(status(&project), @r#"
    songs    fresh
    catalog  fresh
    rolls    fresh
    train    run      interrupted; resumes from its checkpoint
    drawn    waits    waits for train
    report   waits    waits for train, drawn
    "#);
    let reasons = project.call(&["status", "p"]).stage("train")["reasons"].clone();
    assert_eq!(reasons[0]["code"], "resumes");
}

#[test]
fn stage_with_outputs_in_the_store_is_shown_as_restore() {
    let project = chain();
    project.run(&[]);
    project.write("pipelines/q.yaml", project.text("pipelines/p.yaml"));
    reads!(project.call_plain(&["status", "q"]).stdout, @r#"
    lower   restore  never ran in this pipeline; the store has its outputs
    sorted  restore  never ran in this pipeline; the store has its outputs
    count   restore  never ran in this pipeline; the store has its outputs
    lone    restore  never ran in this pipeline; the store has its outputs
    "#);
}

#[test]
fn lost_output_is_named() {
    let project = chain();
    project.run(&[]);
    project.remove("artifacts/p/lone/lone.txt");
    reads!(status(&project), @r#"
    lower   fresh
    sorted  fresh
    count   fresh
    lone    restore  output shown under artifacts/ is missing or corrupt
    "#);
    project.remove("artifacts/store/blobs");
    reads!(explain(&project, "lower"), @r#"
    lower: run
      fingerprint FINGERPRINT
      last finished TIME on cpu in 0.0 s: tr A-Z a-z < {text} > {out}/lower.txt
      - output lower.txt is missing or corrupt
    "#);
}

#[test]
fn seed_change_is_shown_without_numbers() {
    let project = Project::of(WHOLE);
    project.run(&["--until", "songs"]);
    project.change("seed: 1", "seed: 2");
    assert!(status(&project).starts_with("songs    run      seed changed\n"));
}
