//! The command line, the only user of clap, colours and exit codes. One file per command.
//!
//! stdout carries data only; everything else goes to stderr.

mod args;
mod commands;
mod failure;
mod interrupt;
mod machine;
mod output;
mod plan_view;
mod project;

pub use failure::ExitCode;

use args::{Arguments, Command, RunsCommand};
use clap::Parser;
use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
use commands::{
    completions, explain, graph, kinds, list, run, runs, schema, show, stats, status, store,
};
use failure::Failure;
use output::Output;

/// Runs the program on the process' arguments and returns its exit code.
pub fn main() -> std::process::ExitCode {
    let code = match Arguments::try_parse() {
        Ok(arguments) => {
            let output = Output { json: arguments.json };
            dispatch(arguments, output).unwrap_or_else(|failure| output.failure(&failure))
        }
        Err(error) => print_usage(&error),
    };
    output::check_written(code).into()
}

fn dispatch(arguments: Arguments, output: Output) -> Result<ExitCode, Failure> {
    let Arguments { directory, json: _, command } = arguments;
    let start = directory.unwrap_or_else(|| ".".into());
    let root = || project::root(&start);
    match command {
        Command::Run(run) => run::run(&root()?, run, output),
        Command::Status(status) => status::status(&root()?, status, output),
        Command::Explain(explain) => explain::explain(&root()?, explain, output),
        Command::Graph(graph) => graph::graph(&root()?, graph, output),
        Command::Show(show) => show::show(&start, &show, output),
        Command::Stats(stats) => stats::stats(&start, stats, output),
        Command::Store(store) => store::store(&root()?, &store, output),
        Command::Runs { what, list } => {
            runs::runs(root()?, &what.unwrap_or(RunsCommand::List(list)), output)
        }
        Command::List => list::list(&root()?, output),
        Command::Kinds { kind } => kinds::kinds(kind.as_deref(), output),
        Command::Schema => schema::schema(output),
        Command::Completions { shell } => completions::completions(shell, output),
    }
}

/// Prints clap's message, as JSON if `--json` is among the arguments. Help and version are no failure.
fn print_usage(error: &clap::Error) -> ExitCode {
    let is_help = matches!(error.kind(), DisplayHelp | DisplayVersion);
    if !is_help && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
        let message = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        return Output { json: true }.failure(&Failure::usage("usage", message));
    }
    let (output, text) = (Output { json: false }, error.render().ansi().to_string());
    if is_help {
        output.text(&text);
        return ExitCode::Done;
    }
    output.print_message(text.trim_end());
    ExitCode::Usage
}
