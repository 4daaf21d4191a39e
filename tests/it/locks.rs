//! Concurrent runs: of one pipeline, one runs and the others name the run that they wait for; several
//! pipelines run in parallel, and shared stages are computed once.

use crate::project::{Project, Running, eventually};
use crate::tiny;
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// `shared` logs each time that it runs, and runs while `data/hold` exists.
const SHARED: &str = "\
stages:
  shared:
    uses: command
    run: >
      echo ran >> data/runs; while test -e data/hold; do sleep 0.02; done; echo 1 > {out}/o
    outputs: [o]
  own: { uses: command, from: { one: shared }, run: \"cat {one} > {out}/o; echo NAME >> {out}/o\",
         outputs: [o] }
";

/// Pipelines with these names that differ only in their stage `own`; `shared` waits.
fn pipelines(names: &[&str]) -> Project {
    let project = Project::new().file("data/hold", "");
    names
        .iter()
        .fold(project, |project, name| project.pipeline(name, &SHARED.replace("NAME", name)))
}

/// The pipeline `p`, and a run of it whose stage waits.
fn project_with_running_stage() -> (Project, Running) {
    let project = pipelines(&["p"]);
    let running = start(&project, "p", &[]);
    eventually("the stage to begin", || project.exists("data/runs"));
    (project, running)
}

fn start(project: &Project, pipeline: &str, options: &[&str]) -> Running {
    project.start_of(&[&["run", pipeline, "--json"], options].concat())
}

/// Returns how often the shared stage ran.
fn runs(project: &Project) -> usize {
    project.text("data/runs").lines().count()
}

/// Returns true if a run waits for the lock of a pipeline.
fn waits_for_lock(run: &Running, pipeline: &str) -> bool {
    let lock = format!("store/locks/pipeline-{pipeline}");
    let open = fs_err::read_dir(format!("/proc/{}/fd", run.id())).into_iter().flatten().flatten();
    open.filter_map(|file| fs_err::read_link(file.path()).ok()).any(|path| path.ends_with(&lock))
}

/// Returns true if the run of a pipeline prints that it waits for a process.
fn prints_wait_for(project: &Project, pipeline: &str, process: u32) -> bool {
    let message = format!("waits for process {process} on ");
    let is_in = |path: &String| {
        let text = fs_err::read_to_string(project.path("artifacts/runs").join(path));
        let text = text.unwrap_or_default();
        text.contains(&message) && text.contains(&format!("\"pipeline\":\"{pipeline}\""))
    };
    let mut files = project.listing("artifacts/runs").into_iter();
    files.any(|path| path.ends_with("events.jsonl") && is_in(&path))
}

