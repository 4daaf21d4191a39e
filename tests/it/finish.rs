//! A training that was interrupted: it goes on within an epoch, or is finished early and still goes on later.

use crate::kills::{copy, watch};
use crate::project::{Outcome, Project, eventually};
use crate::tiny::{STAGES, WHOLE};
use crate::watched::Happening;
use rustix::process::Signal;
use serde_json::Value;
use std::cell::Cell;

/// Epochs of a few steps each, enough of them to be interrupted between.
fn many_epochs() -> String {
    WHOLE.replace("epochs: 1,", "epochs: 300, songs_every: 1000,")
}

/// Two epochs of many steps each.
fn long_epochs(checkpoint_minutes: &str) -> String {
    let more = WHOLE.replace("songs: 6", "songs: 60").replace("batch: 8", "batch: 1");
    let minutes = format!("epochs: 2, checkpoint_minutes: {checkpoint_minutes},");
    more.replace("epochs: 1,", &minutes)
}

/// Where the checkpoint of the one training under way stands: epoch under way, steps done in it, steps done
/// in all.
fn checkpoint(project: &Project) -> Option<[u64; 3]> {
    let mut files = project.listing("artifacts/work").into_iter();
    let file = files.find(|path| path.ends_with("checkpoints/checkpoint.safetensors"))?;
    let bytes = fs_err::read(project.path("artifacts/work").join(file)).ok()?;
    let length = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?) as usize;
    let header: Value = serde_json::from_slice(bytes.get(8..8 + length)?).ok()?;
    let state: Value = serde_json::from_str(header["__metadata__"]["state"].as_str()?).ok()?;
    Some(["epoch", "step", "steps"].map(|key| state[key].as_u64().unwrap()))
}

/// Trains until a checkpoint stands where it should, then ends the run with a signal.
fn interrupted(yaml: &str, signal: Signal, wanted: impl Fn([u64; 3]) -> bool) -> Project {
    let project = Project::of(yaml);
    let running = project.start(&[]);
    eventually("a checkpoint", || checkpoint(&project).is_some_and(&wanted));
    running.signal(signal);
    running.wait();
    assert!(!project.exists("artifacts/p/train"));
    project
}

/// Interrupted after the first of many epochs.
fn after_an_epoch(signal: Signal) -> Project {
    interrupted(&many_epochs(), signal, |_| true)
}

