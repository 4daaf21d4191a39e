//! `artifacts/` from a stranger: no link, record or pointer in it leads to a change outside.

use crate::project::Project;
use crate::stored::record_of;
use crate::tiny::chain;
use partita::fingerprint::Digest;
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

/// Every command that opens `artifacts/`, readers first, then writers.
const COMMANDS: [&[&str]; 17] = [
    &["status", "p"],
    &["explain", "p"],
    &["graph", "p"],
    &["list"],
    &["runs"],
    &["runs", "show", "last"],
    &["runs", "diff", "last", "last~1"],
    &["stats", "p/lone"],
    &["store", "size"],
    &["run", "p", "--dry-run"],
    &["run", "p"],
    &["run", "p", "--force", "lone"],
    &["run", "p", "--set", "stages.lone.params.n=2", "--keep-going"],
    &["store", "verify"],
    &["store", "prune", "--keep", "0", "--dry-run"],
    &["store", "prune", "--keep", "0", "--runs", "--work"],
    &["run", "p", "--rehash"],
];

/// Content, mode, times and number of names of each path.
type Snapshot = BTreeMap<PathBuf, (Option<Vec<u8>>, u32, i64, i64, u64)>;

/// Describes everything below a folder.
fn snapshot(folder: &Path) -> Snapshot {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let describe = |entry: walkdir::DirEntry| {
        let data = entry.path().symlink_metadata().unwrap();
        let content = data.is_file().then(|| fs_err::read(entry.path()).unwrap());
        let times = (data.mtime(), data.mtime_nsec());
        (entry.into_path(), (content, data.mode(), times.0, times.1, data.nlink()))
    };
    entries.map(describe).collect()
}

/// A project with two finished runs and an edited output.
fn finished() -> Project {
    let project = chain();
    project.change("echo lone >", "echo lone {n} >");
    project.change("    outputs: [lone.txt]", "    params: { n: 1 }\n    outputs: [lone.txt]");
    project.run(&[]);
    project.run(&["--force", "lone"]);
    project.write("artifacts/p/lone/mine.txt", "mine");
    project
}

/// Calls every command, and checks that none changes anything in the folder beside the project.
fn check_outside(project: &Project, what: &str) {
    let before = snapshot(&project.outside("theirs"));
    for command in COMMANDS {
        let call = project.call_plain(command);
        assert!(call.code >= 0 && !call.stderr.contains("panicked"), "{what}: {}", call.stderr);
        let after = snapshot(&project.outside("theirs"));
        assert_eq!(before, after, "{what}: changed by {command:?}\n{}", call.stderr);
    }
}

/// The newest run folder.
fn last_run(project: &Project) -> String {
    let runs = fs_err::read_dir(project.path("artifacts/runs")).unwrap();
    let names = runs.map(|run| run.unwrap().file_name().into_string().unwrap());
    format!("artifacts/runs/{}", names.max().unwrap())
}

/// Returns the paths below `artifacts/` of folders and files that the program expects.
fn places(project: &Project) -> Vec<String> {
    let run = last_run(project);
    let id = run.rsplit('/').next().unwrap().to_owned();
    let mut places: Vec<String> = [
        "artifacts/store",
        "artifacts/store/blobs",
        "artifacts/store/records",
        "artifacts/store/records/command",
        "artifacts/store/current",
        "artifacts/store/current/p",
        "artifacts/store/current/p/lone.json",
        "artifacts/store/locks",
        "artifacts/store/locks/store",
        "artifacts/store/locks/pipeline-p",
        "artifacts/store/version",
        "artifacts/work",
        "artifacts/runs",
        "artifacts/p",
        "artifacts/p/lone",
        "artifacts/p/lone/lone.txt",
        "artifacts/p/sorted",
    ]
    .map(str::to_owned)
    .into();
    let of_run = ["events.jsonl", "summary.json", "pipeline.json"];
    places.extend(of_run.map(|name| format!("{run}/{name}")));
    places.push(format!("{run}/{id}_info.txt"));
    places.push(run);
    let blobs = project.listing("artifacts/store/blobs");
    places.extend(blobs.iter().map(|blob| format!("artifacts/store/blobs/{blob}")));
    let record = record_of(project, "lone");
    places.push(record.strip_prefix(project.path("")).unwrap().display().to_string());
    places
}

