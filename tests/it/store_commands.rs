//! `store size` and `store verify` of an intact store.

use crate::project::{Project, eventually};
use crate::stored::{artifacts, disk_usage, settle};
use crate::tiny::{WHOLE, chain};
use std::os::unix::fs::MetadataExt;

#[test]
fn size_adds_up_to_the_files() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    let size = project.call(&["store", "size"]);
    let locks: usize = project.files("artifacts/store/locks").values().map(Vec::len).sum();
    assert_eq!(size.json["bytes"].as_u64().unwrap(), disk_usage(&project) + locks as u64);
    let count = |folder: &str| project.listing(folder).len() as u64;
    for (part, folder) in [("blobs", "store/blobs"), ("records", "store/records"), ("visible", "p")]
    {
        assert_eq!(size.json[part]["files"], count(&format!("artifacts/{folder}")), "{part}");
    }
    assert_eq!(size.json["run_folders"], 1);
    assert_eq!(size.json["unreferenced_blobs"]["files"], 0);
    let kinds = size.json["kinds"].as_object().unwrap();
    let expected = ["compose", "evaluate", "extract", "generate", "scan", "train"];
    assert_eq!(kinds.keys().collect::<Vec<_>>(), expected);
    assert!(kinds.values().all(|kind| kind["records"] == 1));
    let table = project.call_plain(&["store", "size"]);
    assert!(table.stdout.lines().all(|line| line.chars().count() <= 80), "{}", table.stdout);
}

#[test]
fn store_commands_create_nothing_before_the_first_run() {
    let project = chain();
    for command in ["size", "verify", "prune"] {
        let call = project.call(&["store", command]);
        assert_eq!(call.code, 0, "{command}: {}", call.stdout);
    }
    assert!(!project.exists("artifacts"));
}

#[test]
fn verify_counts_files_and_changes_nothing() {
    let project = chain();
    settle(&project);
    project.write("artifacts/p/lone/lone.txt", "played in another key");
    let before = artifacts(&project);
    let verify = project.call(&["store", "verify"]);
    assert_eq!((verify.code, verify.json["damaged"].as_array().unwrap().len()), (0, 0));
    assert_eq!(verify.json["records"], 4);
    assert_eq!(verify.json["pointers"], 4);
    assert_eq!(verify.json["indexed_files"], 1);
    assert_eq!(verify.json["edited"], 1);
    assert_eq!(verify.json["blobs"]["files"], project.listing("artifacts/store/blobs").len());
    assert_eq!(artifacts(&project), before);
}

#[test]
fn unreferenced_blob_is_counted_and_kept_until_a_prune() {
    let project = chain();
    project.run(&[]);
    let stray = partita::fingerprint::Digest::compute(b"stray").to_string();
    let path = format!("artifacts/store/blobs/{}/{stray}", &stray[..2]);
    project.write(&path, "stray");
    let verify = project.call(&["store", "verify"]);
    assert_eq!((verify.code, verify.json["unreferenced"]["files"].as_u64()), (0, Some(1)));
    assert!(project.exists(&path));
    assert_eq!(project.call(&["store", "prune"]).json["blobs"]["files"], 1);
    assert!(!project.exists(&path));
}

#[test]
fn verify_runs_beside_a_run() {
    let project = chain();
    project.run(&[]);
    project.write("data/hold", "");
    project.change(
        "echo lone",
        "touch data/began; while test -e data/hold; do sleep 0.02; done; echo lone",
    );
    let running = project.start(&[]);
    eventually("the stage to start", || project.exists("data/began"));
    let verify = project.call(&["store", "verify"]);
    assert_eq!(verify.code, 0, "{}", verify.stdout);
    project.remove("data/hold");
    assert_eq!(running.wait().executed(), ["lone"]);
}

#[test]
fn republished_unchanged_output_never_looks_edited() {
    // The other output is large: copying it takes longer than a tick of the file system's clock, so that the
    // first one is linked the next time.
    let project = Project::of(
        "stages:
  a:
    uses: command
    files: { file: data/file }
    outputs: [a-same, other]
    run: 'echo same > {out}/a-same; { cat {file}; head -c 48000000 /dev/zero; } > {out}/other'
",
    );
    for content in ["one", "two", "three", "four"] {
        project.write("data/file", content);
        project.run(&[]);
        let times = |path: &str| fs_err::metadata(project.path(path)).unwrap();
        let (same, pointer) =
            (times("artifacts/p/a/a-same"), times("artifacts/store/current/p/a.json"));
        let changed = (same.ctime(), same.ctime_nsec());
        assert!(changed <= (pointer.mtime(), pointer.mtime_nsec()), "after '{content}'");
        assert!(project.bytes("artifacts/p/a/other").starts_with(content.as_bytes()));
    }
}
