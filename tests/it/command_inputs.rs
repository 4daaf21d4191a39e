//! Inputs of a command: their paths are part of its fingerprint, and files keep their names.

use crate::project::Project;
use crate::tiny::chain;

/// A matrix, and a command that writes the name of each instance's folder beside its value.
const LABELS: &str = "\
stages:
  draw:
    uses: command
    matrix: { alpha: [1, 2] }
    run: \"[ {alpha} -gt 1 ] && echo saturated > {out}/v || echo linear > {out}/v\"
    outputs: [v]
  table:
    uses: command
    gather: { draws: draw }
    run: \"for f in {draws}; do basename $(dirname $f); cat $f; done > {out}/t\"
    outputs: [t]
";

#[test]
fn command_runs_again_if_an_upstream_instance_has_another_name() {
    let project = Project::of(LABELS);
    project.run(&[]);
    project.change("[1, 2]", "[1, 3]");
    let status = project.call(&["run", "p", "--until", "draw"]);
    assert_eq!(status.executed(), ["draw[alpha=3]"]);
    let status = project.call(&["status", "p"]);
    let reason = &status.stage("table")["reasons"][0];
    assert_eq!((&reason["code"], &reason["what"]), (&"input_paths".into(), &"draws".into()));
    assert_eq!(reason["files"][0], "draw[alpha=2]/v -> draw[alpha=3]/v");
    assert_eq!(project.run(&[]).executed(), ["table"]);
    let table = project.text("artifacts/p/table/t");
    assert_eq!(table, "draw[alpha=1]\nlinear\ndraw[alpha=3]\nsaturated\n");
    project.write("pipelines/p.yaml", project.text("pipelines/p.yaml").replace("draw:", "ink:"));
    project.change("draws: draw", "draws: ink");
    assert_eq!(project.run(&[]).executed(), ["table"], "the instances are restored");
    assert!(project.text("artifacts/p/table/t").starts_with("ink[alpha=1]\n"));
}

#[test]
fn names_of_upstreams_do_not_matter_to_a_command_that_names_no_input() {
    let project = Project::of(
        &LABELS.replace("for f in {draws}; do basename $(dirname $f); cat $f; done", "date"),
    );
    project.run(&[]);
    project.change("[1, 2]", "[1, 3]");
    assert_eq!(project.run(&[]).executed(), ["draw[alpha=3]"]);
}

#[test]
fn path_of_a_file_is_part_of_the_fingerprint() {
    let project = Project::of(
        "stages:\n  a:\n    uses: command\n    files: { f: data/x/one }\n    \
         run: \"basename $(dirname {f}) > {out}/o\"\n    outputs: [o]\n",
    );
    project.write("data/x/one", "same");
    project.write("data/y/one", "same");
    project.run(&[]);
    project.change("data/x/one", "data/y/one");
    assert_eq!(project.run(&[]).executed(), ["a"]);
    assert_eq!(project.text("artifacts/p/a/o"), "y\n");
}

/// A command that lists an input.
fn listing(files: &str) -> Project {
    Project::of(&format!(
        "stages:\n  a:\n    uses: command\n    files: {{ f: {files} }}\n    \
         run: \"if [ -d {{f}} ]; then ls {{f}}; else echo file; fi > {{out}}/o\"\n    outputs: [o]\n"
    ))
}

#[test]
fn glob_is_a_folder_and_a_path_a_file_however_many_files_match() {
    for (written, found, seen) in [
        ("\"data/*.csv\"", &["a", "b"][..], "a.csv\nb.csv\n"),
        ("\"data/*.csv\"", &["a"], "a.csv\n"),
        ("\"data/{a,b}.csv\"", &["b"], "b.csv\n"),
        ("[data/a.csv, data/b.csv]", &["a", "b"], "a.csv\nb.csv\n"),
        ("[data/a.csv, data/a.csv]", &["a"], "a.csv\n"),
        ("data/a.csv", &["a"], "file\n"),
        ("[data/a.csv]", &["a", "b"], "file\n"),
    ] {
        let project = listing(written);
        for name in found {
            project.write(&format!("data/{name}.csv"), name);
        }
        project.run(&[]);
        assert_eq!(project.text("artifacts/p/a/o"), seen, "{written} of {found:?}");
    }
}

