//! Interrupted training resumes within an epoch, or is finished early and can still be completed later.

use crate::kills::{copy, run_and_kill};
use crate::project::{Outcome, Project, eventually};
use crate::tiny::{STAGES, WHOLE};
use crate::watched::FileEvent;
use rustix::process::Signal;
use serde_json::Value;
use std::cell::Cell;

/// Many epochs of a few steps each, to be interrupted between epochs.
fn many_epochs() -> String {
    WHOLE.replace("epochs: 1,", "epochs: 300, songs_every: 1000,")
}

/// Two epochs of many steps each.
fn long_epochs(checkpoint_minutes: &str) -> String {
    let more = WHOLE.replace("songs: 6", "songs: 60").replace("batch: 8", "batch: 1");
    let minutes = format!("epochs: 2, checkpoint_minutes: {checkpoint_minutes},");
    more.replace("epochs: 1,", &minutes)
}

/// Returns the position of the only checkpoint: the epoch, the steps done in it, and all steps done.
fn checkpoint(project: &Project) -> Option<[u64; 3]> {
    let mut files = project.listing("artifacts/work").into_iter();
    let file = files.find(|path| path.ends_with("checkpoints/checkpoint.safetensors"))?;
    let bytes = fs_err::read(project.path("artifacts/work").join(file)).ok()?;
    let length = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?) as usize;
    let header: Value = serde_json::from_slice(bytes.get(8..8 + length)?).ok()?;
    let state: Value = serde_json::from_str(header["__metadata__"]["state"].as_str()?).ok()?;
    Some(["epoch", "step", "steps"].map(|key| state[key].as_u64().unwrap()))
}

/// Trains until a checkpoint has the wanted position, then ends the run with a signal.
fn train_until(yaml: &str, signal: Signal, wanted: impl Fn([u64; 3]) -> bool) -> Project {
    let project = Project::of(yaml);
    let running = project.start(&[]);
    eventually("a checkpoint", || checkpoint(&project).is_some_and(&wanted));
    running.signal(signal);
    running.wait();
    assert!(!project.exists("artifacts/p/train"));
    project
}

/// Returns a training interrupted after the first of many epochs.
fn interrupted_after_an_epoch(signal: Signal) -> Project {
    train_until(&many_epochs(), signal, |_| true)
}

/// Returns an uninterrupted training of many epochs.
fn uninterrupted() -> Project {
    let project = Project::of(&many_epochs());
    project.run(&[]);
    project
}

fn assert_equal(one: &Project, other: &Project) {
    for stage in STAGES {
        let folder = format!("artifacts/p/{stage}");
        let files = one.files(&folder);
        assert!(!files.is_empty() && files == other.files(&folder), "{stage} differs");
    }
}

fn reason<'a>(answer: &'a Outcome, stage: &str) -> &'a str {
    answer.stage(stage)["reasons"][0]["code"].as_str().unwrap_or_default()
}

fn partial(run: &Outcome) -> String {
    run.stage("train")["partial"].as_str().unwrap_or_default().to_owned()
}

/// Returns the step of a run's first progress event.
fn first_step(project: &Project, run: &Outcome) -> u64 {
    let events = project.text(&format!("{}/events.jsonl", project.run_folder(run)));
    let mut events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let first = events.find(|event| event["event"] == "progress" && event["stage"] == "train");
    first.unwrap()["done"].as_u64().unwrap()
}

#[test]
fn kill_within_an_epoch_loses_less_than_the_epoch_and_changes_no_weight() {
    let straight = Project::of(&long_epochs("0"));
    let whole = straight.run(&["--until", "train"]);
    assert_eq!(first_step(&straight, &whole), 1);
    for epoch in [1, 2] {
        let often = long_epochs("0.000001");
        let killed = train_until(&often, Signal::KILL, |[at, step, _]| at == epoch && step >= 20);
        let [_, _, steps] = checkpoint(&killed).unwrap();
        let run = killed.run(&["--until", "train"]);
        assert_eq!(first_step(&killed, &run), steps + 1, "no step of the checkpoint is done again");
        for folder in ["artifacts/p/train/model", "artifacts/p/train/epochs"] {
            assert!(straight.files(folder) == killed.files(folder), "{folder} differs");
        }
        assert_eq!(run.pairs("fingerprint"), whole.pairs("fingerprint"));
    }
}

