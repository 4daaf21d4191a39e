//! `partita status`, and the preview of a run for other commands.

use super::args::{ProgressChoice, Status};
use super::{
    CommandResult, ExitCode, Output, PlanView, ReasonDetail, progress_sink, project, width,
};
use crate::plan::{Request, Verdict};
use crate::runner::{HashProgress, Preview, RunError, preview};
use crate::spec::Pipeline;
use crate::stage_api::CancelToken;
use crate::stages;
use crate::store::Store;
use std::path::Path;

pub(in crate::cli) fn status(root: &Path, arguments: Status, output: Output) -> CommandResult {
    let pipeline = &project::load(root, &arguments.pipeline)?;
    let store = project::store_to_read(root)?;
    let found = preview_with_progress(pipeline, &store, &Request::default(), false)?;
    let Preview { plan, selection, .. } = &found;
    let view = PlanView { pipeline, plan, selection, width: width(), all: arguments.all };
    output.answer(|| view.to_json(), || view.table(ReasonDetail::First));
    let stale = plan.stages.iter().any(|stage| stage.verdict != Verdict::Fresh);
    Ok(if stale && arguments.exit_code { ExitCode::Stale } else { ExitCode::Done })
}

/// Previews a run. Shows progress on stderr if input files take long to read.
pub(super) fn preview_with_progress(
    pipeline: &Pipeline,
    store: &Store,
    request: &Request,
    rehash: bool,
) -> Result<Preview, RunError> {
    let sink = progress_sink(ProgressChoice::Auto);
    let watch = HashProgress { sink: &*sink, cancel: &CancelToken::default() };
    preview(pipeline, store, stages::registry(), request, rehash, &watch)
}
