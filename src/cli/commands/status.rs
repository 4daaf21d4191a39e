//! `partita status`, and the same table for `run --dry-run`.

use super::super::args::{ProgressChoice, Status};
use super::super::failure::{ExitCode, Failure};
use super::super::output::{Output, progress_sink, width};
use super::super::project;
use super::super::verdicts::{Telling, View};
use crate::plan::{Plan, Request, Selection, Verdict};
use crate::runner::{HashProgress, Preview, RunError, preview};
use crate::spec::Pipeline;
use crate::stage_api::CancelToken;
use crate::stages;
use crate::stages::preview_command;
use crate::store::Store;
use serde_json::json;
use std::path::Path;

pub(in super::super) fn status(
    start: &Path,
    arguments: Status,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let pipeline = project::load(&root, &arguments.pipeline, &arguments.set)?;
    let store = project::store_to_read(&root)?;
    let found = look_with_progress(&pipeline, &store, &Request::default(), false)?;
    show(&pipeline, &found, Telling::First, arguments.all, output);
    let stale = found.plan.stages.iter().any(|stage| stage.verdict != Verdict::Fresh);
    Ok(if stale && arguments.exit_code { ExitCode::Stale } else { ExitCode::Done })
}

/// Looks, and tells on stderr how far it is should that take long.
pub(in super::super) fn look_with_progress(
    pipeline: &Pipeline,
    store: &Store,
    request: &Request,
    paranoid: bool,
) -> Result<Preview, RunError> {
    let sink = progress_sink(ProgressChoice::Auto);
    let watch = HashProgress { sink: &*sink, cancel: &CancelToken::default() };
    preview(pipeline, store, stages::registry(), request, paranoid, &watch)
}

/// Shows the selected stages' verdicts.
pub(in super::super) fn show(
    pipeline: &Pipeline,
    Preview { plan, selection, .. }: &Preview,
    telling: Telling,
    all: bool,
    output: Output,
) {
    if output.json {
        output.json(&as_json(pipeline, plan, selection));
    } else {
        let view = View { pipeline, plan, selection, width: width(), all };
        output.text(&view.table(telling));
    }
}

/// `{"pipeline": .., "stages": [..]}`, as the design has it.
pub(in super::super) fn as_json(
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
