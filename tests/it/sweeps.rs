//! Many instances, many files: unchanged ones cost almost nothing.

use crate::project::{Outcome, Project};
use crate::tiny::{corpus, song};
use std::time::{Duration, Instant};

/// A pipeline with this many instances of a program and one stage that reads all of them.
fn sweep(instances: usize) -> String {
    let values: Vec<String> = (1..=instances).map(|value| value.to_string()).collect();
    format!(
        "stages:\n  each:\n    uses: command\n    matrix: {{ at: [{}] }}\n    \
         run: \"echo {{at}} > {{out}}/n\"\n    outputs: [n]\n  \
         total:\n    uses: command\n    gather: {{ all: each.n }}\n    \
         run: \"cat {{all}} | wc -l > {{out}}/n\"\n    outputs: [n]\n",
        values.join(", ")
    )
}

/// The shortest time of a few calls: other load on the machine only adds to it.
fn shortest(mut call: impl FnMut() -> Outcome) -> Duration {
    let timed = |_| {
        let start = Instant::now();
        assert_eq!(call().code, 0);
        start.elapsed()
    };
    (0..4).map(timed).min().unwrap()
}

#[test]
fn scenario_14_a_thousand_instances_plan_run_and_recheck_in_linear_time() {
    let project = Project::new().pipeline("few", &sweep(250)).pipeline("many", &sweep(1000));
    // The disk may sync many at once.
    let run = |name| project.call(&["run", name, "--jobs", "16", "--progress", "none"]);
    let many = run("many");
    assert_eq!((many.code, many.executed().len()), (0, 1001), "{}", many.stderr);
    assert_eq!(project.text("artifacts/many/total/n"), "1000\n");
    let few = run("few");
    assert_eq!((few.code, few.restored().len()), (0, 250), "{}", few.stderr);
    for command in ["run", "status"] {
        let [few, many] = ["few", "many"].map(|name| shortest(|| project.call(&[command, name])));
        assert!(many < Duration::from_secs(2), "{command}: {many:?}");
        let linear = few * 4;
        assert!(many < linear * 2 + Duration::from_millis(100), "{command}: {few:?}, {many:?}");
    }
    let fresh = project.call(&["run", "many"]);
    assert_eq!((fresh.fresh().len(), &fresh.json["run"]), (1001, &serde_json::Value::Null));
}

#[test]
fn sweep_is_summarized_and_listed_on_request() {
    let project = Project::of(&sweep(30));
    let status =
        |options: &[&str]| project.call_plain(&[&["status", "p"], options].concat()).stdout;
    insta::assert_snapshot!(status(&[]), @r#"
    each   run      30 instances: never ran
    total  waits    waits for 30 instances of each
    "#);
    assert_eq!(status(&["--all"]).lines().count(), 31);
    project.run(&["--progress", "none"]);
    insta::assert_snapshot!(status(&[]), @r#"
    each   fresh    30 instances
    total  fresh
    "#);
    project.change(" 7,", " 70, 71, 7,");
    insta::assert_snapshot!(status(&[]), @r#"
    each   fresh    30 of 32 instances
    each   run      2 of 32 instances: never ran
    total  waits    waits for each[at=70], each[at=71]
    "#);
    insta::assert_snapshot!(project.call_plain(&["explain", "p", "each"]).stdout, @r#"
    each: fresh
      30 of 32 instances
    each: run
      2 of 32 instances: [at=70] [at=71]
      - never ran
    "#);
    insta::assert_snapshot!(project.call_plain(&["run", "p", "--dry-run"]).stdout, @r#"
    each   fresh    30 of 32 instances
    each   run      2 of 32 instances: [at=70] [at=71]
                    never ran
                    $ echo {at} > {out}/n
    total  waits    waits for each[at=70], each[at=71]
                    $ cat {all} | wc -l > {out}/n
    "#);
    let run = project.call_plain(&["run", "p"]);
    let told = run.stderr.lines().filter(|line| line.contains(": fresh")).count();
    assert_eq!(told, 20, "{}", run.stderr);
    assert!(run.stderr.contains("more stages are fresh; the end counts them"), "{}", run.stderr);
    assert!(run.stderr.contains("30 fresh"), "{}", run.stderr);
}

#[test]
fn known_files_are_not_read_again() {
    let project = corpus();
    for number in 0..40 {
        project.write(&format!("data/midi/more/{number}.mid"), song(40 + number));
    }
    let settled = |name: &str| project.touch(&format!("data/midi/{name}.mid"));
    let files = |run: &Outcome| run.json["files"].clone();
    let known = |known: usize, read: usize| serde_json::json!({ "known": known, "read": read });
    let first = project.run(&["--until", "catalog"]);
    assert_eq!(files(&first), known(43, 43));
    // A file that was written just before it was read is read again.
    let mut later = (0..100).map(|_| files(&project.run(&["--until", "catalog"])));
    assert!(later.any(|found| found == known(43, 0)), "they are read for ever");
    project.write("data/midi/new.mid", song(70));
    let run = project.run(&["--until", "catalog"]);
    assert_eq!(files(&run), known(44, 1));
    assert!(run.stderr.contains("input files: 1 of 44 read"), "{}", run.stderr);
    let events = project.text(&format!("{}/events.jsonl", project.run_folder(&run)));
    let size = song(70).len();
    let event = format!("\"event\":\"surveyed\",\"files\":44,\"read\":1,\"bytes\":{size}");
    assert!(events.contains(&event), "{events}");
    settled("one");
    assert_eq!(project.run(&["--rehash", "--until", "catalog"]).json["files"]["read"], 44);
}

#[test]
fn file_of_two_inputs_is_read_once() {
    let project = Project::of(
        "stages:\n  a: { uses: command, files: { i: data/x }, run: \"cat {i} > {out}/a\", \
         outputs: [a] }\n  b: { uses: command, files: { i: \"data/*\" }, \
         run: \"ls {i} > {out}/b\", outputs: [b] }\n",
    );
    project.write("data/x", "x");
    project.write("data/y", "y");
    let run = project.run(&[]);
    assert_eq!(run.json["files"], serde_json::json!({ "known": 2, "read": 2 }));
}
