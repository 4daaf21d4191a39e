//! `partita store`.

mod prune;
mod size;
mod stages;
mod verify;

use super::args::{self, StoreCommand};
use super::{CommandResult, ExitCode, Failure, Output, progress_sink, project, width};
use crate::store::Amount;
use crate::text::{Cell, bytes, count};
use std::path::Path;

pub(in crate::cli) fn store(root: &Path, command: &StoreCommand, output: Output) -> CommandResult {
    // If nothing ever ran, the answer is empty, and no store is created.
    let exists = root.join("artifacts/store").is_dir();
    match command {
        StoreCommand::Size => size::size(&project::store_to_read(root)?, output),
        StoreCommand::Verify => verify::verify(root, exists, output),
        StoreCommand::Prune(arguments) => prune::prune(root, exists, arguments, output),
    }
}

/// Table cells: label, number of files, size.
fn row(label: &str, amount: Amount) -> [Cell; 3] {
    [label.into(), count(amount.files).into(), bytes(amount.bytes).into()]
}