#[test]
fn scenario_10_two_runs_at_once() {
    let (project, first) = project_with_running_stage();
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let holder = format!("process {} on {host}: ", first.id());

    let second = project.call(&["run", "p"]);
    assert_eq!((second.code, second.error("code")), (4, "locked"), "{}", second.stdout);
    let message = second.error("message");
    assert!(message.starts_with(&format!("pipeline 'p' is in use by {holder}")), "{message}");
    assert!(message.ends_with("partita run p --json"), "{message}");
    assert!(second.error("hint").contains("--wait"));
    let refused = project.call_plain(&["run", "p"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (4, ""));
    assert!(
        refused.stderr.contains(&holder) && refused.stderr.contains("hint: "),
        "{}",
        refused.stderr
    );

    let asked = Instant::now();
    let timed = project.call(&["run", "p", "--wait=0.2"]);
    assert!(timed.code == 4 && asked.elapsed() >= Duration::from_millis(200), "{}", timed.stdout);
    assert!(timed.stderr.contains(&format!("waiting for {holder}")), "{}", timed.stderr);

    let patient = [start(&project, "p", &["--wait"]), start(&project, "p", &["--wait=60"])];
    patient.iter().for_each(|run| eventually("a third run to ask", || waits_for_lock(run, "p")));
    project.remove("data/hold");
    assert_eq!(first.wait().executed(), ["shared", "own"]);
    for run in patient.map(Running::wait) {
        assert_eq!((run.code, run.fresh().len()), (0, 2), "{}\n{}", run.stdout, run.stderr);
    }
    assert_eq!(runs(&project), 1);
}

#[test]
fn readers_never_wait_and_take_no_lock() {
    let project = tiny::corpus();
    let held = SHARED.replace("stages:\n", "").replace("NAME", "p");
    project.write("pipelines/p.yaml", format!("{}{held}", tiny::CORPUS));
    project.run(&["--until", "rolls"]);
    project.write("data/hold", "");
    let running = project.start(&[]);
    eventually("the stage to begin", || project.exists("data/runs"));
    let locks = || project.listing("artifacts/store/locks");
    let before = locks();
    assert!(before.len() > 1, "{before:?}");
    for reader in [
        &["status", "p"][..],
        &["explain", "p"],
        &["explain", "p", "rolls"],
        &["run", "p", "--dry-run"],
        &["graph", "p"],
        &["stats", "p/catalog"],
        &["runs", "list"],
        &["list"],
    ] {
        let asked = project.call(reader);
        assert_eq!(asked.code, 0, "{reader:?}: {}{}", asked.stdout, asked.stderr);
    }
    assert_eq!(locks(), before);
    project.remove("data/hold");
    assert_eq!(running.wait().code, 0);
}

#[test]
fn other_pipelines_do_not_wait() {
    let (project, running) = project_with_running_stage();
    project.write("pipelines/q.yaml", tiny::CHAIN);
    project.write("data/text.txt", "b\na\n");
    assert_eq!(project.call(&["run", "q"]).executed().len(), 4);
    project.remove("data/hold");
    assert_eq!(running.wait().code, 0);
}

#[test]
fn stage_shared_by_two_pipelines_runs_once() {
    let project = pipelines(&["p", "q"]);
    let first = start(&project, "p", &[]);
    eventually("the stage to begin", || project.exists("data/runs"));
    let second = start(&project, "q", &[]);
    eventually("the second to wait", || prints_wait_for(&project, "q", first.id()));
    project.remove("data/hold");
    let (first, second) = (first.wait(), second.wait());
    assert_eq!(first.executed(), ["shared", "own"], "{}", first.stderr);
    assert_eq!((second.code, second.executed()), (0, vec!["own".into()]), "{}", second.stderr);
    assert_eq!(second.restored(), ["shared"]);
    assert_eq!(runs(&project), 1);
    assert_eq!(project.text("artifacts/q/shared/o"), "1\n");
    assert_eq!(project.text("artifacts/q/own/o"), "1\nq\n");
}

#[test]
fn stage_shared_by_three_parallel_pipelines_runs_once() {
    for _ in 0..5 {
        let names = ["p", "q", "r"];
        let project = pipelines(&names);
        project.remove("data/hold");
        let running = names.map(|name| start(&project, name, &[]));
        let ended = running.map(Running::wait);
        for (name, run) in names.iter().zip(&ended) {
            assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
            assert_eq!(project.text(&format!("artifacts/{name}/own/o")), format!("1\n{name}\n"));
        }
        let how = |how: &str| {
            ended.iter().filter(|run| run.ended(how).contains(&"shared".to_owned())).count()
        };
        assert_eq!((how("ran"), how("restored")), (1, 2));
        assert_eq!(runs(&project), 1);
    }
}

#[test]
fn waiting_run_takes_over_after_a_kill() {
    let project = pipelines(&["p", "q"]);
    let first = start(&project, "p", &[]);
    eventually("the stage to begin", || project.exists("data/runs"));
    let second = start(&project, "q", &[]);
    eventually("the second to wait", || prints_wait_for(&project, "q", first.id()));
    first.signal(Signal::KILL);
    assert_eq!(first.wait().code, -1);
    eventually("the second to work", || runs(&project) == 2);
    project.remove("data/hold");
    assert_eq!(second.wait().executed(), ["shared", "own"]);
    assert_eq!(start(&project, "p", &[]).wait().restored(), ["shared"]);
}

#[test]
fn wait_for_a_stage_can_be_interrupted() {
    let project = pipelines(&["p", "q"]);
    let first = start(&project, "p", &[]);
    eventually("the stage to begin", || project.exists("data/runs"));
    let second = start(&project, "q", &[]);
    eventually("the second to wait", || prints_wait_for(&project, "q", first.id()));
    second.signal(Signal::INT);
    let second = second.wait();
    assert_eq!((second.code, second.ended("interrupted").len()), (130, 2), "{}", second.stderr);
    project.remove("data/hold");
    assert_eq!(first.wait().code, 0);
    assert_eq!(runs(&project), 1);
}

#[test]
fn wait_for_a_pipeline_can_be_interrupted() {
    let (project, running) = project_with_running_stage();
    let patient = start(&project, "p", &["--wait"]);
    // It listens for Ctrl-C before it waits.
    eventually("the waiting run to ask", || waits_for_lock(&patient, "p"));
    patient.signal(Signal::INT);
    let patient = patient.wait();
    assert_eq!((patient.code, patient.error("code")), (130, "interrupted"), "{}", patient.stdout);
    project.remove("data/hold");
    assert_eq!(running.wait().code, 0);
}

#[test]
fn lock_file_of_a_dead_process_is_ignored() {
    let project = pipelines(&["p"]);
    project.remove("data/hold");
    project.run(&[]);
    let locks = project.listing("artifacts/store/locks");
    assert!(locks.iter().any(|name| name == "pipeline-p"), "{locks:?}");
    for name in &locks {
        project.write(
            &format!("artifacts/store/locks/{name}"),
            "process 4194303 on elsewhere: partita run p\n",
        );
    }
    assert_eq!(project.run(&["--force", "shared"]).executed(), ["shared"]);
    assert_eq!(runs(&project), 2);
}
