//! `runs` finds past runs and reports them correctly.

use crate::project::{Project, eventually};
use crate::tiny::{WHOLE, chain};
use rustix::process::Signal;
use serde_json::{Value, json};

fn id(run: &crate::project::Outcome) -> String {
    run.json["run"].as_str().expect("a run folder").to_owned()
}

fn shown(project: &Project, run: &str) -> Value {
    let call = project.call(&["runs", "show", run]);
    assert_eq!(call.code, 0, "{}", call.stdout);
    call.json
}

fn diff(project: &Project, a: &str, b: &str) -> Value {
    let call = project.call(&["runs", "diff", a, b]);
    assert_eq!(call.code, 0, "{}", call.stdout);
    call.json
}

fn listed(project: &Project, options: &[&str]) -> Vec<String> {
    let call = project.call(&[&["runs", "list"], options].concat());
    assert_eq!(call.code, 0, "{}", call.stdout);
    let runs = call.json["runs"].as_array().unwrap().clone();
    runs.iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

/// Two pipelines, `p` and `other`, with two runs each: `A1`, `B1`, `A2`, `B2`. Returns the ids too.
fn several() -> (Project, Vec<String>) {
    let other = "stages: { a: { uses: compose, params: { songs: 1 } } }\n";
    let project = chain().pipeline("other", other);
    let run = |(name, run, stage)| {
        let call = project.call(&["run", name, "--run-id", run, "--force", stage]);
        assert_eq!(call.code, 0, "{}", call.stdout);
        id(&call)
    };
    let all =
        [("p", "A1", "lone"), ("other", "B1", "a"), ("p", "A2", "lone"), ("other", "B2", "a")];
    let ids = all.map(run).to_vec();
    (project, ids)
}

#[test]
fn run_is_found_by_every_unambiguous_name() {
    let (project, ids) = several();
    for (name, found) in [
        ("last", 3),
        ("last~1", 2),
        ("last~3", 0),
        ("p", 2),
        ("p~1", 0),
        ("other", 3),
        ("other~1", 1),
        ("A1", 0),
        ("_B1", 1),
        (ids[2].as_str(), 2),
        (&format!("artifacts/runs/{}/", ids[1]), 1),
        (&format!("{}…A2", &ids[2][..4]), 2),
    ] {
        assert_eq!(shown(&project, name)["run"], ids[found].as_str(), "{name}");
    }
    for (name, code, hint) in [
        ("lsat", "unknown_run", "did you mean 'last'?"),
        ("othr", "unknown_run", "did you mean 'other'?"),
        ("something", "unknown_run", "'partita runs' lists them"),
        ("p~2", "unknown_run", "'partita runs' lists them"),
        ("last~4", "unknown_run", "'partita runs' lists them"),
        ("_A", "ambiguous_run", "use more of the id: "),
        ("…", "ambiguous_run", "use more of the id: "),
    ] {
        let call = project.call(&["runs", "show", name]);
        assert_eq!((call.code, call.error("code")), (2, code), "{name}: {}", call.stdout);
        assert!(call.error("hint").starts_with(hint), "{name}: {}", call.stdout);
    }
}

#[test]
fn list_is_newest_first_and_limited() {
    let (project, ids) = several();
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(listed(&project, &[]), newest);
    assert_eq!(listed(&project, &["--pipeline", "p"]), [ids[2].clone(), ids[0].clone()]);
    assert_eq!(listed(&project, &["--limit", "1"]), newest[..1]);
    let list = project.call(&["runs", "--limit", "1"]).json;
    assert_eq!((&list["more"], &list["unreadable"]), (&json!(3), &json!([])));
    let run = &list["runs"][0];
    assert_eq!((&run["pipeline"], &run["outcome"]), (&json!("other"), &json!("done")));
    assert!(run["seconds"].as_f64().unwrap() > 0.0);
    assert!(
        ids[3].starts_with(&run["started"].as_str().unwrap().replace(['-', ':', 'T', 'Z'], ""))
    );
    let unknown = project.call(&["runs", "--pipeline", "othr"]);
    assert_eq!((unknown.code, unknown.error("hint")), (2, "did you mean 'other'?"));
}

#[test]
fn project_without_runs_is_reported() {
    let project = chain();
    assert_eq!(listed(&project, &[]), [""; 0]);
    assert!(project.call_plain(&["runs"]).stderr.contains("no runs yet: partita run PIPELINE"));
    assert_eq!(project.call(&["runs", "show", "last"]).error("code"), "no_runs");
    assert!(!project.exists("artifacts"));
}

#[test]
fn unreadable_folder_is_reported_in_one_line() {
    let (project, ids) = several();
    project.write("artifacts/runs/notes/x", "mine");
    project.write("artifacts/runs/20200101000000_EMPTY/x", "");
    project.write(&format!("artifacts/runs/{}/summary.json", ids[1]), "{\"outcome\": \"do");
    let list = project.call(&["runs"]).json;
    assert_eq!(list["unreadable"].as_array().unwrap().len(), 3, "{list}");
    assert_eq!(listed(&project, &[]), [&*ids[3], &ids[2], &ids[0]]);
    let call = project.call_plain(&["runs"]);
    assert_eq!((call.code, call.stderr.lines().count()), (0, 3), "{}", call.stderr);
    let one = project.call(&["runs", "show", "B1"]);
    assert_eq!((one.code, one.error("code")), (2, "unreadable_run"));
    assert!(one.error("message").contains("summary.json"), "{}", one.stdout);
}

#[test]
fn active_run_is_running_and_a_killed_one_unfinished() {
    let project = chain().file("data/hold", "");
    project.change(
        "sort {text}",
        "touch data/began; while test -e data/hold; do sleep 0.02; done; sort {text}",
    );
    let running = project.start(&["--note", "a try", "--jobs", "1"]);
    eventually("the stage to start", || project.exists("data/began"));
    let outcome = |stage: usize| shown(&project, "last")["stages"][stage]["outcome"].clone();
    eventually("an event of the stage", || shown(&project, "last")["stages"][1].is_object());
    let run = shown(&project, "last");
    assert_eq!((&run["outcome"], &run["info"]), (&json!("running"), &json!("a try")));
    assert_eq!((outcome(0), outcome(1)), (json!("ran"), Value::Null));
    running.signal(Signal::KILL);
    running.wait();
    let run = shown(&project, "last");
    assert_eq!((&run["outcome"], &run["seconds"]), (&json!("unfinished"), &Value::Null));
    assert_eq!((outcome(0), outcome(1)), (json!("ran"), Value::Null));
    project.remove("data/hold");
    project.run(&[]);
    let outcomes: Vec<Value> = project.call(&["runs"]).json["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["done", "unfinished"]);
}

#[test]
fn failed_run_shows_the_failure_and_its_hint() {
    let project = chain();
    project.change("sort {text}", "false {text}");
    assert_eq!(project.call(&["run", "p"]).code, 1);
    let run = shown(&project, "last");
    assert_eq!(run["outcome"], "failed");
    let stages = run["stages"].as_array().unwrap();
    let outcome =
        |name| stages.iter().find(|stage| stage["name"] == name).unwrap()["outcome"].clone();
    assert_eq!((outcome("sorted"), outcome("count")), (json!("failed"), json!("blocked")));
    let text = project.call_plain(&["runs", "show", "last"]).stdout;
    assert!(
        text.contains("the command ended with exit code 1") && text.contains("hint: "),
        "{text}"
    );
}

#[test]
fn diff_reports_settings_and_outputs() {
    let project = chain();
    project.run(&["--run-id", "A"]);
    project.change("sort {text}", "sort -r {text}");
    project.change("echo lone", "printf 'lone\\n'");
    project.run(&["--run-id", "B"]);
    let diff = diff(&project, "A", "B");
    assert_eq!(diff["equal"], false);
    let changes = diff["changes"].as_array().unwrap();
    let changed: Vec<_> = changes.iter().map(|c| (c["stage"].clone(), c["what"].clone())).collect();
    assert_eq!(changed, [(json!("sorted"), json!("run")), (json!("lone"), json!("run"))]);
    assert_eq!(changes[0]["a"], "sort {text} > {out}/sorted.txt");
    let outputs = |diff: &Value| -> Vec<(String, String)> {
        let stages = diff["stages"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        stages.map(|stage| (text(&stage["name"]), text(&stage["outputs"]))).collect()
    };
    let expected =
        [("lower", "same"), ("sorted", "differ"), ("count", "differ"), ("lone", "equal")];
    assert_eq!(outputs(&diff), expected.map(|(name, how)| (name.to_owned(), how.to_owned())));
    assert_eq!(diff["stages"][1]["reasons"][0]["code"], "command_line");
    // Without the records, the outputs are unknown.
    project.remove("artifacts/store/records");
    let pruned = project.call(&["runs", "diff", "A", "B"]).json;
    let expected =
        [("lower", "same"), ("sorted", "unknown"), ("count", "unknown"), ("lone", "unknown")];
    assert_eq!(outputs(&pruned), expected.map(|(name, how)| (name.to_owned(), how.to_owned())));
}

#[test]
fn changed_input_file_is_named_if_the_settings_are_equal() {
    let project = chain();
    project.run(&["--run-id", "A"]);
    project.write("data/text.txt", "Z\n");
    project.run(&["--run-id", "B"]);
    let compared = diff(&project, "A", "B");
    assert_eq!((&compared["changes"], &compared["equal"]), (&json!([]), &json!(false)));
    assert_eq!(compared["stages"][0]["reasons"][0]["files"], json!(["~text.txt"]));
    let text = project.call_plain(&["runs", "diff", "A", "B"]).stdout;
    assert!(text.contains("The settings are equal"), "{text}");
}

#[test]
fn runs_with_equal_outputs_do_not_differ() {
    let project = chain();
    project.run(&["--run-id", "A"]);
    project.remove("artifacts/p");
    project.run(&["--run-id", "B"]);
    let compared = diff(&project, "A", "B");
    assert_eq!(compared["equal"], true, "{compared}");
    let text = project.call_plain(&["runs", "diff", "A", "B"]).stdout;
    assert!(text.contains("No difference"), "{text}");
    assert_eq!(diff(&project, "A", "A")["equal"], true);
}

#[test]
fn instances_of_a_matrix_are_compared_by_name() {
    let yaml = |values: &str, count: u32| {
        format!(
            "stages:\n  a:\n    uses: compose\n    matrix: {{ songs: {values} }}\n  b: {{ uses: scan, from: {{ songs: a }} }}\nseed: {count}\n"
        )
    };
    let project = Project::of(&yaml("[1, 2]", 1));
    project.run(&["--run-id", "A"]);
    project.write("pipelines/p.yaml", yaml("[2, 3]", 1));
    project.run(&["--run-id", "B"]);
    let compared = diff(&project, "A", "B");
    assert_eq!(compared["added"], json!(["a[songs=3]", "b[songs=3]"]));
    assert_eq!(compared["removed"], json!(["a[songs=1]", "b[songs=1]"]));
    let outputs = |name: &str| {
        let stages = compared["stages"].as_array().unwrap();
        stages.iter().find(|stage| stage["name"] == name).unwrap()["outputs"].clone()
    };
    assert_eq!((outputs("a[songs=2]"), outputs("a[songs=3]")), (json!("same"), json!("missing")));
}

#[test]
fn metrics_are_better_only_on_the_same_samples() {
    let project = Project::of(WHOLE);
    project.run(&["--run-id", "A"]);
    project.run(&["--run-id", "B", "--set", "stages.train.params.epochs=12"]);
    project.run(&["--run-id", "C", "--set", "stages.rolls.params.validation=0.5"]);
    let f1 = |diff: &Value| {
        let metrics = diff["metrics"].as_array().unwrap();
        metrics.iter().find(|metric| metric["name"] == "reconstruction.f1").unwrap().clone()
    };
    let same = diff(&project, "A", "B");
    let metric = f1(&same);
    let (a, b) = (metric["a"].as_f64().unwrap(), metric["b"].as_f64().unwrap());
    assert!(a != b && (metric["difference"].as_f64().unwrap() - (b - a)).abs() < 1e-12, "{metric}");
    assert_eq!(metric["better"], if b > a { "b" } else { "a" });
    assert_eq!(same["other_samples"], json!([]));
    assert_eq!(same["a"]["f1"]["report"], a);
    let kept = project
        .text(&format!("artifacts/runs/{}/metrics.json", same["b"]["run"].as_str().unwrap()));
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(
        (&kept["reconstruction"]["f1"], &shown(&project, "B")["metrics"]["report"]),
        (&json!(b), &kept)
    );
    let other = diff(&project, "A", "C");
    assert_eq!(
        (&other["other_samples"], &f1(&other)["better"]),
        (&json!(["report"]), &Value::Null)
    );
}

#[test]
fn unselected_stage_has_no_metrics() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    project.run(&["--only", "drawn", "--force", "drawn", "--run-id", "PART"]);
    assert_eq!(shown(&project, "PART")["metrics"], json!({}));
    assert_eq!(project.call(&["runs", "--limit", "1"]).json["runs"][0]["f1"], json!({}));
}

#[test]
fn folders_of_earlier_versions_are_readable() {
    let project = chain();
    let run = project.run(&["--note", "early"]);
    let folder = project.run_folder(&run);
    for (file, keys) in [
        ("summary.json", &["started", "finished", "device", "version", "info"][..]),
        ("pipeline.json", &["file"]),
    ] {
        let path = format!("{folder}/{file}");
        let mut value: Value = serde_json::from_str(&project.text(&path)).unwrap();
        for key in keys {
            assert!(value.as_object_mut().unwrap().remove(*key).is_some(), "{key}");
        }
        for stage in value["stages"].as_array_mut().unwrap() {
            for key in ["needs", "exclusive", "env"] {
                stage.as_object_mut().unwrap().remove(key);
            }
        }
        project.write(&path, value.to_string());
    }
    let old = shown(&project, "last");
    assert_eq!((&old["outcome"], &old["info"]), (&json!("done"), &json!("early")));
    assert_eq!((&old["device"], &old["finished"]), (&Value::Null, &Value::Null));
    assert!(old["started"].as_str().unwrap().ends_with('Z'));
}
