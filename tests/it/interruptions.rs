//! Ctrl-C and kills: finished stages are kept, partial outputs are never used, no unlock is needed.

use crate::project::{Project, eventually};
use crate::tiny::WHOLE;
use rustix::process::Signal;

/// `first` is quick; `slow` writes that it began and runs while `data/hold` exists; `last` reads its
/// output.
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

/// A stage that reads a file and then runs while `data/hold` exists.
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

/// A project, and a run of it whose stage `slow` has begun.
fn project_with_slow_run() -> (Project, crate::project::Running) {
    let project = Project::of(SLOW).file("data/hold", "");
    let running = project.start(&[]);
    eventually("the slow stage to begin", || project.exists("data/began"));
    (project, running)
}

fn assert_resumes(project: &Project) {
    let _ = fs_err::remove_file(project.path("data/hold"));
    let run = project.run(&[]);
    assert_eq!(run.fresh(), ["first"], "{}", run.stdout);
    assert_eq!(run.executed(), ["slow", "last"]);
    assert_eq!(project.text("artifacts/p/last/o"), "1\n");
}

#[test]
fn ctrl_c_exits_with_130_and_keeps_finished_stages() {
    for signal in [Signal::INT, Signal::TERM] {
        let (project, running) = project_with_slow_run();
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
        assert_resumes(&project);
    }
}

#[test]
fn stage_with_many_files_stops_between_files() {
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
fn interrupted_training_resumes_with_equal_outputs() {
    let yaml = WHOLE.replace("epochs: 1,", "epochs: 300, songs_every: 1000,");
    let straight = Project::of(&yaml);
    straight.run(&["--until", "train"]);
    for (signal, code) in [(Signal::INT, 130), (Signal::KILL, -1)] {
        let stopped = Project::of(&yaml);
        let running = stopped.start(&["--until", "train"]);
        let kept = || {
            let mut files = stopped.listing("artifacts/work").into_iter();
            files.any(|path| path.ends_with("checkpoints/checkpoint.safetensors"))
        };
        eventually("a checkpoint", kept);
        running.signal(signal);
        assert_eq!(running.wait().code, code);
        assert!(!stopped.exists("artifacts/p/train"));
        let run = stopped.run(&["--until", "train"]);
        assert_eq!(run.executed(), ["train"]);
        assert!(run.stderr.contains("resuming after epoch "), "{}", run.stderr);
        for folder in ["artifacts/p/train/model", "artifacts/p/train/epochs"] {
            assert!(straight.files(folder) == stopped.files(folder), "{folder} differs");
        }
    }
}

#[test]
fn kill_needs_no_unlock_and_leaves_no_partial_output() {
    let (project, running) = project_with_slow_run();
    running.signal(Signal::KILL);
    assert_eq!(running.wait().code, -1);
    assert!(!project.exists("artifacts/p/slow"));
    let verdicts = project.verdicts(&[]);
    let verdicts: Vec<&str> = verdicts.iter().map(|(_, verdict)| verdict.as_str()).collect();
    assert_eq!(verdicts, ["fresh", "run", "waits"]);
    assert_resumes(&project);
}

#[test]
fn kill_leaves_the_last_outputs_readable() {
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
fn input_that_changes_while_read_is_not_recorded() {
    let project = Project::of(READER);
    project.write("data/in", "old");
    project.write("data/hold", "");
    let running = project.start(&[]);
    eventually("the stage to begin", || project.exists("data/began"));
    project.write("data/in", "newer");
    project.remove("data/hold");
    let run = running.wait();
    assert_eq!(run.executed(), ["a"], "{}", run.stdout);
    assert!(run.stderr.contains("changed while being read"), "{}", run.stderr);
    assert_eq!(project.text("artifacts/p/a/o"), "newer");
    assert_eq!(project.listing("artifacts/store/records").len(), 1);
    assert_eq!(project.run(&[]).fresh(), ["a"]);
}
