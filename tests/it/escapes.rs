//! No text of a pipeline, a file or a program steers the terminal, in any command.

use crate::project::{Outcome, Project};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A title, a cleared screen, hidden text, a C1 control, a bidirectional override.
const EVIL: &str = "\u{1b}]0;pwned\u{7}\u{1b}[3J\u{1b}[66;6H\u{1b}[8m\u{9b}2J\u{202e}";
/// The same in a YAML string.
const WRITTEN: &str = r"\e]0;pwned\a\e[3J\e[66;6H\e[8m\u009b2J\u202e";

/// Its start, which can be in a pattern.
const TITLE: &str = r"\e]0;pwned\a";

/// Asserts that a call with colours prints no control sequence except our styles, on either stream. Returns both
/// streams.
fn assert_harmless(project: &Project, arguments: &[&str]) -> String {
    let mut command = project.command(arguments);
    let call = Outcome::of(command.env("CLICOLOR_FORCE", "1"));
    let text = call.stdout.clone() + &call.stderr;
    let mut shown = text.clone();
    for style in ["0", "1", "2", "4", "31", "32", "33", "36", "1;31"] {
        shown = shown.replace(&format!("\u{1b}[{style}m"), "");
    }
    let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!shown.contains(steers), "{arguments:?}: {shown:?}");
    text
}

#[test]
fn no_command_prints_control_characters_of_a_pipeline() {
    let project = Project::of(&format!(
        "about: \"Songs{WRITTEN}\"\nstages:\n  a:\n    uses: command\n    \
         params: {{ x: \"{WRITTEN}\" }}\n    files: {{ f: \"data/*{TITLE}*\" }}\n    \
         run: \"true #{WRITTEN}\\r {{x}} {{f}} > {{out}}/o\"\n    outputs: [o]\n"
    ));
    let missing = assert_harmless(&project, &["status", "p"]);
    assert!(missing.contains("matches no files") && missing.contains("pwned"), "{missing}");
    project.write(&format!("data/f{EVIL}"), "");
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["status", "p"],
        &["explain", "p"],
        &["explain", "p", "--json"],
        &["graph", "p"],
        &["graph", "p", "--format", "mermaid"],
        &["graph", "p", "--json"],
        &["run", "p", "--dry-run"],
        &["run", "p", "--dry-run", "--json"],
        &["run", "p", "--progress", "plain"],
        &["run", "p", "--progress", "bars", "--force", "a"],
        &["run", "p", "--progress", "json", "--force", "a", "--note", EVIL],
        &["runs"],
        &["runs", "show", "last"],
        &["runs", "show", "last", "--json"],
        &["run", "p", "--set", "stages.a.params.x=1", "--json"],
        &["runs", "diff", "last", "last~1"],
        &["store", "size"],
        &["store", "verify"],
    ] {
        assert_harmless(&project, arguments);
    }
}

#[test]
fn no_error_prints_control_characters() {
    let project = Project::new();
    for yaml in [
        format!("stages: {{}}\n\"{WRITTEN}\": 1\n"),
        format!("stages:\n  \"a{WRITTEN}\": {{ uses: compose }}\n"),
        format!("stages: {{ a: {{ uses: \"x{WRITTEN}\" }} }}\n"),
        format!("stages: {{ a: {{ uses: command, run: \"true\", outputs: [\"o{WRITTEN}\"] }} }}\n"),
        format!(
            "stages: {{ a: {{ uses: command, run: \"true\", files: {{ x: \"data/{WRITTEN}\" }} }} }}\n"
        ),
        format!(
            "stages: {{ a: {{ uses: command, run: \"cat {{x}}\", env: [\"A={WRITTEN}\"] }} }}\n"
        ),
        format!("stages: {{ a: {{ uses: compose, params: {{ \"songs{WRITTEN}\": 1 }} }} }}\n"),
        format!("stages: {{ a: {{ uses: compose, params: {{ songs: \"{WRITTEN}\" }} }} }}\n"),
    ] {
        project.write("pipelines/p.yaml", &yaml);
        for arguments in [&["status", "p"][..], &["list"], &["run", "p", "--json"]] {
            assert_harmless(&project, arguments);
        }
        assert_eq!(project.call(&["status", "p"]).code, 2, "{yaml}");
    }
    project.write(&format!("pipelines/w{EVIL}.yaml"), "stages: {}\n");
    for arguments in [
        &["list"][..],
        &["status", EVIL],
        &["status", &format!("n{EVIL}/missing.yaml")],
        &["run", "p", "--set", EVIL],
        &["run", "p", "--jobs", EVIL],
        &["run", "p", "--run-id", EVIL],
        &[EVIL],
        &["-C", EVIL, "list"],
        &["stats", EVIL],
        &["runs", "show", EVIL],
        &["kinds", EVIL],
    ] {
        assert_harmless(&project, arguments);
    }
}

#[test]
fn output_and_names_of_programs_are_harmless() {
    let project = Project::of(
        "stages:\n  a: { uses: command, outputs: [o], run: \"printf '\\\\033]0;pwned\\\\007' >&2; exit 3\" }\n",
    );
    let printed = assert_harmless(&project, &["run", "p", "--progress", "plain"]);
    assert!(printed.contains("exit code 3"), "{printed}");
    assert_harmless(&project, &["explain", "p"]);
    let project = Project::of(
        "stages:\n  a: { uses: command, outputs: [o], run: \"touch {out}/o; touch \\\"{out}/p$(printf '\\\\033]0;pwned')\\\"\" }\n",
    );
    for how in ["plain", "bars", "json"] {
        let printed = assert_harmless(&project, &["run", "p", "--progress", how]);
        assert!(printed.contains("not a declared output"), "{printed}");
    }
}

#[test]
fn names_of_a_corpus_are_harmless_on_screen_and_exact_in_data() {
    let project = Project::of(
        "stages:\n  cat: { uses: scan, files: { midi: \"data/**/*.mid\" } }\n  \
         rolls: { uses: extract, from: { catalog: cat } }\n",
    );
    let path = format!("x{EVIL}/a{EVIL}.mid");
    let name = Path::new("data").join(std::ffi::OsStr::from_bytes(path.as_bytes()));
    crate::project::write(&project.path("").join(name), b"");
    for arguments in [
        &["run", "p"][..],
        &["run", "p", "--progress", "bars"],
        &["status", "p"],
        &["explain", "p"],
        &["stats", "p/cat"],
        &["stats", "p/cat", "--json"],
        &["stats", "p/cat", "--describe"],
        &["stats", "p/cat", "--sql", "select path from self"],
        &["stats", "p/cat", "--json", "--sql", "select path from self"],
        &["stats", "p/cat", "--sql", &format!("select \"{EVIL}\" from self")],
    ] {
        assert_harmless(&project, arguments);
    }
}