#[test]
fn early_finish_is_reported_until_the_training_is_complete() {
    let project = interrupted_after_an_epoch(Signal::KILL);
    let plan = project.call(&["run", "p", "--finish-early", "--dry-run"]);
    assert_eq!((plan.code, reason(&plan, "train")), (0, "finishes"), "{}", plan.stdout);
    let run = project.run(&["--finish-early"]);
    assert_eq!(run.executed(), ["train", "drawn", "report"]);
    let what = partial(&run);
    assert!(what.starts_with("finished early ") && what.ends_with(" of 300"), "{what}");
    assert!(project.exists("artifacts/p/drawn/songs/midi"));
    let page = project.text("artifacts/p/report/report.html");
    assert!(page.contains(&format!("Its training {what}.")));
    // Every output of the run says so.
    let folder = project.run_folder(&run);
    let id = run.json["run"].as_str().unwrap();
    assert!(project.text(&format!("{folder}/{id}_info.txt")).contains(&format!("[train]  {what}")));
    assert!(project.text(&format!("{folder}/events.jsonl")).contains(&format!("\"{what}\"")));
    let shown = project.call(&["runs", "show", "last"]);
    assert_eq!(shown.stage("train")["partial"], *what);
    assert!(project.call_plain(&["runs", "show", "last"]).stdout.contains("finished early"));
    // So does every reader.
    for _ in 0..2 {
        let status = project.call(&["status", "p"]);
        let verdicts = status.pairs("verdict");
        let verdicts: Vec<&str> = verdicts.iter().map(|(_, verdict)| verdict.as_str()).collect();
        assert_eq!(verdicts, ["fresh", "fresh", "fresh", "run", "waits", "waits"]);
        let first = &status.stage("train")["reasons"][0];
        assert_eq!((&first["code"], &first["what"]), (&"partial".into(), &what.as_str().into()));
        assert_eq!(status.stage("train")["reasons"][1]["code"], "resumes");
        let text = project.call_plain(&["status", "p"]).stdout;
        assert!(text.lines().nth(3).unwrap().contains(&what), "{text}");
        assert!(project.call_plain(&["explain", "p", "train"]).stdout.contains(&what));
        assert_eq!(project.call(&["status", "p", "--exit-code"]).code, 3);
        // A downstream stage may use the partial outputs, with a warning.
        let below = project.run(&["--only", "drawn", "--force", "drawn"]);
        assert!(below.stderr.contains(&what), "{}", below.stderr);
    }
    let whole = project.run(&[]);
    assert_eq!((whole.executed().len(), partial(&whole).as_str()), (3, ""));
    assert!(whole.stderr.contains("resuming after epoch "), "{}", whole.stderr);
    assert_equal(&uninterrupted(), &project);
    assert!(project.run(&[]).fresh().len() == STAGES.len());
    assert!(project.listing("artifacts/work").is_empty());
}

#[test]
fn partial_record_is_never_used_as_complete() {
    let project = interrupted_after_an_epoch(Signal::INT);
    let first = project.run(&["--finish-early"]);
    // Neither restored nor fresh, also after an edit and its reversal.
    project.change("epochs: 300,", "epochs: 1,");
    assert_eq!(project.run(&[]).executed(), ["train", "drawn", "report"]);
    project.change("epochs: 1,", "epochs: 300,");
    let status = project.call(&["status", "p"]);
    assert_eq!(status.stage("train")["verdict"], "run");
    // Reverted and finished early: the same partial outputs again.
    let again = project.run(&["--finish-early"]);
    assert_eq!((again.executed(), partial(&again)), (vec!["train".to_owned()], partial(&first)));
    assert_eq!(again.restored(), ["drawn", "report"], "they have seen this part before");
    let thrice = project.run(&["--finish-early"]);
    assert_eq!(thrice.fresh().len(), STAGES.len() - 1, "{}", thrice.stdout);
    assert_eq!(reason(&project.call(&["status", "p"]), "train"), "partial");
    let verify = project.call(&["store", "verify"]);
    assert_eq!(verify.code, 0, "{}", verify.stdout);
    let whole = project.run(&[]);
    assert!(whole.executed().contains(&"train".to_owned()));
    assert_equal(&uninterrupted(), &project);
    // Once there is a complete record, an early finish has nothing to do.
    let run = project.run(&["--finish-early"]);
    assert_eq!(run.fresh().len(), STAGES.len());
    assert!(run.stderr.contains("nothing to finish early"), "{}", run.stderr);
}

#[test]
fn early_finish_without_a_checkpoint_is_refused() {
    let never = Project::of(&many_epochs());
    never.run(&["--until", "rolls"]);
    let before = never.listing("artifacts/runs");
    let refused = never.call(&["run", "p", "--finish-early"]);
    assert_eq!((refused.code, refused.error("code")), (2, "no_checkpoint"), "{}", refused.stdout);
    assert!(refused.error("message").contains("never ran"), "{}", refused.stdout);
    assert!(!refused.error("hint").is_empty());
    assert_eq!(never.call(&["run", "p", "--finish-early", "--dry-run"]).code, 2);
    assert_eq!(never.listing("artifacts/runs"), before);
    // Interrupted before its first checkpoint, after the untrained network generated songs.
    let early = Project::of(&long_epochs("0"));
    let running = early.start(&[]);
    let began = || early.listing("artifacts/work").iter().any(|path| path.contains("/epoch0_"));
    eventually("the first songs", began);
    running.signal(Signal::KILL);
    running.wait();
    assert_eq!(checkpoint(&early), None, "the test came too late");
    assert_eq!(reason(&early.call(&["status", "p"]), "train"), "interrupted");
    let refused = early.call(&["run", "p", "--finish-early"]);
    assert_eq!((refused.code, refused.error("code")), (2, "no_checkpoint"), "{}", refused.stdout);
    assert!(refused.error("message").contains("interrupted"), "{}", refused.stdout);
    // If it is known only later, the stage fails instead of training for hours.
    let waits = Project::of(&many_epochs());
    let run = waits.call(&["run", "p", "--finish-early"]);
    assert_eq!((run.code, run.ended("failed")), (1, vec!["train".into()]), "{}", run.stdout);
    assert!(run.stage("train")["hint"].as_str().unwrap().contains("--finish-early"));
    assert_eq!(reason(&waits.call(&["status", "p"]), "train"), "never_ran");
    assert_eq!(waits.run(&[]).executed().len(), 3, "it is no obstacle");
}

