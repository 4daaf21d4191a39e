//! A full disk and read-only folders are reported, and everything stays as it was.

use crate::project::{Outcome, Project};
use crate::stored::store_files;
use crate::tiny::chain;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// [`chain`] with an output that is large enough to hit a limit on file sizes.
fn large() -> Project {
    let project = chain();
    project.change("echo lone >", "seq 1 20000 >");
    project.run(&[]);
    project
}

/// Visible outputs by path.
type Shown = BTreeMap<String, Vec<u8>>;

/// The visible outputs of the edited [`large`].
fn edited() -> Shown {
    let project = large();
    edit(&project);
    project.run(&[]);
    project.files("artifacts/p")
}

fn edit(project: &Project) {
    project.write("data/text.txt", "Y\nz\nX\n");
    project.change("seq 1 20000", "seq 2 20000");
}

/// Asserts that each stage shows either all old or all new outputs after a failure, that the old ones are
/// restored after the edit is undone, and that the new ones can be computed then.
fn assert_nothing_lost(project: &Project, (old, new): (&Shown, &Shown), what: &str) {
    let mut shown = project.files("artifacts/p");
    // A staging folder is not a stage's folder.
    shown.retain(|path, _| !path.starts_with(".next-"));
    assert_eq!(shown.keys().collect::<Vec<_>>(), old.keys().collect::<Vec<_>>(), "{what}");
    for (path, bytes) in &shown {
        assert!(*bytes == old[path] || *bytes == new[path], "{path}: {what}");
    }
    assert_eq!(project.call(&["store", "verify"]).code, 0, "{what}");
    project.write("data/text.txt", "B\na\nC\n");
    project.change("seq 2 20000", "seq 1 20000");
    let run = project.run(&[]);
    assert_eq!(run.executed(), [""; 0], "{what}");
    assert!(project.files("artifacts/p") == *old, "{what}");
    edit(project);
    project.run(&[]);
    assert!(project.files("artifacts/p") == *new, "{what}");
}

/// Runs the program under a limit on the size of each file that it or a child writes, in blocks of 512 bytes.
fn limited(project: &Project, blocks: u32) -> Outcome {
    let program = project.command(&[]);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""));
    command.arg(program.get_program()).args(["run", "p", "--json"]);
    command.current_dir(program.get_current_dir().unwrap());
    Outcome::of(&mut command)
}

#[test]
fn full_disk_at_any_step_loses_nothing() {
    let new = edited();
    let mut failed_in = Vec::new();
    for blocks in [0, 1, 2, 3, 4, 8, 100] {
        let project = large();
        let old = project.files("artifacts/p");
        edit(&project);
        let run = limited(&project, blocks);
        let what = format!("{blocks} blocks: {}{}", run.stdout, run.stderr);
        assert_eq!(run.code, 1, "{what}");
        let stage = run.json["stages"]
            .as_array()
            .and_then(|stages| stages.iter().find(|stage| stage["outcome"] == "failed").cloned());
        let message = match &stage {
            Some(stage) => stage["detail"].as_str().unwrap(),
            None => run.error("message"),
        };
        assert!(message.contains('/') || message.contains("File too large"), "{what}");
        failed_in.push(stage.map_or("the runner".into(), |stage| stage["name"].to_string()));
        assert_nothing_lost(&project, (&old, &new), &what);
    }
    failed_in.sort();
    failed_in.dedup();
    assert!(failed_in.len() > 1, "the writes fail at more than one place: {failed_in:?}");
}

/// Runs as a user to whom permissions apply: the tests may run as root.
struct OtherUser {
    project: Project,
    program: PathBuf,
    is_root: bool,
}

impl OtherUser {
    fn with(project: Project) -> Self {
        let is_root = rustix::process::geteuid().is_root();
        let program = project.outside("partita");
        if is_root {
            let original = project.command(&[]).get_program().to_owned();
            if std::fs::hard_link(&original, &program).is_err() {
                fs_err::copy(&original, &program).unwrap();
            }
            mode(&project.outside(""), 0o755);
            open_all(&project.path(""));
        }
        Self { project, program, is_root }
    }