/// Returns each of these paths in its own project. Only names of run folders differ between projects.
fn each_place() -> impl Iterator<Item = (Project, String)> {
    let count = places(&finished()).len();
    (0..count).map(|index| {
        let project = finished();
        let place = places(&project).swap_remove(index);
        (project, place)
    })
}

#[test]
fn no_command_follows_a_link_in_place_of_what_it_expects() {
    for (project, place) in each_place() {
        fs_err::create_dir(project.outside("theirs")).unwrap();
        fs_err::rename(project.path(&place), project.outside("theirs/real")).unwrap();
        symlink(project.outside("theirs/real"), project.path(&place)).unwrap();
        check_outside(&project, &place);
    }
}

#[test]
fn no_command_creates_what_a_planted_link_names() {
    for place in [
        "artifacts/store/quarantine",
        "artifacts/store/files.tsv",
        "artifacts/store/locks/work-x",
        "artifacts/p/.next-lone",
        "artifacts/p/lone~edited",
        "artifacts/q",
        "artifacts/runs/20990101000000_RUN01",
        "artifacts/runs/.new",
        "artifacts/work/.done-x",
    ] {
        for target in ["theirs", "theirs/keep", "theirs/missing"] {
            let project = finished();
            fs_err::create_dir(project.outside("theirs")).unwrap();
            fs_err::write(project.outside("theirs/keep"), "theirs").unwrap();
            if project.path(place).symlink_metadata().is_ok() {
                project.remove(place);
            }
            symlink(project.outside(target), project.path(place)).unwrap();
            check_outside(&project, &format!("{place} -> {target}"));
        }
    }
}

#[test]
fn no_command_changes_the_other_name_of_a_file() {
    for (project, place) in each_place() {
        let path = project.path(&place);
        if !path.is_file() {
            continue;
        }
        fs_err::create_dir(project.outside("theirs")).unwrap();
        fs_err::hard_link(&path, project.outside("theirs/name")).unwrap();
        let content = || {
            let name = project.outside("theirs/name");
            (fs_err::read(&name).unwrap(), fs_err::metadata(&name).unwrap().mode())
        };
        let before = content();
        for command in COMMANDS {
            project.call_plain(command);
            assert_eq!(content(), before, "{place}: changed by {command:?}");
        }
    }
}

#[test]
fn link_to_a_folder_of_something_else_in_place_of_artifacts_is_refused() {
    let project = finished();
    fs_err::create_dir_all(project.outside("theirs/p/lone")).unwrap();
    fs_err::write(project.outside("theirs/p/lone/opus1.mid"), "years of work").unwrap();
    project.remove("artifacts");
    symlink(project.outside("theirs"), project.path("artifacts")).unwrap();
    check_outside(&project, "artifacts");
    let run = project.call(&["run", "p"]);
    assert_eq!((run.code, run.error("code")), (2, "unusable_artifacts"));
    assert!(run.error("hint").contains("empty folder"), "{}", run.stdout);
}

#[test]
fn artifacts_may_be_a_link_to_an_empty_folder() {
    let project = chain();
    fs_err::create_dir(project.outside("disk")).unwrap();
    symlink(project.outside("disk"), project.path("artifacts")).unwrap();
    assert_eq!(project.run(&[]).executed().len(), 4);
    assert_eq!(project.run(&[]).fresh().len(), 4);
    assert!(project.outside("disk/p/lone/lone.txt").is_file());
}

