//! Every damage to the store is detected, reported, quarantined and repaired; readers change nothing.

use crate::project::{Outcome, Project};
use crate::stored::{artifacts, blob, damage, quarantine, record_of, settle, store_files};
use crate::tiny::chain;
use std::collections::BTreeMap;
use std::path::Path;

/// A way to damage a file.
type Way = (&'static str, fn(&mut Vec<u8>));

const WAYS: [Way; 4] = [
    ("one bit flipped", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
    }),
    ("cut in the middle", |bytes| bytes.truncate(bytes.len() / 2)),
    ("cut to nothing", Vec::clear),
    ("one byte more", |bytes| bytes.push(b'x')),
];

/// Runs [`chain`] until the file index exists.
fn finished() -> Project {
    let project = chain();
    settle(&project);
    project
}

/// Damages each file of a finished run in each way, one at a time, and repairs it by `repair`, which gets
/// the path and the damaged content. The visible outputs are removed, so only the store has them.
fn damage_everything(repair: impl Fn(&Project, &Path, &[u8], &str)) {
    let project = finished();
    let outputs = project.files("artifacts/p");
    let mut count = 0;
    for path in store_files(&project) {
        let intact = fs_err::read(&path).unwrap();
        for (how, way) in WAYS {
            if !path.exists() || (intact.is_empty() && how != "one byte more") {
                continue;
            }
            damage(&path, way);
            count += 1;
            let what = format!("{}, {how}", path.display());
            project.remove("artifacts/p");
            repair(&project, &path, &fs_err::read(&path).unwrap(), &what);
            assert_eq!(project.files("artifacts/p"), outputs, "{what}");
            let verify = project.call(&["store", "verify"]);
            assert_eq!(verify.code, 0, "{what}: {}", verify.stdout);
            assert_eq!(verify.json["incomplete"].as_array().unwrap().len(), 0, "{what}");
            // No stage is rerun for a diagnostic.
            assert!(path.exists() || is_diagnostic(&path, &intact, &outputs), "{what}");
            if path.exists() && !path.to_string_lossy().contains("/records/") {
                let repaired = fs_err::read(&path).unwrap();
                assert_eq!(timeless(&path, &repaired), timeless(&path, &intact), "{what}");
            }
        }
    }
    assert!(count > 40, "{count}");
}

/// Returns the content of a file of the store; of a pointer, without the times of the visible outputs.
fn timeless(path: &Path, content: &[u8]) -> Vec<u8> {
    if !path.to_string_lossy().contains("/current/") {
        return content.to_vec();
    }
    let mut pointer: serde_json::Value = serde_json::from_slice(content).unwrap();
    assert!(pointer["current"]["shown"].take().is_string() && pointer["check"].take().is_string());
    pointer.to_string().into_bytes()
}

fn is_diagnostic(path: &Path, content: &[u8], outputs: &BTreeMap<String, Vec<u8>>) -> bool {
    path.to_string_lossy().contains("/blobs/") && !outputs.values().any(|output| output == content)
}

#[test]
fn scenario_11_damaged_file_is_reported_by_verify_and_rebuilt_by_a_run() {
    damage_everything(|project, path, damaged_content, what| {
        let verify = project.call(&["store", "verify"]);
        assert_eq!(verify.code, 5, "{what}: {}", verify.stdout);
        let damaged = verify.json["damaged"].as_array().unwrap();
        assert_eq!(damaged.len(), 1, "{what}: {}", verify.stdout);
        assert_eq!(project.path(damaged[0]["path"].as_str().unwrap()), path, "{what}");
        assert_ne!(damaged[0]["expected"], damaged[0]["found"], "{what}");
        let moved = project.path(damaged[0]["quarantine"].as_str().unwrap());
        assert_eq!(fs_err::read(moved).unwrap(), damaged_content, "{what}");
        project.run(&[]);
    });
}

#[test]
fn damage_is_also_detected_by_a_run() {
    damage_everything(|project, path, damaged_content, what| {
        let before = artifacts(project);
        project.verdicts(&[]);
        assert_eq!(artifacts(project), before, "{what}: status changed something");
        let run = project.run(&[]);
        assert!(run.stderr.contains("is damaged"), "{what}: {}", run.stderr);
        assert!(quarantine(project).contains(damaged_content), "{what}");
        assert!(!path.exists() || fs_err::read(path).unwrap() != damaged_content, "{what}");
    });
}

