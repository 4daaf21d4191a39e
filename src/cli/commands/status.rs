//! `partita status`, and the same table for `run --dry-run`.

use crate::cli::args::{ProgressChoice, Status};
use crate::cli::failure::{ExitCode, Failure};
use crate::cli::output::{Output, progress_sink, width};
use crate::cli::plan_view::{PlanView, ReasonDetail};
use crate::cli::project;
use crate::plan::{Plan, Request, Selection, Verdict};
use crate::runner::{HashProgress, Preview, RunError, preview};
use crate::spec::Pipeline;
use crate::stage_api::CancelToken;
use crate::stages::{self, preview_command};
use crate::store::Store;
use serde_json::json;
use std::path::Path;

pub(in crate::cli) fn status(
    start: &Path,
    arguments: Status,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let pipeline = project::load(&root, &arguments.pipeline)?;
    let store = project::store_to_read(&root)?;
    let found = preview_with_progress(&pipeline, &store, &Request::default(), false)?;
    show(&pipeline, &found, ReasonDetail::First, arguments.all, output);
    let stale = found.plan.stages.iter().any(|stage| stage.verdict != Verdict::Fresh);
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

/// Prints the selected stages' verdicts.
pub(super) fn show(
    pipeline: &Pipeline,
    Preview { plan, selection, .. }: &Preview,
    detail: ReasonDetail,
    all: bool,
    output: Output,
) {
    if output.json {
        output.json(&as_json(pipeline, plan, selection));
    } else {
        let view = PlanView { pipeline, plan, selection, width: width(), all };
        output.text(&view.table(detail));
    }
}

/// Returns `{"pipeline": .., "stages": [..]}`.
pub(super) fn as_json(
    pipeline: &Pipeline,
    plan: &Plan,
    selection: &Selection,
) -> serde_json::Value {
    let stages = selection.indices().map(|index| {
        let (stage, planned) = (&pipeline.stages[index], &plan.stages[index]);
        let mut value = json!({
            "name": stage.id.0, "kind": stage.kind.name, "verdict": planned.verdict,
            "fingerprint": planned.fingerprint, "reasons": planned.reasons,
        });
        if let Some(line) = preview_command(stage) {
            value["run"] = json!(line);
        }
        value
    });
    json!({ "pipeline": pipeline.name, "stages": stages.collect::<Vec<_>>() })
}
