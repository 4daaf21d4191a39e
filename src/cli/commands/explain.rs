//! `partita explain`.

use super::super::args::Explain;
use super::super::failure::{ExitCode, Failure};
use super::super::output::{Output, width};
use super::super::project;
use super::super::verdicts::View;
use super::status::{as_json, look_with_progress};
use crate::plan::{Request, Selection};
use std::path::Path;

pub(in super::super) fn explain(
    start: &Path,
    arguments: Explain,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let pipeline = project::load(&root, &arguments.pipeline, &arguments.set)?;
    let store = project::store_to_read(&root)?;
    let only = arguments.stage.iter().cloned().collect();
    let shown = Selection::new(&pipeline, &Request { only, ..Request::default() });
    let shown = shown.map_err(crate::runner::RunError::from)?;
    let found = look_with_progress(&pipeline, &store, &Request::default(), false)?;
    if output.json {
        output.json(&as_json(&pipeline, &found.plan, &shown));
    } else {
        let all = arguments.all;
        let (pipeline, plan, selection) = (&pipeline, &found.plan, &shown);
        output.text(&View { pipeline, plan, selection, width: width(), all }.paragraphs());
    }
    Ok(ExitCode::Done)
}
