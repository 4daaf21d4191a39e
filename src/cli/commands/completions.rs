//! `partita completions`.

use crate::cli::args::Arguments;
use crate::cli::failure::{ExitCode, Failure};
use crate::cli::output::Output;
use clap::CommandFactory;

pub(in crate::cli) fn completions(
    shell: clap_complete::Shell,
    output: Output,
) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "partita", &mut script);
    output.text(&String::from_utf8_lossy(&script));
    Ok(ExitCode::Done)
}
