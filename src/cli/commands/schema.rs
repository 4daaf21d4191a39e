//! `partita schema`.

use super::super::failure::{ExitCode, Failure};
use super::super::output::Output;
use crate::{spec, stages};

pub(in super::super) fn schema(output: Output) -> Result<ExitCode, Failure> {
    output.json(&spec::json_schema(&stages::registry().kinds()));
    Ok(ExitCode::Done)
}
