//! `partita completions`.

use super::super::args::Arguments;
use super::super::failure::{ExitCode, Failure};
use super::super::output::Output;
use clap::CommandFactory;

pub(in super::super) fn completions(
    shell: clap_complete::Shell,
    output: Output,
) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "partita", &mut script);
    output.text(&String::from_utf8_lossy(&script));
    Ok(ExitCode::Done)
}
