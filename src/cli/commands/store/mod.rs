//! `partita store`.

mod amount;
mod prune;
mod size;
mod verify;

use super::super::args::StoreCommand;
use super::super::failure::{ExitCode, Failure};
use super::super::output::Output;
use super::super::project;
use std::path::Path;

pub(in super::super) fn store(
    start: &Path,
    command: &StoreCommand,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    // Where nothing ever ran there is nothing to look after, and no store is made for that.
    let nothing = !root.join("artifacts/store").is_dir();
    match command {
        StoreCommand::Size => size::size(&project::store_to_read(&root)?, output),
        StoreCommand::Verify if nothing => verify::nothing(output),
        StoreCommand::Prune(_) if nothing => prune::nothing(output),
        StoreCommand::Verify => verify::verify(&root, &project::store(&root)?, output),
        StoreCommand::Prune(arguments) => prune::prune(&root, arguments, output),
    }
}
