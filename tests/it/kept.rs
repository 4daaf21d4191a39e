//! Files that the user edits or adds among visible outputs are kept in a backup folder, even if the store is damaged.

use crate::project::{Outcome, Project};
use crate::stored::{damage, record_of};
use std::os::unix::fs::symlink;

const SONGS: &str = "\
stages:
  songs:
    uses: command
    params: { n: 1 }
    run: \"echo draft {n} > {out}/song.txt; echo draft {n} > {out}/midi/a; echo same > {out}/same\"
    outputs: [song.txt, midi/, same]
";

/// A project whose output is edited, with an added file and an added folder.
fn edited() -> Project {
    let project = Project::of(SONGS);
    project.run(&[]);
    edit(&project);
    project
}

fn edit(project: &Project) {
    project.write("artifacts/p/songs/song.txt", "my edit!\n");
    project.write("artifacts/p/songs/mine/notes.txt", "my notes");
    project.write("artifacts/p/songs/midi/b", "my song");
    symlink("song.txt", project.path("artifacts/p/songs/latest")).unwrap();
}

/// The edited files are in the backup folder, which the run names; the outputs are the program's.
fn check_kept(project: &Project, run: &Outcome, what: &str) {
    assert_eq!(run.code, 0, "{what}: {}", run.stderr);
    assert!(run.stderr.contains("artifacts/p/songs~edited"), "{what}: {}", run.stderr);
    let text = |path: &str| project.text(&format!("artifacts/p/songs~edited/{path}"));
    assert_eq!(text("song.txt"), "my edit!\n", "{what}");
    assert_eq!(text("mine/notes.txt"), "my notes", "{what}");
    assert_eq!(text("midi/b"), "my song", "{what}");
    let link = fs_err::read_link(project.path("artifacts/p/songs~edited/latest")).unwrap();
    assert_eq!(link.to_str(), Some("song.txt"), "{what}");
    assert_eq!(project.listing("artifacts/p/songs"), ["midi/a", "same", "song.txt"], "{what}");
    assert!(project.text("artifacts/p/songs/song.txt").starts_with("draft"), "{what}");
}

