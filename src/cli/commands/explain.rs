//! `partita explain`.

use super::status::{as_json, preview_with_progress};
use crate::cli::args::Explain;
use crate::cli::failure::{ExitCode, Failure};
use crate::cli::output::{Output, width};
use crate::cli::plan_view::PlanView;
use crate::cli::project;
use crate::plan::{Request, Selection};
use crate::runner::RunError;
use std::path::Path;

pub(in crate::cli) fn explain(
    start: &Path,
    arguments: Explain,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let pipeline = project::load(&root, &arguments.pipeline)?;
    let store = project::store_to_read(&root)?;
    let only = arguments.stage.into_iter().collect();
    let shown = Request { only, ..Request::default() };
    let selection = Selection::new(&pipeline, &shown).map_err(RunError::from)?;
    let plan = preview_with_progress(&pipeline, &store, &Request::default(), false)?.plan;
    if output.json {
        output.json(&as_json(&pipeline, &plan, &selection));
    } else {
        let (pipeline, plan, selection) = (&pipeline, &plan, &selection);
        let view = PlanView { pipeline, plan, selection, width: width(), all: arguments.all };
        output.text(&view.paragraphs());
    }
    Ok(ExitCode::Done)
}
