//! Edits while a run is under way: no false result, and one more run of what they touch.

use crate::project::Project;

/// A stage that edits the project as a user would, while it runs, and one that reads it afterwards.
fn edited_by(edit: &str, files: &str, read: &str) -> Project {
    Project::of(&format!(
        "stages:\n  slow: {{ uses: command, run: \"{edit}; echo x > {{out}}/x\", outputs: [x] }}\n  late:\n    \
         uses: command\n    from: {{ x: slow }}\n    files: {{ f: {files} }}\n    \
         run: \"echo ran >> times; {read} > {{out}}/o\"\n    outputs: [o]\n"
    ))
    .file("data/a.txt", "old")
    .file("data/b.txt", "")
}

#[test]
fn stage_that_starts_after_an_edit_runs_once() {
    for (edit, files, read, seen) in [
        ("printf new > data/a.txt", "data/a.txt", "cat {f}", "new"),
        ("printf new > data/a.txt", "\"data/*.txt\"", "cat {f}/*", "new"),
        ("printf new > data/c.txt", "\"data/*.txt\"", "cat {f}/*", "oldnew"),
        ("rm data/b.txt", "\"data/*.txt\"", "ls {f}", "a.txt\n"),
        ("mv data/b.txt data/z.txt", "\"data/*.txt\"", "ls {f}", "a.txt\nz.txt\n"),
    ] {
        let project = edited_by(edit, files, read);
        let run = project.run(&[]);
        assert_eq!(run.executed(), ["slow", "late"]);
        assert!(!run.stderr.contains("changed while"), "{}", run.stderr);
        assert_eq!(project.text("artifacts/p/late/o"), seen, "{edit}");
        assert_eq!(project.run(&[]).fresh(), ["slow", "late"], "{edit}");
        assert_eq!(project.text("times"), "ran\n", "{edit}");
    }
}

#[test]
fn edit_that_is_undone_before_a_stage_starts_runs_nothing() {
    let project = edited_by("printf new > data/a.txt", "data/a.txt", "cat {f}");
    project.run(&[]);
    project.write("data/a.txt", "old");
    let run = project.run(&["--force", "slow"]);
    assert_eq!((run.executed(), run.fresh()), (vec!["slow".into()], vec!["late".into()]));
}

#[test]
fn edit_while_a_stage_reads_costs_one_more_run() {
    for (files, edit) in [
        ("data/a.txt", "echo x >> data/a.txt"),
        ("\"data/*.txt\"", "rm data/b.txt"),
        ("\"data/*.txt\"", "mv data/b.txt data/c.txt"),
    ] {
        let project = Project::of(&format!(
            "stages:\n  a:\n    uses: command\n    files: {{ f: {files} }}\n    \
             run: \"echo ran >> times; [ -e edited ] || {{ touch edited; {edit}; }}; ls {{f}} > {{out}}/o\"\n    \
             outputs: [o]\n"
        ))
        .file("data/a.txt", "old")
        .file("data/b.txt", "");
        let run = project.run(&[]);
        assert!(run.stderr.contains("changed while being read; retrying"), "{}", run.stderr);
        assert_eq!(project.run(&[]).fresh(), ["a"], "{edit}");
        assert_eq!(project.text("times"), "ran\nran\n", "{edit}");
    }
}

#[test]
fn input_that_vanishes_before_its_stage_starts_is_named() {
    let project = edited_by("rm data/a.txt", "data/a.txt", "cat {f}");
    let run = project.call(&["run", "p"]);
    assert_eq!((run.code, run.ended("failed")), (1, vec!["late".into()]), "{}", run.stderr);
    let project = edited_by("rm data/*.txt", "\"data/*.txt\"", "ls {f}");
    let run = project.call(&["run", "p"]);
    assert_eq!((run.code, run.ended("failed")), (1, vec!["late".into()]), "{}", run.stderr);
    let detail = run.stage("late")["detail"].as_str().unwrap();
    assert!(detail.contains("matches no files"), "{detail}");
    assert!(run.stage("late")["hint"].as_str().unwrap().contains("run again"));
}