#[test]
fn glob_in_place_of_a_path_runs_again() {
    let project = listing("data/a.csv").file("data/a.csv", "");
    project.run(&[]);
    project.change("data/a.csv", "\"data/*.csv\"");
    assert_eq!(project.run(&[]).executed(), ["a"]);
    assert_eq!(project.text("artifacts/p/a/o"), "a.csv\n");
}

#[test]
fn upstream_is_a_file_if_it_declares_one() {
    for (outputs, from, seen) in [
        ("[x]", "make", "file\n"),
        ("[x, y]", "make", "x\ny\n"),
        ("[x, y]", "make.y", "file\n"),
        ("[d/]", "make", "d\n"),
        ("[d/]", "make.d/", "d\n"),
        ("[sub/x]", "make", "sub\n"),
    ] {
        let declared = outputs.trim_matches(['[', ']']).split(", ");
        let touch: String = declared
            .map(|path| match path {
                "d/" => "touch {out}/d/x; ".to_owned(),
                path => format!("touch {{out}}/{path}; "),
            })
            .collect();
        let project = Project::of(&format!(
            "stages:\n  make: {{ uses: command, outputs: {outputs}, run: \"{touch}\" }}\n  \
             a:\n    uses: command\n    from: {{ f: {from} }}\n    \
             run: \"if [ -d {{f}} ]; then ls {{f}}; else echo file; fi > {{out}}/o\"\n    outputs: [o]\n"
        ));
        project.run(&[]);
        assert_eq!(project.text("artifacts/p/a/o"), seen, "{from} of {outputs}");
    }
}

#[test]
fn files_keep_their_names_in_the_folder_of_a_glob() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::of(
        "stages:\n  a:\n    uses: command\n    files: { f: \"data/**/*.csv\" }\n    \
         run: \"cd {f} && find . -name '*.csv' | LC_ALL=C sort > {out}/o\"\n    outputs: [o]\n",
    );
    let names = [
        &b"caf\xe9.csv"[..],
        b"a\\x41.csv",
        b"a\\b.csv",
        b" -rf.csv",
        b"*.csv",
        b"sub\xff/in.csv",
        b"$HOME.csv",
    ];
    for name in names {
        let path = project.path("data").join(std::ffi::OsStr::from_bytes(name));
        crate::project::write(&path, b"");
    }
    project.run(&[]);
    let mut expected: Vec<Vec<u8>> =
        names.iter().map(|name| [b"./", *name, b"\n"].concat()).collect();
    expected.sort();
    assert_eq!(project.bytes("artifacts/p/a/o"), expected.concat());
}

#[test]
fn other_commands_stay_fresh_after_a_rename() {
    let project = chain();
    project.run(&[]);
    project.write("pipelines/p.yaml", project.text("pipelines/p.yaml").replace("lone", "alone"));
    project.change("> {out}/alone.txt", "> {out}/lone.txt");
    project.change("outputs: [alone.txt]", "outputs: [lone.txt]");
    project.change("echo alone", "echo lone");
    assert_eq!(project.run(&[]).restored(), ["alone"]);
}

#[test]
fn folder_that_is_read_like_a_file_is_explained() {
    let project = listing("\"data/*.csv\"").file("data/a.csv", "");
    project.change("if [ -d {f} ]; then ls {f}; else echo file; fi", "cat {f}");
    let run = project.call(&["run", "p"]);
    assert_eq!(run.stage("a")["hint"], "{f} is a folder: its files are {f}/*", "{}", run.stdout);
}