fn reasons(call: &Outcome, stage: &str) -> Vec<String> {
    let reasons = call.stage(stage)["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn status_and_explain_report_a_damaged_record() {
    let project = finished();
    damage(&record_of(&project, "sorted"), |bytes| bytes[200] ^= 1);
    let before = artifacts(&project);
    let status = project.call(&["status", "p"]);
    assert_eq!(reasons(&status, "sorted"), ["record_damaged"]);
    assert_eq!(status.stage("sorted")["verdict"], "run");
    let explain = project.call_plain(&["explain", "p", "sorted"]);
    assert!(explain.stdout.contains("record of sorted is corrupt"), "{}", explain.stdout);
    assert_eq!(artifacts(&project), before);
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["sorted"]);
    assert_eq!(run.fresh().len(), 3, "equal outputs: the downstream stage stays fresh");
    assert!(run.stderr.contains("sorted: warning: record command/"), "{}", run.stderr);
    assert_eq!(quarantine(&project).len(), 1);
    assert_eq!(project.run(&[]).fresh().len(), 4);
}

#[test]
fn damaged_record_of_a_waiting_stage_is_reported() {
    let project = finished();
    damage(&record_of(&project, "sorted"), |bytes| bytes[200] ^= 1);
    project.change("tr A-Z a-z", "tr a-z A-Z");
    assert_eq!(reasons(&project.call(&["status", "p"]), "sorted"), ["waits", "record_damaged"]);
}

#[test]
fn damaged_or_swapped_pointer_is_reported_and_costs_a_restore() {
    for swapped in [false, true] {
        let project = finished();
        let pointer = "artifacts/store/current/p/lone.json";
        if swapped {
            project.write(pointer, project.bytes("artifacts/store/current/p/sorted.json"));
        } else {
            damage(&project.path(pointer), |bytes| bytes[100] ^= 1);
        }
        let status = project.call(&["status", "p"]);
        assert_eq!(status.stage("lone")["verdict"], "restore");
        assert_eq!(reasons(&status, "lone"), ["pointer_damaged"]);
        let run = project.run(&[]);
        assert_eq!((run.executed(), run.restored()), (vec![], vec!["lone".to_owned()]));
        assert!(run.stderr.contains("pointer p/lone is damaged"), "{}", run.stderr);
        assert_eq!(project.run(&[]).fresh().len(), 4);
    }
}

#[test]
fn missing_record_has_its_own_reason() {
    let project = finished();
    fs_err::remove_file(record_of(&project, "lone")).unwrap();
    assert_eq!(reasons(&project.call(&["status", "p"]), "lone"), ["record_gone"]);
    assert_eq!(project.run(&[]).executed(), ["lone"]);
}

#[test]
fn selection_downstream_of_a_damaged_record_is_refused() {
    let project = finished();
    damage(&record_of(&project, "sorted"), |bytes| bytes.truncate(9));
    let call = project.call(&["run", "p", "--only", "count"]);
    assert_eq!((call.code, call.error("code")), (2, "nothing_recorded"), "{}", call.stdout);
    assert!(call.error("message").contains("record of sorted is corrupt"), "{}", call.stdout);
}

#[test]
fn readers_of_a_damaged_store_change_nothing_and_never_wait() {
    let project = finished();
    let outputs = project.files("artifacts/p");
    for path in store_files(&project) {
        damage(&path, |bytes| bytes.truncate(bytes.len() / 2));
    }
    let lock = fs_err::File::open(project.path("artifacts/store/locks/store")).unwrap();
    lock.file().lock().unwrap();
    let before = artifacts(&project);
    let dry_run = ["run", "p", "--dry-run"];
    for command in [&["status", "p"][..], &["explain", "p"], &dry_run, &["store", "size"]] {
        assert_eq!(project.call(command).code, 0, "{command:?}");
    }
    assert_eq!(artifacts(&project), before);
    drop(lock);
    let run = project.run(&[]);
    assert_eq!(run.executed().len(), 4);
    for part in ["version file", "file index", "pointer p/count", "pointer p/lone"] {
        assert!(run.stderr.contains(&format!("{part} is damaged")), "{part}: {}", run.stderr);
    }
    assert_eq!(project.files("artifacts/p"), outputs);
    assert_eq!(project.run(&[]).fresh().len(), 4);
}

