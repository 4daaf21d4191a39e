//! Ctrl-C, a kill, another run: what was finished stays, nothing half-done is taken, no unlock is
//! needed.

use crate::project::{Project, eventually};
use crate::tiny::WHOLE;
use rustix::process::Signal;

/// `first` is quick; `slow` says that it began and works while `data/hold` is there; `last` reads
/// what it made.
const SLOW: &str = "\
stages:
  first: { uses: command, run: \"echo 1 > {out}/o\", outputs: [o] }
  slow:
    uses: command
    from: { one: first }
    run: >
      echo half > {out}/o; touch data/began;
      while test -e data/hold; do sleep 0.02; done;
      cat {one} > {out}/o
    outputs: [o]
  last: { uses: command, from: { two: slow }, run: \"cat {two} > {out}/o\", outputs: [o] }
";

/// A stage that reads a file and then works while `data/hold` is there.
const READER: &str = "\
stages:
  a:
    uses: command
    files: { i: data/in }
    run: >
      cat {i} > {out}/o; touch data/began;
      while test -e data/hold; do sleep 0.02; done
    outputs: [o]
";

/// A project whose stage `slow` waits, and a run that has come so far.
fn waiting() -> (Project, crate::project::Running) {
    let project = Project::of(SLOW).file("data/hold", "");
    let running = project.start(&[]);
    eventually("the slow stage to begin", || project.exists("data/began"));
    (project, running)
}

fn goes_on(project: &Project) {
    let _ = fs_err::remove_file(project.path("data/hold"));
    let run = project.run(&[]);
    assert_eq!(run.fresh(), ["first"], "{}", run.stdout);
    assert_eq!(run.executed(), ["slow", "last"]);
    assert_eq!(project.text("artifacts/p/last/o"), "1\n");
}

#[test]
fn ctrl_c_ends_with_130_and_keeps_what_was_finished() {
    for signal in [Signal::INT, Signal::TERM] {
        let (project, running) = waiting();
        running.signal(signal);
        let run = running.wait();
        assert_eq!(
            (run.code, run.json["outcome"].as_str()),
            (130, Some("interrupted")),
            "{}",
            run.stderr
        );
        assert_eq!(
            (run.executed(), run.ended("interrupted")),
            (vec!["first".into()], vec!["slow".to_owned(), "last".to_owned()])
        );
        assert!(!project.exists("artifacts/p/slow"));
        goes_on(&project);
    }
}

#[test]
fn a_stage_of_many_files_stops_between_them() {
    let project = Project::of("stages: { a: { uses: compose, params: { songs: 100000 } } }\n");
    let running = project.start(&[]);
    let made = || project.listing("artifacts/work").iter().any(|path| path.ends_with(".mid"));
    eventually("the first songs", made);
    running.signal(Signal::INT);
    let run = running.wait();
    assert_eq!((run.code, run.ended("interrupted")), (130, vec!["a".into()]));
    assert!(run.stderr.contains("stopping"), "{}", run.stderr);
    assert!(!project.exists("artifacts/p/a"));
}

#[test]
fn an_interrupted_training_goes_on_and_ends_as_if_it_had_not_been() {
    let yaml = WHOLE.replace("epochs: 1,", "epochs: 300, songs_every: 1000,");
    let (straight, stopped) = (Project::of(&yaml), Project::of(&yaml));
    straight.run(&["--until", "train"]);
    let running = stopped.start(&["--until", "train"]);
    let kept =
        || stopped.listing("artifacts/work").iter().any(|path| path.contains("checkpoints/"));
    eventually("a checkpoint", kept);
    running.signal(Signal::INT);
    let run = running.wait();
    assert_eq!((run.code, run.ended("interrupted")), (130, vec!["train".into()]), "{}", run.stderr);
    let run = stopped.run(&["--until", "train"]);
    assert_eq!(run.executed(), ["train"]);
    for folder in ["artifacts/p/train/model", "artifacts/p/train/epochs"] {
        assert!(straight.files(folder) == stopped.files(folder), "{folder} differs");
    }
}

#[test]
fn a_run_that_waits_for_another_can_be_interrupted() {
    let (project, running) = waiting();
    let patient = project.start(&["--wait"]);
    // It listens for Ctrl-C before it asks for the lock, and the handler is what SigCgt shows.
    let listens = || {
        let path = format!("/proc/{}/status", patient.id());
        let status = fs_err::read_to_string(path).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & 2 != 0)
    };
    eventually("the waiting run to listen", listens);
    patient.signal(Signal::INT);
    assert_eq!(patient.wait().code, 130);
    project.remove("data/hold");
    assert_eq!(running.wait().code, 0);
}

#[test]
fn a_kill_needs_no_unlock_and_leaves_no_half_output() {
    let (project, running) = waiting();
    running.signal(Signal::KILL);
    assert_eq!(running.wait().code, -1);
    assert!(!project.exists("artifacts/p/slow"));
    let verdicts = project.verdicts(&[]);
    let told: Vec<&str> = verdicts.iter().map(|(_, verdict)| verdict.as_str()).collect();
    assert_eq!(told, ["fresh", "run", "waits"]);
    goes_on(&project);
}

#[test]
fn a_kill_leaves_the_last_outputs_readable() {
    let project = Project::of(SLOW);
    project.run(&[]);
    let before = project.files("artifacts/p");
    project.write("data/hold", "");
    project.remove("data/began");
    let running = project.start(&["--force", "slow"]);
    eventually("the slow stage to begin", || project.exists("data/began"));
    running.signal(Signal::KILL);
    running.wait();
    assert_eq!(project.files("artifacts/p"), before);
    project.remove("data/hold");
    assert_eq!(project.run(&[]).fresh().len(), 3);
}

#[test]
fn a_second_run_of_the_pipeline_says_who_holds_it() {
    let (project, running) = waiting();
    let second = project.call(&["run", "p"]);
    assert_eq!((second.code, second.error("code")), (4, "locked"), "{}", second.stdout);
    let message = second.error("message");
    let holder = format!("pipeline 'p' is in use by process {} on ", running.id());
    assert!(message.starts_with(&holder) && message.ends_with("run p --json"), "{message}");
    assert!(second.error("hint").contains("--wait"));
    project.remove("data/hold");
    assert_eq!(running.wait().executed(), ["first", "slow", "last"]);
}

#[test]
fn a_second_run_may_wait_and_then_finds_everything_done() {
    let (project, running) = waiting();
    let timed = project.call(&["run", "p", "--wait=0.01"]);
    assert_eq!(timed.code, 4, "{}", timed.stdout);
    let patient = project.start(&["--wait"]);
    project.remove("data/hold");
    assert_eq!(running.wait().code, 0);
    let patient = patient.wait();
    assert_eq!((patient.code, patient.fresh().len()), (0, 3), "{}", patient.stdout);
}

#[test]
fn readers_and_other_pipelines_do_not_wait() {
    let (project, running) = waiting();
    assert_eq!(project.verdicts(&[])[0].1, "fresh");
    assert_eq!(project.call(&["run", "p", "--dry-run"]).code, 0);
    project.write(
        "pipelines/q.yaml",
        "stages: { a: { uses: command, run: \"touch {out}/x\", outputs: [x] } }\n",
    );
    assert_eq!(project.call(&["run", "q"]).executed(), ["a"]);
    project.remove("data/hold");
    assert_eq!(running.wait().code, 0);
}

#[test]
fn an_input_that_changes_while_it_is_read_commits_nothing_of_the_old() {
    let project = Project::of(READER);
    project.write("data/in", "old");
    project.write("data/hold", "");
    let running = project.start(&[]);
    eventually("the stage to begin", || project.exists("data/began"));
    project.write("data/in", "newer");
    project.remove("data/hold");
    let run = running.wait();
    assert_eq!(run.executed(), ["a"], "{}", run.stdout);
    assert!(run.stderr.contains("changed while it was read"), "{}", run.stderr);
    assert_eq!(project.text("artifacts/p/a/o"), "newer");
    assert_eq!(project.listing("artifacts/store/records").len(), 1);
    assert_eq!(project.run(&[]).fresh(), ["a"]);
}
