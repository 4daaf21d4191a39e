//! An answer that cannot be written is a failure; a closed pipe is not.

use crate::project::{Outcome, Project};
use crate::tiny::corpus;
use std::process::Stdio;

const COMMANDS: &[&[&str]] = &[
    &["list"],
    &["list", "--json"],
    &["status", "p"],
    &["status", "p", "--json"],
    &["explain", "p"],
    &["graph", "p"],
    &["graph", "p", "--format", "dot"],
    &["kinds"],
    &["kinds", "scan"],
    &["schema"],
    &["completions", "bash"],
    &["runs"],
    &["runs", "show", "last"],
    &["runs", "diff", "last", "last"],
    &["store", "size"],
    &["store", "verify"],
    &["store", "prune", "--keep", "3", "--dry-run"],
    &["stats", "p/catalog"],
    &["stats", "p/catalog", "--describe"],
    &["stats", "p/catalog", "--format", "csv"],
    &["stats", "p/catalog", "--json", "--sql", "select path from self"],
    &["run", "p", "--dry-run"],
    &["run", "p", "--json"],
    &["--help"],
    &["run", "--help"],
    &["--version"],
];

fn project() -> Project {
    let project = corpus();
    project.run(&[]);
    project
}

#[test]
fn full_device_is_an_error_in_one_line() {
    let project = project();
    for arguments in COMMANDS {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let call = project.command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let call = Outcome::from(call);
        assert_eq!(call.code, 1, "{arguments:?}: {}", call.stderr);
        let errors = call.stderr.lines().filter(|line| line.contains("cannot write to stdout"));
        assert_eq!(errors.count(), 1, "{arguments:?}: {}", call.stderr);
    }
}

#[test]
fn exit_code_of_the_command_is_kept_if_it_failed() {
    let project = project();
    project.write("data/midi/one.mid", "x");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let call = project.command(&["status", "p", "--exit-code"]).stdout(full).output().unwrap();
    assert_eq!(call.status.code(), Some(3));
}

#[test]
fn closed_pipe_is_quiet() {
    let project = project();
    for arguments in COMMANDS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let call = project.command(arguments).stdout(writer).stderr(Stdio::piped()).output();
        let call = Outcome::from(call.unwrap());
        assert_eq!((call.code, call.stderr.contains("stdout")), (0, false), "{arguments:?}");
    }
}