/// What an uninterrupted training of many epochs shows.
fn straight() -> Project {
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

/// Steps that a run had done in all when it first told how far it was.
fn first_step(project: &Project, run: &Outcome) -> u64 {
    let events = project.text(&format!("{}/events.jsonl", project.run_folder(run)));
    let mut events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let first = events.find(|event| event["event"] == "progress" && event["stage"] == "train");
    first.unwrap()["done"].as_u64().unwrap()
}

#[test]
fn a_kill_within_an_epoch_costs_less_than_the_epoch_and_changes_no_weight() {
    let straight = Project::of(&long_epochs("0"));
    let whole = straight.run(&["--until", "train"]);
    assert_eq!(first_step(&straight, &whole), 1);
    for epoch in [1, 2] {
        let often = long_epochs("0.000001");
        let killed = interrupted(&often, Signal::KILL, |[at, step, _]| at == epoch && step >= 20);
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
fn an_interrupted_training_is_finished_early_and_says_so_until_it_is_whole() {
    let project = after_an_epoch(Signal::KILL);
    let plan = project.call(&["run", "p", "--finish-early", "--dry-run"]);
    assert_eq!((plan.code, reason(&plan, "train")), (0, "finishes"), "{}", plan.stdout);
    let run = project.run(&["--finish-early"]);
    assert_eq!(run.executed(), ["train", "drawn", "report"]);
    let what = partial(&run);
    assert!(what.starts_with("finished early ") && what.ends_with(" of 300"), "{what}");
    assert!(project.exists("artifacts/p/drawn/songs/midi"));
    let page = project.text("artifacts/p/report/report.html");
    assert!(page.contains(&format!("Its training {what}.")));
    // The run tells it everywhere.
    let folder = project.run_folder(&run);
    let id = run.json["run"].as_str().unwrap();
    assert!(project.text(&format!("{folder}/{id}_info.txt")).contains(&format!("[train]  {what}")));
    assert!(project.text(&format!("{folder}/events.jsonl")).contains(&format!("\"{what}\"")));
    let shown = project.call(&["runs", "show", "last"]);
    assert_eq!(shown.stage("train")["partial"], *what);
    assert!(project.call_plain(&["runs", "show", "last"]).stdout.contains("finished early"));
    // And so does every look, as long as it is so.
    for _ in 0..2 {
        let status = project.call(&["status", "p"]);
        let verdicts = status.pairs("verdict");
        let verdicts: Vec<&str> = verdicts.iter().map(|(_, verdict)| verdict.as_str()).collect();
        assert_eq!(verdicts, ["fresh", "fresh", "fresh", "run", "waits", "waits"]);
        let first = &status.stage("train")["reasons"][0];
        assert_eq!((&first["code"], &first["what"]), (&"partial".into(), &what.as_str().into()));
        assert_eq!(status.stage("train")["reasons"][1]["code"], "resumes");
        let told = project.call_plain(&["status", "p"]).stdout;
        assert!(told.lines().nth(3).unwrap().contains(&what), "{told}");
        assert!(project.call_plain(&["explain", "p", "train"]).stdout.contains(&what));
        assert_eq!(project.call(&["status", "p", "--exit-code"]).code, 3);
        // A stage below may use it as it is, and is told.
        let below = project.run(&["--only", "drawn", "--force", "drawn"]);
        assert!(below.stderr.contains(&what), "{}", below.stderr);
    }
    let whole = project.run(&[]);
    assert_eq!((whole.executed().len(), partial(&whole).as_str()), (3, ""));
    assert!(whole.stderr.contains("going on after epoch "), "{}", whole.stderr);
    assert_equal(&straight(), &project);
    assert!(project.run(&[]).fresh().len() == STAGES.len());
    assert!(project.listing("artifacts/work").is_empty());
}

#[test]
fn a_partial_record_is_never_taken_for_the_whole() {
    let project = after_an_epoch(Signal::INT);
    let first = project.run(&["--finish-early"]);
    // Neither restored nor fresh, also after the pipeline was edited and taken back.
    project.change("epochs: 300,", "epochs: 1,");
    assert_eq!(project.run(&[]).executed(), ["train", "drawn", "report"]);
    project.change("epochs: 1,", "epochs: 300,");
    let status = project.call(&["status", "p"]);
    assert_eq!(status.stage("train")["verdict"], "run");
    // Taken back by an early end: the same part of the whole again.
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
    assert_equal(&straight(), &project);
    // Once there is a whole, an early end has nothing to do.
    let run = project.run(&["--finish-early"]);
    assert_eq!(run.fresh().len(), STAGES.len());
    assert!(run.stderr.contains("nothing to finish early"), "{}", run.stderr);
}

#[test]
fn without_a_checkpoint_there_is_nothing_to_finish_and_nothing_runs() {
    let never = Project::of(&many_epochs());
    never.run(&["--until", "rolls"]);
    let before = never.listing("artifacts/runs");
    let refused = never.call(&["run", "p", "--finish-early"]);
    assert_eq!((refused.code, refused.error("code")), (2, "no_checkpoint"), "{}", refused.stdout);
    assert!(refused.error("message").contains("never ran"), "{}", refused.stdout);
    assert!(!refused.error("hint").is_empty());
    assert_eq!(never.call(&["run", "p", "--finish-early", "--dry-run"]).code, 2);
    assert_eq!(never.listing("artifacts/runs"), before);
    // Interrupted before its first checkpoint, with the untrained network's songs drawn.
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
    // Where it is known only later, the stage fails instead of training for hours.
    let waits = Project::of(&many_epochs());
    let run = waits.call(&["run", "p", "--finish-early"]);
    assert_eq!((run.code, run.ended("failed")), (1, vec!["train".into()]), "{}", run.stdout);
    assert!(run.stage("train")["hint"].as_str().unwrap().contains("--finish-early"));
    assert_eq!(reason(&waits.call(&["status", "p"]), "train"), "never_ran");
    assert_eq!(waits.run(&[]).executed().len(), 3, "it is no obstacle");
}

#[test]
fn of_a_sweep_those_with_a_checkpoint_are_finished_when_told_to_keep_going() {
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
fn a_prune_keeps_the_checkpoint_and_the_part_that_is_shown() {
    let project = after_an_epoch(Signal::KILL);
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
    assert!(whole.stderr.contains("going on after epoch "), "{}", whole.stderr);
    assert_equal(&straight(), &project);
}

#[test]
fn a_training_killed_after_its_last_epoch_is_finished_as_the_whole() {
    let yaml = WHOLE.replace("epochs: 1,", "epochs: 2,");
    let straight = Project::of(&yaml);
    straight.run(&[]);
    let last = |event: &Happening| {
        let path = event.path.to_string_lossy();
        event.renamed && path.ends_with("checkpoints/checkpoint.safetensors")
    };
    let project = Project::of(&yaml);
    project.run(&["--until", "rolls"]);
    let seen = Cell::new(0);
    let killed = watch(&project, &["--until", "train"], |event| {
        seen.set(seen.get() + usize::from(last(event)));
        seen.get() == 2
    });
    assert!(killed, "the test came too late");
    let recorded = project.listing("artifacts/store/records/train").len();
    let run = project.run(&["--finish-early"]);
    // The kill may come after the record: then there is nothing left to do for it.
    let how = if recorded == 0 { "ran" } else { "restored" };
    assert_eq!(run.stage("train")["outcome"], how, "{}", run.stdout);
    assert_eq!(partial(&run), "");
    assert_equal(&straight, &project);
    assert_eq!(project.run(&[]).fresh().len(), STAGES.len());
}

#[test]
fn a_kill_at_any_instant_of_an_early_end_leaves_a_training_that_goes_on() {
    let (straight, before) = (straight(), after_an_epoch(Signal::KILL));
    let events = Cell::new(0);
    let counting = copy(&before);
    watch(&counting, &["--finish-early"], |_| {
        events.set(events.get() + 1);
        false
    });
    let (all, points) = (events.get(), 8);
    let mut kills = 0;
    for nth in (0..points).map(|point| 1 + point * all / points) {
        let project = copy(&before);
        let seen = Cell::new(0);
        kills += usize::from(watch(&project, &["--finish-early"], |_| {
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
        assert!(whole.stderr.contains("going on after epoch "), "{what}: {}", whole.stderr);
        assert_equal(&straight, &project);
    }
    assert!(kills >= points / 2, "only {kills} kills");
}