#[test]
fn interrupted_work_of_a_stranger_is_no_way_out() {
    let project = Project::of(crate::tiny::WHOLE);
    project.run(&["--until", "rolls"]);
    let fingerprint = {
        let status = project.call(&["status", "p"]);
        status.stage("train")["fingerprint"].as_str().unwrap().to_owned()
    };
    fs_err::create_dir_all(project.outside("theirs/checkpoints")).unwrap();
    fs_err::write(project.outside("theirs/log.csv"), "theirs").unwrap();
    let kept = project.path(&format!("artifacts/work/{fingerprint}/kept"));
    fs_err::create_dir_all(&kept).unwrap();
    symlink(project.outside("theirs/checkpoints"), kept.join("checkpoints")).unwrap();
    symlink(project.outside("theirs"), kept.join("generated")).unwrap();
    fs_err::hard_link(project.outside("theirs/log.csv"), kept.join("log.csv")).unwrap();
    project.run(&[]);
    assert_eq!(fs_err::read_dir(project.outside("theirs")).unwrap().count(), 2);
    assert_eq!(fs_err::read_dir(project.outside("theirs/checkpoints")).unwrap().count(), 0);
    assert_eq!(fs_err::read_to_string(project.outside("theirs/log.csv")).unwrap(), "theirs");
}

/// Replaces a text in a sealed file, and seals it again. That needs no secret.
fn forge(path: &Path, name: &str, from: &str, to: &str) {
    let text = fs_err::read_to_string(path).unwrap();
    let start = text.find(&format!(",\"{name}\":")).unwrap() + name.len() + 4;
    let body = text[start..text.len() - 1].replace(from, to);
    assert_ne!(body, text[start..text.len() - 1], "'{from}' is in {text}");
    let check = Digest::compute(body.as_bytes());
    fs_err::write(path, format!("{{\"check\":\"{check}\",\"{name}\":{body}}}")).unwrap();
}

#[test]
fn forged_path_in_a_record_counts_as_damage() {
    for to in [
        "../../../x",
        "a/../../../../x",
        "a/./x",
        "a//x",
        "/tmp/partita-x",
        ".",
        "..",
        "",
        "x\\u0000",
    ] {
        let project = chain();
        project.run(&[]);
        let record = record_of(&project, "lone");
        forge(&record, "record", "\"path\":\"lone.txt\"", &format!("\"path\":\"{to}\""));
        project.remove("artifacts/p");
        let before: Vec<String> =
            project.listing("").into_iter().filter(|p| !p.contains("artifacts")).collect();
        let run = project.run(&[]);
        assert_eq!(run.executed(), ["lone"], "{to}");
        assert!(run.stderr.contains("is damaged"), "{to}: {}", run.stderr);
        let after: Vec<String> =
            project.listing("").into_iter().filter(|p| !p.contains("artifacts")).collect();
        assert_eq!(before, after, "{to}");
        assert_eq!(project.listing("artifacts/p/lone"), ["lone.txt"], "{to}");
        assert!(!Path::new("/tmp/partita-x").exists() && !project.outside("x").exists(), "{to}");
    }
}

#[test]
fn forged_kind_in_a_pointer_counts_as_damage() {
    for to in ["../../..", "/etc", "a/b", ""] {
        let project = chain();
        project.run(&[]);
        let pointer = project.path("artifacts/store/current/p/lone.json");
        forge(&pointer, "current", "\"kind\":\"command\"", &format!("\"kind\":\"{to}\""));
        let run = project.run(&[]);
        assert!(run.stderr.contains("pointer p/lone is damaged"), "{to}: {}", run.stderr);
        assert_eq!(run.restored(), ["lone"]);
    }
}

#[test]
fn pipes_where_files_are_expected_do_not_block() {
    let project = finished();
    let places: Vec<String> =
        places(&project).into_iter().filter(|place| project.path(place).is_file()).collect();
    for place in places {
        fs_err::remove_file(project.path(&place)).unwrap();
        let status =
            std::process::Command::new("mkfifo").arg(project.path(&place)).status().unwrap();
        assert!(status.success());
    }
    for command in COMMANDS {
        project.call_plain(command);
    }
}