#[test]
fn keep_going_finishes_the_instances_with_a_checkpoint() {
    let sweep = many_epochs().replace(
        "from: { samples: rolls }\n    params",
        "from: { samples: rolls }\n    matrix: { beta: [0.1, 0.2] }\n    params",
    );
    let sweep = sweep.replace("  report: { uses", "  none: { uses");
    let project = Project::of(&sweep);
    let running = project.start(&["--jobs", "1", "--until", "drawn"]);
    eventually("a checkpoint", || checkpoint(&project).is_some());
    running.signal(Signal::INT);
    running.wait();
    assert_eq!(project.call(&["run", "p", "--finish-early", "--until", "drawn"]).code, 2);
    let run = project.call(&["run", "p", "--finish-early", "--keep-going", "--until", "drawn"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert_eq!(run.executed(), ["train[beta=0.1]", "drawn[beta=0.1]"]);
    assert_eq!(run.ended("failed"), ["train[beta=0.2]"]);
}

#[test]
fn prune_keeps_the_checkpoint_and_the_partial_outputs() {
    let project = interrupted_after_an_epoch(Signal::KILL);
    project.run(&["--finish-early"]);
    let before = project.files("artifacts/p");
    let prune = project.call(&["store", "prune", "--keep", "0", "--runs"]);
    assert_eq!(prune.code, 0, "{}", prune.stdout);
    assert!(prune.json["kept"]["work"]["files"].as_u64().unwrap() > 0, "{}", prune.stdout);
    project.remove("artifacts/p/train");
    let status = project.call(&["status", "p"]);
    assert_eq!(reason(&status, "train"), "partial");
    let run = project.run(&["--finish-early"]);
    assert_eq!(run.executed(), ["train"]);
    assert!(project.files("artifacts/p") == before);
    let whole = project.run(&[]);
    assert!(whole.stderr.contains("resuming after epoch "), "{}", whole.stderr);
    assert_equal(&uninterrupted(), &project);
}

#[test]
fn training_killed_after_its_last_epoch_finishes_as_complete() {
    let yaml = WHOLE.replace("epochs: 1,", "epochs: 2,");
    let straight = Project::of(&yaml);
    straight.run(&[]);
    let last = |event: &FileEvent| {
        let path = event.path.to_string_lossy();
        event.renamed && path.ends_with("checkpoints/checkpoint.safetensors")
    };
    let project = Project::of(&yaml);
    project.run(&["--until", "rolls"]);
    let seen = Cell::new(0);
    let killed = run_and_kill(&project, &["--until", "train"], |event| {
        seen.set(seen.get() + usize::from(last(event)));
        seen.get() == 2
    });
    assert!(killed, "the test came too late");
    let recorded = project.listing("artifacts/store/records/train").len();
    let run = project.run(&["--finish-early"]);
    // The kill may come after the record was written: then nothing is left to do.
    let how = if recorded == 0 { "ran" } else { "restored" };
    assert_eq!(run.stage("train")["outcome"], how, "{}", run.stdout);
    assert_eq!(partial(&run), "");
    assert_equal(&straight, &project);
    assert_eq!(project.run(&[]).fresh().len(), STAGES.len());
}

#[test]
fn kill_at_any_instant_of_an_early_finish_leaves_a_resumable_training() {
    let (straight, before) = (uninterrupted(), interrupted_after_an_epoch(Signal::KILL));
    let events = Cell::new(0);
    let counting = copy(&before);
    run_and_kill(&counting, &["--finish-early"], |_| {
        events.set(events.get() + 1);
        false
    });
    let (all, points) = (events.get(), 8);
    let mut kills = 0;
    for nth in (0..points).map(|point| 1 + point * all / points) {
        let project = copy(&before);
        let seen = Cell::new(0);
        kills += usize::from(run_and_kill(&project, &["--finish-early"], |_| {
            seen.set(seen.get() + 1);
            seen.get() == nth
        }));
        let what = format!("killed after event {nth} of {all}");
        let status = project.call(&["status", "p"]);
        assert_eq!(status.stage("train")["verdict"], "run", "{what}: {}", status.stdout);
        if nth % 2 == 0 {
            let run = project.run(&["--finish-early"]);
            assert!(partial(&run).starts_with("finished early"), "{what}: {}", run.stdout);
        }
        let whole = project.run(&[]);
        assert!(whole.stderr.contains("resuming after epoch "), "{what}: {}", whole.stderr);
        assert_equal(&straight, &project);
    }
    assert!(kills >= points / 2, "only {kills} kills");
}
