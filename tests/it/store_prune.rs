//! `store prune` frees space and removes nothing that is needed.

use crate::project::{Outcome, Project, eventually};
use crate::stored::{artifacts, damage, disk_usage};
use crate::tiny::{WHOLE, chain};
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// A stage that writes a number, and one that reads it.
const NUMBER: &str = "\
stages:
  say: { uses: command, run: \"echo number 0 > {out}/o\", outputs: [o] }
  copy: { uses: command, from: { o: say }, run: \"cat {o} {o} > {out}/o\", outputs: [o] }
";

/// [`NUMBER`] after one run with each number below `runs`.
fn numbers(runs: u32) -> Project {
    let project = Project::of(NUMBER);
    (0..runs).for_each(|number| say(&project, number));
    project
}

fn set(project: &Project, number: u32) {
    project.write("pipelines/p.yaml", NUMBER.replace("number 0", &format!("number {number}")));
}

fn say(project: &Project, number: u32) {
    set(project, number);
    project.run(&[]);
}

fn prune(project: &Project, options: &[&str]) -> Outcome {
    let prune = project.call(&[&["store", "prune"], options].concat());
    assert_eq!(prune.code, 0, "{}\n{}", prune.stdout, prune.stderr);
    prune
}

/// Returns the outcome of the stages of `p` for a number.
fn outcome(project: &Project, number: u32) -> String {
    set(project, number);
    let run = project.run(&[]);
    assert_eq!(project.text("artifacts/p/copy/o"), format!("number {number}\n").repeat(2));
    run.pairs("outcome")[1].1.clone()
}

fn verified(project: &Project) {
    let verify = project.call(&["store", "verify"]);
    assert_eq!(verify.code, 0, "{}", verify.stdout);
    assert_eq!(verify.json["incomplete"].as_array().unwrap().len(), 0, "{}", verify.stdout);
}

#[test]
fn scenario_05_reverted_edit_is_restored_even_after_a_prune() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    let (before, pipeline) = (project.files("artifacts/p"), project.text("pipelines/p.yaml"));
    let edit = |project: &Project| {
        project.change("epochs: 1", "epochs: 2");
        let run = project.run(&[]);
        assert_eq!(run.executed(), ["train", "drawn", "report"]);
        assert_ne!(project.files("artifacts/p"), before);
    };
    let reverted = |project: &Project| {
        assert_eq!(project.verdicts(&[])[3].1, "restore");
        let start = Instant::now();
        let run = project.run(&[]);
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert_eq!((run.executed(), run.restored().len()), (vec![], 3), "{}", run.stdout);
        assert_eq!(project.files("artifacts/p"), before);
    };
    edit(&project);
    project.change("epochs: 2", "epochs: 1");
    reverted(&project);
    // A prune that keeps the record.
    project.change("epochs: 1", "epochs: 2");
    assert_eq!(project.run(&[]).restored().len(), 3);
    prune(&project, &["--keep", "2"]);
    project.change("epochs: 2", "epochs: 1");
    reverted(&project);
    // The file is removed and restored, as 'git stash' does: another inode, another time.
    project.change("epochs: 1", "epochs: 2");
    assert_eq!(project.run(&[]).restored().len(), 3);
    project.remove("pipelines/p.yaml");
    project.write("stashed.yaml", &pipeline);
    project.rename("stashed.yaml", "pipelines/p.yaml");
    reverted(&project);
    // A prune that removes the record: the outputs are recomputed.
    project.change("epochs: 1", "epochs: 2");
    assert_eq!(project.run(&[]).restored().len(), 3);
    prune(&project, &["--keep", "0"]);
    project.change("epochs: 2", "epochs: 1");
    assert_eq!(project.run(&[]).executed(), ["train", "drawn", "report"]);
    assert_eq!(project.files("artifacts/p"), before);
}

#[test]
fn records_of_the_newest_runs_are_kept() {
    let project = numbers(5);
    let prune = prune(&project, &["--keep", "2"]);
    assert_eq!(
        (prune.json["records"]["files"].as_u64(), prune.json["kept"]["records"].as_u64()),
        (Some(6), Some(4))
    );
    verified(&project);
    assert_eq!(project.run(&[]).fresh().len(), 2);
    assert_eq!(outcome(&project, 3), "restored");
    assert_eq!(outcome(&project, 2), "ran");
}

#[test]
fn runs_are_counted_per_pipeline() {
    let project = numbers(2).pipeline("q", &NUMBER.replace("number 0", "letter q"));
    assert_eq!(project.call(&["run", "q"]).code, 0);
    say(&project, 2);
    say(&project, 3);
    prune(&project, &["--keep", "1"]);
    assert_eq!(project.call(&["run", "q"]).fresh().len(), 2);
    project.remove("artifacts/q");
    assert_eq!(project.call(&["run", "q"]).restored().len(), 2);
}

#[test]
fn failed_runs_do_not_count() {
    let project = numbers(2);
    for number in 0..3 {
        project.change("cat {o} {o}", &format!("exit {}; cat {{o}} {{o}}", number + 1));
        assert_eq!(project.call(&["run", "p"]).code, 1);
        set(&project, 1);
    }
    prune(&project, &["--keep", "2"]);
    assert_eq!(outcome(&project, 0), "restored");
}

#[test]
fn inputs_of_a_run_of_one_stage_are_kept() {
    let project = numbers(2);
    set(&project, 0);
    project.run(&["--until", "say"]);
    // The newest run names only 'copy'; an earlier run computed its input.
    project.run(&["--only", "copy"]);
    prune(&project, &["--keep", "1"]);
    project.remove("artifacts/p");
    let run = project.run(&[]);
    assert_eq!((run.executed(), run.restored().len()), (vec![], 2));
}

#[test]
fn dry_run_reports_what_the_prune_frees_and_changes_nothing() {
    let project = numbers(4);
    project.write("artifacts/store/quarantine/old", "damaged");
    project.write("artifacts/p/.next-abc/new/x", "half");
    project.write("artifacts/store/records/command/.newXYZ", "{");
    project.write(&format!("artifacts/work/{}/attempt-x/out/o", "ab".repeat(32)), "half");
    let (before, room_before) = (artifacts(&project), disk_usage(&project));
    let mut plan = prune(&project, &["--keep", "1", "--runs", "--dry-run"]).json;
    assert_eq!(artifacts(&project), before);
    let mut done = prune(&project, &["--keep", "1", "--runs"]).json;
    for report in [&mut plan, &mut done] {
        report["dry_run"].take();
    }
    assert_eq!(plan, done);
    let locks = done["locks"]["bytes"].as_u64().unwrap();
    assert_eq!(done["bytes"].as_u64().unwrap(), room_before - disk_usage(&project) + locks);
    for (part, files) in
        [("records", 6), ("runs", 3), ("work", 1), ("leftovers", 2), ("quarantine", 1)]
    {
        assert_eq!(done[part]["files"], files, "{part}: {done}");
    }
    assert_eq!(project.listing("artifacts/store/locks"), ["store"]);
    assert!(project.exists("artifacts/p/.next-abc"), "it says that a publication was cut short");
    assert_eq!(project.listing("artifacts/work"), [""; 0]);
    verified(&project);
    let again = prune(&project, &["--keep", "1", "--runs"]).json;
    assert_eq!(again["bytes"], again["locks"]["bytes"], "nothing is left to free: {again}");
}

#[test]
fn run_folders_are_removed_only_on_request() {
    let project = numbers(4);
    prune(&project, &["--keep", "1"]);
    let folders = || fs_err::read_dir(project.path("artifacts/runs")).unwrap().count();
    assert_eq!(folders(), 4);
    prune(&project, &["--keep", "2", "--runs"]);
    assert_eq!(folders(), 2);
}

#[test]
fn blob_linked_into_a_run_folder_frees_nothing_until_both_are_removed() {
    const LARGE: u64 = 5_000_000;
    let project = Project::of(
        "stages: { a: { uses: command, run: \"head -c 5000000 /dev/zero > {out}/o\", outputs: [o] } }\n",
    );
    project.run(&[]);
    project.change("5000000", "5");
    project.run(&[]);
    let room_before = disk_usage(&project);
    let first = prune(&project, &["--keep", "1"]).json;
    assert_eq!(first["still_linked"]["bytes"], LARGE);
    assert!(first["bytes"].as_u64().unwrap() < LARGE && room_before - disk_usage(&project) < LARGE);
    let second = prune(&project, &["--keep", "1", "--runs"]).json;
    assert!(second["runs"]["bytes"].as_u64().unwrap() >= LARGE, "{second}");
    assert!(disk_usage(&project) < LARGE);
}

#[test]
fn checkpoints_of_interrupted_training_are_removed_only_on_request() {
    let project = Project::of(&WHOLE.replace("epochs: 1,", "epochs: 300, songs_every: 1000,"));
    let running = project.start(&["--until", "train"]);
    let checkpoints = || {
        let mut paths = project.listing("artifacts/work");
        paths.retain(|path| path.contains("kept/"));
        paths
    };
    eventually("a checkpoint", || checkpoints().iter().any(|path| path.contains("checkpoints/")));
    running.signal(Signal::KILL);
    running.wait();
    let kept = checkpoints();
    let work = kept[0].split_once("/kept").unwrap().0;
    project.write(&format!("artifacts/work/{work}/attempt-1/scratch/left"), "of the attempt");
    let pruned = prune(&project, &[]).json;
    assert_eq!(checkpoints(), kept);
    assert_eq!(pruned["kept"]["work"]["files"], kept.len());
    assert!(project.listing("artifacts/work").iter().all(|path| path.contains("kept/")));
    prune(&project, &["--work"]);
    assert_eq!(project.listing("artifacts/work"), [""; 0]);
}

/// Starts a run of `p` that is active until `data/hold` is removed.
fn active_run() -> (Project, crate::project::Running) {
    let project = chain();
    project.write("data/hold", "");
    project.change(
        "echo lone",
        "touch data/began; while test -e data/hold; do sleep 0.02; done; echo lone",
    );
    let running = project.start(&[]);
    eventually("the stage to start", || project.exists("data/began"));
    (project, running)
}

#[test]
fn prune_during_a_run_names_the_holder_or_waits() {
    let (project, running) = active_run();
    for options in [&["store", "prune"][..], &["store", "prune", "--wait=0.05"]] {
        let refused = project.call(options);
        assert_eq!((refused.code, refused.error("code")), (4, "locked"), "{}", refused.stdout);
        let holder = format!("process {} on ", running.id());
        assert!(refused.error("message").contains(&holder), "{}", refused.stdout);
    }
    let mut waiting = project.command(&["store", "prune", "--wait", "--json"]).spawn().unwrap();
    project.remove("data/hold");
    assert_eq!(running.wait().executed().len(), 4);
    assert!(waiting.wait().unwrap().success());
    assert_eq!(project.run(&[]).fresh().len(), 4);
}

#[test]
fn run_during_a_prune_waits_briefly_and_then_names_the_holder() {
    let project = chain();
    project.run(&[]);
    let lock = project.path("artifacts/store/locks/store");
    let text = format!("process {} on {}: partita store prune\n", std::process::id(), host());
    fs_err::write(&lock, text).unwrap();
    let held = fs_err::File::open(&lock).unwrap();
    held.file().lock().unwrap();
    let refused = project.call(&["run", "p"]);
    assert_eq!((refused.code, refused.error("code")), (4, "locked"), "{}", refused.stdout);
    assert!(refused.error("message").ends_with("partita store prune"), "{}", refused.stdout);
    assert_eq!(project.verdicts(&[])[0].1, "fresh", "a reader does not wait");
    let patient = project.start(&["--wait"]);
    drop(held);
    assert_eq!(patient.wait().fresh().len(), 4);
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[test]
fn prune_killed_at_any_instant_leaves_a_complete_store() {
    let project = numbers(12);
    let outputs = project.files("artifacts/p");
    let whole = project.files("artifacts/store");
    let mut cut_short = 0;
    for micros in (0..40).map(|step| step * 500) {
        project.remove("artifacts/store");
        for (path, bytes) in &whole {
            project.write(&format!("artifacts/store/{path}"), bytes);
        }
        let mut child = project
            .command(&["store", "prune", "--keep", "0", "--json"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(micros));
        let _ = child.kill();
        cut_short += usize::from(!child.wait().unwrap().success());
        verified(&project);
        assert_eq!(project.run(&[]).fresh().len(), 2, "after {micros} µs");
    }
    assert!(cut_short > 0);
    assert_eq!(project.files("artifacts/p"), outputs);
}

#[test]
fn prune_refuses_if_a_pointer_is_damaged() {
    let project = numbers(3);
    damage(&project.path("artifacts/store/current/p/say.json"), |bytes| bytes[90] ^= 1);
    let before = artifacts(&project);
    let refused = project.call(&["store", "prune", "--keep", "0"]);
    assert_eq!((refused.code, refused.error("code")), (5, "store_unsure"), "{}", refused.stdout);
    assert!(refused.error("message").contains("p/say"), "{}", refused.stdout);
    assert_eq!(artifacts(&project), before);
    assert_eq!(project.run(&[]).restored(), ["say"]);
    prune(&project, &["--keep", "0"]);
}

#[test]
fn prune_report_fits_80_columns() {
    let project = numbers(3);
    let call = project.call_plain(&["store", "prune", "--keep", "1"]);
    assert_eq!(call.code, 0);
    assert!(call.stdout.contains("freed ") && call.stdout.contains("records"), "{}", call.stdout);
    assert!(call.stdout.lines().all(|line| line.chars().count() <= 80), "{}", call.stdout);
}

/// A pipeline that writes one large file.
fn large(name: &str) -> String {
    format!(
        "stages: {{ a: {{ uses: command, run: \"head -c 300000 /dev/zero | tr '\\\\0' {name} > {{out}}/x\", \
         outputs: [x] }} }}\n"
    )
}

#[test]
fn blobs_of_a_deleted_pipeline_are_freed_and_its_outputs_are_reported() {
    let project = Project::of(&large("p")).pipeline("gone", &large("g"));
    project.run(&[]);
    assert_eq!(project.call(&["run", "gone"]).code, 0);
    project.remove("pipelines/gone.yaml");
    let arguments = ["store", "prune", "--keep", "0", "--runs", "--work"];
    let dry = project.call(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.json["pointers"]["files"], 1, "{}", dry.stdout);
    assert_eq!(dry.json["stray"][0]["stage"]["pipeline"], "gone", "{}", dry.stdout);
    let prune = project.call_plain(&arguments);
    assert!(prune.stdout.contains("artifacts/gone/a (300.0 kB)"), "{}", prune.stdout);
    let sizes = project.files("artifacts/store/blobs").into_values().map(|blob| blob.len());
    assert_eq!(sizes.filter(|&size| size == 300_000).count(), 1, "that of p");
    assert!(project.exists("artifacts/gone/a/x"), "visible outputs stay");
    assert_eq!(project.run(&[]).fresh(), ["a"]);
    project.remove("artifacts/gone");
    assert_eq!(project.call(&arguments).json["stray"], serde_json::json!([]));
}

#[test]
fn pipeline_with_an_error_and_one_elsewhere_keep_their_records() {
    let project = Project::of(&large("p")).file("elsewhere/q.yaml", large("q"));
    project.run(&[]);
    assert_eq!(project.call(&["run", "elsewhere/q.yaml"]).code, 0);
    let text = project.text("pipelines/p.yaml");
    project.write("pipelines/p.yaml", "stages: {");
    let prune = project.call(&["store", "prune", "--keep", "1"]);
    assert_eq!(prune.json["pointers"]["files"], 0, "{}", prune.stdout);
    project.write("pipelines/p.yaml", text);
    assert_eq!(project.run(&[]).fresh(), ["a"]);
    assert_eq!(project.call(&["run", "elsewhere/q.yaml"]).fresh(), ["a"]);
}

#[test]
fn outputs_of_a_renamed_stage_move_to_its_new_name() {
    let project = Project::of(&large("p"));
    project.run(&[]);
    project.write("artifacts/p/a/notes.txt", "mine");
    project.change("{ a:", "{ b:");
    let run = project.run(&[]);
    assert_eq!(run.restored(), ["b"]);
    assert!(
        run.stderr.contains("removed artifacts/p/a: 'b' has the same outputs"),
        "{}",
        run.stderr
    );
    assert!(!project.exists("artifacts/p/a"));
    assert_eq!(project.text("artifacts/p/a~edited/notes.txt"), "mine");
    assert!(project.exists("artifacts/p/b/x"));
    assert_eq!(project.run(&[]).fresh(), ["b"]);
}