#[test]
fn edited_files_are_kept_when_the_store_is_damaged_or_removed() {
    type Mishap = (&'static str, fn(&Project));
    let mishaps: [Mishap; 9] = [
        ("nothing", |_| {}),
        ("the store was deleted", |project| project.remove("artifacts/store")),
        ("the pointer was deleted", |project| {
            project.remove("artifacts/store/current/p/songs.json");
        }),
        ("the pointer is damaged", |project| {
            damage(&project.path("artifacts/store/current/p/songs.json"), |bytes| bytes[90] ^= 1);
        }),
        ("the record is damaged", |project| {
            damage(&record_of(project, "songs"), |bytes| bytes[200] ^= 1);
        }),
        ("the record was deleted", |project| {
            fs_err::remove_file(record_of(project, "songs")).unwrap();
        }),
        ("the clock was set back: the pointer is younger than the edit", |project| {
            let pointer = "artifacts/store/current/p/songs.json";
            project.write(pointer, project.bytes(pointer));
        }),
        ("a publication was interrupted", |project| {
            project.write("artifacts/p/.next-songs/new/song.txt", "half");
        }),
        ("work and runs were deleted", |project| {
            project.remove("artifacts/work");
            project.remove("artifacts/runs");
        }),
    ];
    for (what, mishap) in mishaps {
        let project = edited();
        mishap(&project);
        project.change("n: 1", "n: 2");
        check_kept(&project, &project.call(&["run", "p"]), what);
        assert_eq!(project.text("artifacts/p/songs/song.txt"), "draft 2\n", "{what}");
        assert!(!project.exists("artifacts/p/songs~edited/same"), "{what}: equal in both");
        assert_eq!(project.run(&[]).fresh(), ["songs"], "{what}");
    }
}

#[test]
fn files_of_a_folder_that_existed_before_the_first_run_are_kept() {
    let project = Project::of(SONGS);
    edit(&project);
    check_kept(&project, &project.call(&["run", "p"]), "before the first run");
}

#[test]
fn edited_files_survive_a_kill_between_exchange_and_backup() {
    let project = edited();
    project.change("n: 1", "n: 2");
    project.rename("artifacts/p/songs", "artifacts/p/old");
    project.write("artifacts/p/.next-songs/x", "");
    project.remove("artifacts/p/.next-songs/x");
    project.rename("artifacts/p/old", "artifacts/p/.next-songs/outputs");
    project.write("artifacts/p/songs/song.txt", "draft 2\n");
    check_kept(&project, &project.call(&["run", "p"]), "killed");
    let project = edited();
    project.write("artifacts/p/.next-songs/x", "");
    project.remove("artifacts/p/.next-songs/x");
    project.rename("artifacts/p/songs", "artifacts/p/.next-songs/outputs");
    let prune = project.call(&["store", "prune", "--keep", "0", "--runs", "--work"]);
    assert_eq!(prune.code, 0, "{}", prune.stderr);
    check_kept(&project, &project.call(&["run", "p"]), "killed and pruned");
}

#[test]
fn outputs_of_an_interrupted_publication_do_not_count_as_edited() {
    let project = Project::of(SONGS);
    let pointer = "artifacts/store/current/p/songs.json";
    project.run(&[]);
    let old = project.bytes(pointer);
    project.change("n: 1", "n: 2");
    project.run(&[]);
    // The outputs were exchanged, and the pointer was not written.
    let new: serde_json::Value = serde_json::from_slice(&project.bytes(pointer)).unwrap();
    let stamps = new["current"]["shown"].as_str().unwrap();
    project.write("artifacts/p/.next-songs/stamps.tsv", stamps);
    project.write(pointer, old);
    project.change("n: 2", "n: 1");
    let run = project.run(&[]);
    assert!(run.restored() == ["songs"] && !run.stderr.contains("~edited"), "{}", run.stderr);
    assert_eq!(project.listing("artifacts/p").len(), 3);
}

#[test]
fn link_or_file_in_place_of_the_folder_is_kept() {
    let project = edited();
    fs_err::create_dir(project.outside("big")).unwrap();
    fs_err::write(project.outside("big/keep.txt"), "beside").unwrap();
    project.remove("artifacts/p/songs");
    symlink(project.outside("big"), project.path("artifacts/p/songs")).unwrap();
    let run = project.run(&[]);
    assert!(run.stderr.contains("artifacts/p/songs~edited"), "{}", run.stderr);
    let link = fs_err::read_link(project.path("artifacts/p/songs~edited/songs")).unwrap();
    assert_eq!(link, project.outside("big"));
    assert_eq!(fs_err::read_to_string(project.outside("big/keep.txt")).unwrap(), "beside");
    project.remove("artifacts/p/songs");
    project.write("artifacts/p/songs", "a file");
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/songs~edited-2/songs"), "a file");
}

#[test]
fn link_in_place_of_the_folder_of_a_pipeline_is_refused_before_anything_runs() {
    let project = Project::of(SONGS);
    fs_err::create_dir_all(project.outside("music/songs")).unwrap();
    fs_err::write(project.outside("music/songs/opus1.mid"), "years of work").unwrap();
    fs_err::create_dir(project.path("artifacts")).unwrap();
    symlink(project.outside("music"), project.path("artifacts/p")).unwrap();
    let run = project.call(&["run", "p"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.error("message").contains("artifacts/p is a link"), "{}", run.stdout);
    assert!(run.error("hint").contains("link artifacts/ itself"), "{}", run.stdout);
    let kept = fs_err::read_to_string(project.outside("music/songs/opus1.mid")).unwrap();
    assert_eq!(kept, "years of work");
    project.remove("artifacts/p");
    project.write("artifacts/p", "a file");
    let run = project.call(&["run", "p"]);
    assert!(run.code == 2 && run.error("message").contains("is not a folder"), "{}", run.stdout);
}

#[test]
fn unedited_outputs_are_not_backed_up() {
    let project = Project::of(SONGS);
    project.run(&[]);
    for n in 2..5 {
        project.change(&format!("n: {}", n - 1), &format!("n: {n}"));
        project.touch("artifacts/p/songs/song.txt");
        let run = project.run(&[]);
        assert!(!run.stderr.contains("~edited"), "{}", run.stderr);
    }
    assert_eq!(project.listing("artifacts/p").len(), 3);
}

#[test]
fn hard_link_of_the_user_keeps_its_content() {
    let project = Project::of(SONGS);
    project.run(&[]);
    let (song, mine) = (project.path("artifacts/p/songs/same"), project.path("data/mine"));
    fs_err::hard_link(&song, &mine).unwrap();
    project.change("n: 1", "n: 2");
    project.run(&[]);
    project.write("artifacts/p/songs/same", "edited later");
    assert_eq!(project.text("data/mine"), "same\n");
}
