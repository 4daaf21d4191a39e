//! The interface for scripts: the keys of each JSON document, and stdout for data only.

use crate::project::{Outcome, Project};
use crate::tiny::{WHOLE, chain, corpus};
use serde_json::Value;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> =
        value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn status_and_dry_run_have_the_documented_keys() {
    let project = corpus();
    project.run(&[]);
    project.change("measures: 2", "measures: 3");
    for arguments in [&["status", "p"][..], &["run", "p", "--dry-run"], &["explain", "p"]] {
        let answer = project.call(arguments);
        assert_eq!(keys(&answer.json), ["pipeline", "stages"]);
        assert_eq!(answer.json["pipeline"], "p");
        for stage in answer.json["stages"].as_array().unwrap() {
            assert_eq!(keys(stage), ["fingerprint", "kind", "name", "reasons", "verdict"]);
        }
        let stage = answer.stage("rolls");
        assert_eq!((&stage["kind"], &stage["verdict"]), (&"extract".into(), &"run".into()));
        assert_eq!(stage["fingerprint"].as_str().unwrap().len(), 64);
        let reason = &stage["reasons"][0];
        assert_eq!(keys(reason), ["code", "files", "more", "new", "old", "what"]);
        assert_eq!((&reason["code"], &reason["what"]), (&"parameter".into(), &"measures".into()));
        assert_eq!(
            (&reason["old"], &reason["new"], &reason["more"]),
            (&"2".into(), &"3".into(), &0.into())
        );
    }
}

#[test]
fn reason_lists_the_first_files_and_counts_the_others() {
    let project = corpus();
    project.run(&[]);
    for number in 0..8 {
        project.write(&format!("data/midi/n{number}.mid"), "x");
    }
    let status = project.call(&["status", "p"]);
    let reason = &status.stage("catalog")["reasons"][0];
    assert_eq!((&reason["code"], &reason["what"]), (&"files".into(), &"midi".into()));
    assert_eq!(
        reason["files"],
        serde_json::json!(["+n0.mid", "+n1.mid", "+n2.mid", "+n3.mid", "+n4.mid"])
    );
    assert_eq!(reason["more"], 3);
    let waits = &status.stage("rolls");
    assert_eq!((&waits["verdict"], &waits["fingerprint"]), (&"waits".into(), &Value::Null));
}

#[test]
fn run_ends_with_one_object_of_the_documented_keys() {
    let project = chain();
    let run = project.run(&[]);
    for key in ["run", "outcome", "stages"] {
        assert!(keys(&run.json).contains(&key), "{key}");
    }
    assert_eq!(run.json["outcome"], "done");
    for stage in run.json["stages"].as_array().unwrap() {
        for key in ["name", "outcome", "seconds", "outputs"] {
            assert!(keys(stage).contains(&key), "{key}");
        }
        assert!(stage["seconds"].as_f64().unwrap() >= 0.0);
        for output in stage["outputs"].as_array().unwrap() {
            assert!(project.exists(output.as_str().unwrap()), "{output}");
        }
    }
    let outputs = &run.stage("count")["outputs"];
    assert_eq!(
        *outputs,
        serde_json::json!(["artifacts/p/count/copy.txt", "artifacts/p/count/count.txt"])
    );
    let summary = project.text(&format!("{}/summary.json", project.run_folder(&run)));
    assert_eq!(serde_json::from_str::<Value>(&summary).unwrap(), run.json);
    let second = project.run(&[]);
    assert_eq!((&second.json["outcome"], &second.json["run"]), (&"fresh".into(), &Value::Null));
}

#[test]
fn error_has_the_documented_keys() {
    let project = chain();
    project.change("uses: command\n    run", "uses: comand\n    run");
    let error = project.call(&["run", "p"]).json;
    assert_eq!(keys(&error), ["error"]);
    assert_eq!(keys(&error["error"]), ["code", "column", "file", "hint", "line", "message"]);
    let nowhere = project.call(&["run", "none"]).json;
    assert_eq!(keys(&nowhere["error"]), ["code", "column", "file", "hint", "line", "message"]);
    assert_eq!(nowhere["error"]["line"], Value::Null);
}

