//! `partita schema`.

use super::{CommandResult, ExitCode, Output};
use crate::{spec, stages};

pub(in crate::cli) fn schema(output: Output) -> CommandResult {
    output.json(&spec::json_schema(&stages::registry().kinds()));
    Ok(ExitCode::Done)
}
