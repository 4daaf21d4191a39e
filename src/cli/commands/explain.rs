//! `partita explain`.

use super::status::preview_with_progress;
use super::{CommandResult, ExitCode, Output, PlanView, args, project, width};
use crate::plan::{Request, Selection};
use crate::runner::RunError;
use std::path::Path;

pub(in crate::cli) fn explain(
    root: &Path,
    explain: args::Explain,
    output: Output,
) -> CommandResult {
    let args::Explain { pipeline, stage, all } = explain;
    let pipeline = &project::load(root, &pipeline)?;
    let store = project::store_to_read(root)?;
    // The inputs of stages that are not upstream do not matter.
    let planned = Request { until: stage.clone(), ..Request::default() };
    let shown = Request { only: stage.into_iter().collect(), ..Request::default() };
    let selection = &Selection::new(pipeline, &shown).map_err(RunError::from)?;
    let plan = &preview_with_progress(pipeline, &store, &planned, false)?.plan;
    let view = PlanView { pipeline, plan, selection, width: width(), all };
    output.answer(|| view.to_json(), || view.paragraphs());
    Ok(ExitCode::Done)
}