#[test]
fn damaged_output_of_a_fresh_stage_is_not_exported() {
    let project = finished();
    damage(&blob(&project, b"b\na\nc\n"), |bytes| bytes[0] = b'x');
    project.change("echo lone", "echo else");
    let run = project.run(&[]);
    assert_eq!((run.executed(), run.fresh().len()), (vec!["lone".to_owned()], 3));
    assert!(run.stderr.contains("is damaged"), "{}", run.stderr);
    let shown = project.files(&project.run_folder(&run));
    assert!(!shown.values().any(|bytes| bytes.starts_with(b"x\na")));
    assert_eq!(project.run(&[]).executed(), ["lower"]);
}

/// The version file.
const VERSION: &str = "artifacts/store/version";

#[test]
fn store_of_format_1_is_readable_and_a_run_migrates_it() {
    let project = finished();
    let sealed = project.files("artifacts/store/current");
    let version = project.bytes(VERSION);
    for (path, bytes) in &sealed {
        let pointer: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let unsealed = serde_json::to_vec(&pointer["current"]["current"]).unwrap();
        project.write(&format!("artifacts/store/current/{path}"), unsealed);
    }
    project.write(VERSION, "1\n");
    let before = artifacts(&project);
    assert!(project.verdicts(&[]).iter().all(|(_, verdict)| verdict == "fresh"));
    assert_eq!(artifacts(&project), before);
    let run = project.run(&[]);
    assert_eq!((run.fresh().len(), run.stderr.contains("damaged")), (4, false), "{}", run.stderr);
    for (path, bytes) in project.files("artifacts/store/current") {
        let [new, old] = [&bytes, &sealed[&path]].map(|bytes| {
            let pointer: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            ["place", "current"].map(|part| pointer["current"][part].clone())
        });
        assert_eq!(new, old, "{path}");
    }
    assert_eq!(project.bytes(VERSION), version);
}

#[test]
fn unsealed_pointer_in_the_current_format_is_damage() {
    let project = finished();
    let pointer = "artifacts/store/current/p/lone.json";
    let value: serde_json::Value = serde_json::from_slice(&project.bytes(pointer)).unwrap();
    project.write(pointer, serde_json::to_vec(&value["current"]["current"]).unwrap());
    assert_eq!(reasons(&project.call(&["status", "p"]), "lone"), ["pointer_damaged"]);
}

#[test]
fn missing_version_file_is_reported_and_rewritten() {
    let project = finished();
    let version = project.bytes(VERSION);
    project.remove(VERSION);
    let run = project.run(&[]);
    assert_eq!(run.fresh().len(), 4);
    assert!(run.stderr.contains("version file is missing"), "{}", run.stderr);
    assert_eq!(project.bytes(VERSION), version);
}

#[test]
fn verify_names_damage_and_its_repair() {
    let project = finished();
    damage(&blob(&project, b"a\nb\nc\n"), |bytes| bytes[0] ^= 1);
    damage(&record_of(&project, "lone"), |bytes| bytes[300] ^= 1);
    let verify = project.call_plain(&["store", "verify"]);
    assert_eq!(verify.code, 5, "{}", verify.stderr);
    for text in ["output 'sorted.txt' of p/sorted", "run 'partita run p'", "expected ", "found "] {
        assert!(verify.stdout.contains(text), "{text}: {}", verify.stdout);
    }
    assert!(verify.stdout.contains("incomplete: record command/"), "{}", verify.stdout);
    assert!(verify.stdout.lines().all(|line| line.chars().count() <= 100), "{}", verify.stdout);
    // Quarantined files are no longer damage, but records that need them stay incomplete: 'count' has a copy
    // of the output of 'sorted'.
    let again = project.call(&["store", "verify"]);
    assert_eq!((again.code, again.json["incomplete"].as_array().unwrap().len()), (0, 2));
    assert_eq!(project.run(&[]).executed(), ["sorted", "lone"]);
    assert_eq!(project.run(&[]).fresh().len(), 4);
}
