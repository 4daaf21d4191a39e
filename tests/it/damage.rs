//! Files on disk may be damaged; outputs are correct or recomputed.

use crate::project::Project;
use crate::stored::{blob, damage, record};
use crate::tiny::{WHOLE, chain};

/// [`chain`] after runs with `echo lone` and another command, edited back.
fn reverted() -> Project {
    let project = chain();
    project.run(&[]);
    project.change("echo lone", "echo else");
    project.run(&[]);
    project.change("echo else", "echo lone");
    project
}

#[test]
fn blob_with_a_flipped_bit_is_quarantined_and_recomputed() {
    let project = reverted();
    damage(&blob(&project, b"lone\n"), |bytes| bytes[2] ^= 1);
    assert_eq!(project.verdicts(&[])[3].1, "restore");
    let run = project.run(&[]);
    assert_eq!((run.executed(), run.restored()), (vec!["lone".into()], vec![]));
    assert!(run.stderr.contains("'lone.txt' is corrupt"), "{}", run.stderr);
    assert_eq!(project.text("artifacts/p/lone/lone.txt"), "lone\n");
    assert_eq!(
        project.files("artifacts/store/quarantine").into_values().collect::<Vec<_>>(),
        [b"looe\n"]
    );
    assert_eq!(project.run(&[]).fresh().len(), 4);
}

#[test]
fn truncated_or_missing_blob_is_recomputed() {
    for lost in [false, true] {
        let project = reverted();
        let path = blob(&project, b"lone\n");
        if lost {
            fs_err::remove_file(&path).unwrap();
        } else {
            damage(&path, |bytes| bytes.truncate(3));
        }
        assert_eq!(project.verdicts(&[])[3].1, "run");
        assert_eq!(project.run(&[]).executed(), ["lone"]);
        assert_eq!(fs_err::read(&path).unwrap(), b"lone\n");
        assert_eq!(project.text("artifacts/p/lone/lone.txt"), "lone\n");
    }
}

#[test]
fn missing_blob_of_a_fresh_stage_is_recomputed() {
    let project = chain();
    project.run(&[]);
    fs_err::remove_file(blob(&project, b"b\na\nc\n")).unwrap();
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["lower"]);
    assert_eq!(run.fresh(), ["sorted", "count", "lone"]);
}

#[test]
fn stage_never_reads_a_damaged_blob_of_a_fresh_one() {
    let project = chain();
    project.run(&[]);
    damage(&blob(&project, b"b\na\nc\n"), |bytes| bytes[0] = b'x');
    project.change("sort {text}", "sort -r {text}");
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["lower", "sorted", "count"]);
    assert!(run.stderr.contains("'lower.txt' of 'lower' is corrupt"), "{}", run.stderr);
    assert_eq!(project.text("artifacts/p/sorted/sorted.txt"), "c\nb\na\n");
}

#[test]
fn damaged_blob_upstream_of_the_selection_fails_the_stage() {
    let project = chain();
    project.run(&[]);
    damage(&blob(&project, b"b\na\nc\n"), |bytes| bytes[0] = b'x');
    project.change("sort {text}", "sort -r {text}");
    let call = project.call(&["run", "p", "--only", "sorted"]);
    assert_eq!(call.code, 1, "{}", call.stdout);
    assert!(call.stage("sorted")["detail"].as_str().unwrap().contains("is corrupt"));
    assert_eq!(project.run(&[]).executed(), ["lower", "sorted", "count"]);
}

#[test]
fn damaged_record_is_never_a_hit() {
    let project =
        Project::of("stages: { a: { uses: command, run: \"echo x > {out}/x\", outputs: [x] } }\n");
    project.run(&[]);
    let path = record(&project, "command");
    let intact = fs_err::read(&path).unwrap();
    let verdict = |bytes: &[u8]| {
        fs_err::write(&path, bytes).unwrap();
        project.verdicts(&[])[0].1.clone()
    };
    assert_eq!(verdict(&intact), "fresh");
    for at in (0..intact.len()).step_by(11) {
        let mut flipped = intact.clone();
        flipped[at] ^= 1;
        assert_eq!(verdict(&flipped), "run", "byte {at} flipped");
        assert_eq!(verdict(&intact[..at]), "run", "cut at {at}");
    }
    assert_eq!(project.run(&[]).executed(), ["a"]);
    assert_eq!(project.run(&[]).fresh(), ["a"]);
}

