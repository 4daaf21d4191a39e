//! `partita completions`.

use super::args::Arguments;
use super::{CommandResult, ExitCode, Output};
use clap::CommandFactory;
use clap_complete::Shell;

pub(in crate::cli) fn completions(shell: Shell, output: Output) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "partita", &mut script);
    output.data(&String::from_utf8_lossy(&script));
    Ok(ExitCode::Done)
}