    fn call(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.project.command(arguments);
        if self.is_root {
            let mut other = Command::new(&self.program);
            other.args(command.get_args()).current_dir(command.get_current_dir().unwrap());
            other.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            other.uid(65534).gid(65534);
            command = other;
        }
        Outcome::of(command.arg("--json"))
    }
}

fn mode(path: &Path, mode: u32) {
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Makes everything writable for every user.
fn open_all(folder: &Path) {
    for entry in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
        mode(entry.path(), if entry.file_type().is_dir() { 0o777 } else { 0o666 });
    }
}

/// Returns every folder of a tree.
fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    entries.filter(|entry| entry.file_type().is_dir()).map(walkdir::DirEntry::into_path).collect()
}

#[test]
fn read_only_folder_is_reported_and_nothing_is_lost() {
    let new = edited();
    for closed in [
        "artifacts/work",
        "artifacts/runs",
        "artifacts/p",
        "artifacts/store/blobs",
        "artifacts/store/records",
        "artifacts/store/current",
        "artifacts/store/locks",
    ] {
        let user = OtherUser::with(large());
        let project = &user.project;
        let old = project.files("artifacts/p");
        edit(project);
        let within = folders(&project.path(closed));
        within.iter().for_each(|folder| mode(folder, 0o555));
        assert_eq!(user.call(&["status", "p"]).code, 0, "{closed}");
        let run = user.call(&["run", "p"]);
        let output = format!("{closed}: {}{}", run.stdout, run.stderr);
        within.iter().for_each(|folder| mode(folder, 0o777));
        assert!([1, 2].contains(&run.code), "{output}");
        assert!(run.stdout.contains(closed), "{output}");
        assert_nothing_lost(project, (&old, &new), &output);
    }
}

#[test]
fn read_only_store_is_readable() {
    let user = OtherUser::with(large());
    let project = &user.project;
    let before = project.files("artifacts");
    for folder in folders(&project.path("artifacts")) {
        mode(&folder, 0o555);
    }
    for command in [&["status", "p"][..], &["explain", "p"], &["store", "size"]] {
        let call = user.call(command);
        assert_eq!(call.code, 0, "{command:?}: {}", call.stdout);
    }
    let status = user.call(&["status", "p"]);
    assert!(status.pairs("verdict").iter().all(|(_, verdict)| verdict == "fresh"));
    for command in [&["run", "p"][..], &["store", "verify"], &["store", "prune"]] {
        let call = user.call(command);
        assert_eq!(
            (call.code, call.error("code")),
            (2, "unwritable"),
            "{command:?}: {}",
            call.stdout
        );
        assert!(call.error("hint").contains("permissions"), "{}", call.stdout);
    }
    assert_eq!(project.files("artifacts"), before);
    for folder in folders(&project.path("artifacts")) {
        mode(&folder, 0o755);
    }
}

#[test]
fn unreadable_file_is_not_reported_as_damaged() {
    let user = OtherUser::with(large());
    let project = &user.project;
    let closed = store_files(project);
    let records = closed.iter().filter(|path| path.to_string_lossy().contains("/records/"));
    records.clone().for_each(|path| mode(path, 0o000));
    let status = user.call(&["status", "p"]);
    for stage in ["lower", "lone"] {
        assert_eq!(status.stage(stage)["reasons"][0]["code"], "unreadable", "{}", status.stdout);
    }
    let verify = user.call(&["store", "verify"]);
    assert_eq!((verify.code, verify.error("code")), (2, "store_io"), "{}", verify.stdout);
    assert!(verify.error("message").contains("/records/"), "{}", verify.stdout);
    let prune = user.call(&["store", "prune", "--keep", "0"]);
    assert_eq!((prune.code, prune.error("code")), (2, "store_io"), "{}", prune.stdout);
    assert!(closed.iter().all(|path| path.exists()), "nothing is quarantined or removed");
    records.for_each(|path| mode(path, 0o644));
    assert_eq!(project.run(&[]).fresh().len(), 4);
}
