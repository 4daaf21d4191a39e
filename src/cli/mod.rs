//! The command line: the only user of clap, colour and exit codes. One file per command.
//!
//! stdout carries data only; everything else goes to stderr.

mod args;
mod commands;
mod failure;
mod interrupt;
mod machine;
mod output;
mod project;
mod verdicts;

pub use failure::ExitCode;

use args::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use output::Output;

/// Runs the program on the process' arguments and tells its exit code.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return failure::usage(&error),
    };
    let output = Output { json: arguments.json };
    match dispatch(arguments, output) {
        Ok(code) => code.into(),
        Err(failure) => output.failure(&failure).into(),
    }
}

fn dispatch(arguments: Arguments, output: Output) -> Result<ExitCode, Failure> {
    let Arguments { directory, json: _, command } = arguments;
    let start = directory.unwrap_or_else(|| ".".into());
    match command {
        Command::Run(run) => commands::run::run(&start, run, output),
        Command::Status(status) => commands::status::status(&start, status, output),
        Command::Explain(explain) => commands::explain::explain(&start, explain, output),
        Command::Graph(graph) => commands::graph::graph(&start, graph, output),
        Command::Stats(stats) => commands::stats::stats(&start, stats, output),
        Command::Store(store) => commands::store::store(&start, &store, output),
        Command::Runs(runs) => commands::runs::runs(&start, runs, output),
        Command::List => commands::list::list(&start, output),
        Command::Kinds(kinds) => commands::kinds::kinds(&kinds, output),
        Command::Schema => commands::schema::schema(output),
        Command::Completions(shell) => commands::completions::completions(shell.shell, output),
    }
}