#[test]
fn swapped_record_is_never_a_hit() {
    let project = chain();
    project.run(&["--until", "lower"]);
    let other = fs_err::read(record(&project, "command")).unwrap();
    project.run(&[]);
    for path in project.listing("artifacts/store/records/command") {
        project.write(&format!("artifacts/store/records/command/{path}"), &other);
    }
    let run = project.run(&[]);
    assert!(
        run.executed().ends_with(&["sorted".into(), "count".into(), "lone".into()]),
        "{}",
        run.stdout
    );
    assert_eq!(project.text("artifacts/p/sorted/sorted.txt"), "a\nb\nc\n");
}

#[test]
fn missing_or_damaged_pointer_costs_only_a_restore() {
    for damaged in [false, true] {
        let project = chain();
        project.run(&[]);
        let pointer = "artifacts/store/current/p/lone.json";
        if damaged {
            project.write(pointer, "{")
        } else {
            project.remove(pointer)
        }
        let run = project.run(&[]);
        assert_eq!((run.executed(), run.restored()), (vec![], vec!["lone".to_owned()]));
    }
}

#[test]
fn edit_of_a_visible_output_never_reaches_the_store() {
    let project = chain();
    project.run(&[]);
    project.write("artifacts/p/lower/lower.txt", "zzz\n");
    let run = project.run(&["--force", "sorted"]);
    assert_eq!(project.text("artifacts/p/sorted/sorted.txt"), "a\nb\nc\n");
    assert_eq!(run.executed(), ["sorted"]);
    project.remove("artifacts/p/lower/lower.txt");
    assert_eq!(project.run(&[]).restored(), ["lower"]);
    assert_eq!(project.text("artifacts/p/lower/lower.txt"), "b\na\nc\n");
}

#[test]
fn edited_output_is_backed_up() {
    let project = chain();
    project.run(&[]);
    project.write("artifacts/p/lone/lone.txt", "by hand\n");
    project.write("artifacts/p/lone/mine/notes.txt", "mine\n");
    project.change("echo lone", "echo two");
    let run = project.call_plain(&["run", "p"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("edited files are now in artifacts/p/lone~edited"),
        "{}",
        run.stderr
    );
    assert_eq!(project.text("artifacts/p/lone/lone.txt"), "two\n");
    assert_eq!(project.text("artifacts/p/lone~edited/lone.txt"), "by hand\n");
    assert_eq!(project.text("artifacts/p/lone~edited/mine/notes.txt"), "mine\n");

    // Files that are touched but not edited are not backed up.
    project.touch("artifacts/p/lone/lone.txt");
    project.change("echo two", "echo three");
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/lone/lone.txt"), "three\n");
    assert!(!project.exists("artifacts/p/lone~edited-2"));
    project.write("artifacts/p/lone/lone.txt", "again\n");
    project.change("echo three", "echo four");
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/lone~edited-2/lone.txt"), "again\n");
}

#[test]
fn command_that_writes_its_input_never_changes_the_store() {
    let project = chain();
    project.change(
        "sort {text} > {out}/sorted.txt",
        "echo zzz > {text}; sort {text} > {out}/sorted.txt",
    );
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/sorted/sorted.txt"), "zzz\n");
    assert_eq!(project.text("artifacts/p/lower/lower.txt"), "b\na\nc\n");
    assert!(project.files("artifacts/store/blobs").values().any(|bytes| bytes == b"b\na\nc\n"));
}

#[test]
fn deleted_visible_folder_is_restored() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    let before = project.files("artifacts/p");
    project.remove("artifacts/p");
    let run = project.run(&[]);
    assert_eq!((run.executed(), run.restored().len()), (vec![], 6));
    assert_eq!(project.files("artifacts/p"), before);
    project.remove("artifacts/p/drawn/songs/midi");
    assert_eq!(project.run(&[]).restored(), ["drawn"]);
    assert_eq!(project.files("artifacts/p"), before);
}

#[test]
fn everything_is_recomputed_without_the_store() {
    let project = chain();
    project.run(&[]);
    project.remove("artifacts/store");
    assert_eq!(project.run(&[]).executed().len(), 4);
}

#[test]
fn leftovers_of_killed_runs_are_harmless() {
    let project = chain();
    project.write("artifacts/work/0123/out/x", "x");
    project.write("artifacts/p/.next-abc/outputs/x", "x");
    project.write("artifacts/store/records/command/.new123", "{");
    assert_eq!(project.run(&[]).executed().len(), 4);
    assert_eq!(project.run(&[]).fresh().len(), 4);
}

#[test]
fn missing_diagnostics_do_not_rerun_the_stage() {
    let project = Project::of(
        "stages: { a: { uses: command, run: \"echo told; : > {out}/x\", outputs: [x] } }\n",
    );
    project.run(&[]);
    fs_err::remove_file(blob(&project, b"told\n")).unwrap();
    assert_eq!(project.run(&[]).fresh(), ["a"]);
}