#[test]
fn reading_commands_answer_in_json() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    for (arguments, key) in [
        (&["graph", "p"][..], "stages"),
        (&["list"], "pipelines"),
        (&["kinds"], "kinds"),
        (&["kinds", "train"], "kinds"),
    ] {
        let answer = project.call(arguments);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!answer.json[key].as_array().expect(key).is_empty(), "{arguments:?}");
    }
    let stats =
        project.call(&["stats", "p/catalog", "--sql", "select count(*) as files from self"]);
    assert_eq!(stats.code, 0, "{}", stats.stderr);
    assert!(
        stats.stdout.contains("\"files\": 6") || stats.stdout.contains("\"files\":6"),
        "{}",
        stats.stdout
    );
}

#[test]
fn list_shows_broken_pipelines_among_the_others() {
    let project = chain()
        .pipeline("broken", "stages: {")
        .pipeline("good", "about: Good\nstages: { a: { uses: compose } }\n");
    let list = project.call(&["list"]).json["pipelines"].clone();
    let names: Vec<_> =
        list.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["broken", "good", "p"]);
    assert_eq!(list[1]["about"], "Good");
    assert!(list[0]["error"].as_str().unwrap().contains("invalid YAML"), "{list}");
}

#[test]
fn stdout_carries_only_data_and_pipes_get_no_colours() {
    let project = chain();
    let run = project.call_plain(&["run", "p"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(
        run.stderr.contains("lower") && run.stderr.contains("artifacts/runs/"),
        "{}",
        run.stderr
    );
    let status = project.call_plain(&["status", "p"]);
    assert_eq!((status.stderr.as_str(), status.stdout.lines().count()), ("", 4));
    let error = project.call_plain(&["run", "none"]);
    assert_eq!((error.code, error.stdout.as_str()), (2, ""));
    for call in [run, status, error, project.call_plain(&["--help"])] {
        assert!(!format!("{}{}", call.stdout, call.stderr).contains('\u{1b}'), "{call:?}");
    }
}

#[test]
fn progress_none_prints_only_data() {
    let project = chain();
    let run = project.call(&["run", "p", "--progress", "none"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.executed().len(), 4);
}

/// Returns the `event` of each JSON line.
fn events(text: &str) -> Vec<String> {
    let event = |line: &str| {
        serde_json::from_str::<Value>(line).expect(line)["event"].as_str().unwrap().to_owned()
    };
    text.lines().map(event).collect()
}

#[test]
fn json_progress_equals_the_events_in_the_run_folder() {
    let project = chain();
    let run = project.call(&["run", "p", "--progress", "json", "--jobs", "1"]);
    let kept = project.text(&format!("{}/events.jsonl", project.run_folder(&run)));
    for events in [events(&run.stderr), events(&kept)] {
        assert_eq!(
            (events.first().unwrap().as_str(), events.last().unwrap().as_str()),
            ("run_started", "run_finished")
        );
        let count = |name: &str| events.iter().filter(|event| *event == name).count();
        assert_eq!((count("stage_started"), count("stage_finished")), (4, 4));
    }
}

#[test]
fn version_and_help_go_to_stdout() {
    let project = Project::new();
    let version: Outcome = project.call_plain(&["--version"]);
    assert_eq!(
        (version.code, version.stdout),
        (0, format!("partita {}\n", env!("CARGO_PKG_VERSION")))
    );
    for command in
        ["run", "status", "explain", "graph", "stats", "runs", "list", "kinds", "completions"]
    {
        let help = project.call_plain(&[command, "--help"]);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{command}");
        assert!(help.stdout.contains("Usage: partita"), "{}", help.stdout);
    }
}

#[test]
fn renamed_options_accept_their_old_names() {
    let project = chain();
    let run = project.call(&["run", "p", "--paranoid", "--run-info", "a note"]);
    assert_eq!((run.code, run.json["info"].as_str()), (0, Some("a note")), "{}", run.stdout);
    assert_eq!(project.call(&["run", "p", "--finish", "--dry-run"]).code, 0);
    let help = project.call_plain(&["run", "--help"]).stdout;
    for (old, new) in [("--paranoid", "--rehash"), ("--run-info", "--note <TEXT>")] {
        assert!(!help.contains(old) && help.contains(new), "{help}");
    }
}

#[test]
fn count_of_all_rows_is_one_number() {
    let project = corpus();
    project.run(&["--until", "catalog"]);
    let count = |query: &str| project.call(&["stats", "p/catalog", "--sql", query]).json;
    let three = serde_json::json!([{ "count": 3 }]);
    assert_eq!(count("select count(*) from self"), three);
    assert_eq!(count("select count(*) as n from self where path = 'x'")[0]["n"], 0);
}
