//! The file index avoids reading unchanged inputs and never hides a change.

use crate::project::{Project, eventually};
use crate::stored::settle;
use crate::tiny::chain;
use partita::fingerprint::Digest;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

const TEXT: &str = "data/text.txt";
const INDEX: &str = "artifacts/store/files.tsv";

fn set_modified(project: &Project, path: &str, time: SystemTime) {
    let file = std::fs::File::options().append(true).open(project.path(path)).unwrap();
    file.set_modified(time).unwrap();
}

/// Writes an index with an intact seal that has a wrong digest for the file as it is now.
fn forge(project: &Project, digest: Digest) {
    let data = fs_err::metadata(project.path(TEXT)).unwrap();
    let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let body = format!(
        "{digest}\t{}\t{}\t{}\t{}\t{}\n",
        data.len(),
        nanos(data.mtime(), data.mtime_nsec()),
        nanos(data.ctime(), data.ctime_nsec()),
        data.ino(),
        project.path(TEXT).display()
    );
    project.write(INDEX, format!("{}\n{body}", Digest::compute(body.as_bytes())));
}

#[test]
fn scenario_07_change_with_equal_size_and_times_is_detected() {
    let project = chain();
    settle(&project);
    let old = fs_err::metadata(project.path(TEXT)).unwrap();
    assert!(project.text(INDEX).contains(&Digest::compute(b"B\na\nC\n").to_string()));

    // Equal size and modification time: the change time reveals it.
    fs_err::write(project.path(TEXT), "D\na\nC\n").unwrap();
    set_modified(&project, TEXT, old.modified().unwrap());
    let new = fs_err::metadata(project.path(TEXT)).unwrap();
    assert_eq!((new.len(), new.ino(), new.mtime_nsec()), (old.len(), old.ino(), old.mtime_nsec()));
    assert_eq!(project.verdicts(&[])[0].1, "run");

    // With a forged index even the change time is equal: only reading the file helps.
    forge(&project, Digest::compute(b"B\na\nC\n"));
    assert_eq!(project.verdicts(&[])[0].1, "fresh", "the forgery is believed");
    let plan = project.call(&["run", "p", "--dry-run", "--rehash"]);
    assert_eq!(plan.pairs("verdict")[0].1, "run");
    forge(&project, Digest::compute(b"B\na\nC\n"));
    assert_eq!(project.run(&["--rehash"]).executed(), ["lower", "sorted", "count"]);
    assert_eq!(project.text("artifacts/p/sorted/sorted.txt"), "a\nc\nd\n");
    assert_eq!(project.run(&[]).fresh().len(), 4);
}

#[test]
fn file_within_the_racy_window_is_read_again() {
    let project = chain();
    project.change("data/text.txt", "[data/text.txt, data/other.txt]");
    project.change("tr A-Z a-z < {text}", "cat {text}/*");
    project.write("data/other.txt", "z\n");
    // A future time is like a clock tick that is not over.
    set_modified(&project, TEXT, SystemTime::now() + Duration::from_secs(3600));
    settle(&project);
    let known = project.text(INDEX);
    assert!(known.contains("data/other.txt") && !known.contains(TEXT), "{known}");
}

#[test]
fn file_is_hashed_once() {
    let project = chain();
    settle(&project);
    // The index is trusted, so the file is not read.
    forge(&project, Digest::compute(b"something else"));
    assert_eq!(project.verdicts(&[])[0].1, "run");
}

#[test]
fn prune_removes_index_entries_of_missing_files() {
    let project = chain();
    project.change("data/text.txt", "data/*.txt");
    project.change("tr A-Z a-z < {text}", "cat {text}/*");
    project.write("data/other.txt", "z\n");
    eventually("the index", || {
        project.run(&[]);
        project.exists(INDEX) && project.text(INDEX).contains("data/other.txt")
    });
    project.remove("data/other.txt");
    let prune = project.call(&["store", "prune"]);
    assert_eq!(prune.json["index"]["files"], 1, "{}", prune.stdout);
    let known = project.text(INDEX);
    assert!(!known.contains("data/other.txt") && known.contains(TEXT), "{known}");
    assert_eq!(project.call(&["store", "verify"]).code, 0);
}
