//! `partita run`.

mod report;
mod setup;
mod watch;

use super::args::{self, Run};
use super::{CommandResult, ExitCode, Failure, Output, PlanView, ReasonDetail};
use super::{interrupt, machine, plan_view, progress_sink, project, status, width};
use crate::event::RunOutcome;
use crate::runner::{HashProgress, Options, PreparedRun, RunError};
use crate::stage_api::CancelToken;
use crate::stages;
use crate::store::StoreError;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(in crate::cli) fn run(root: &Path, arguments: Run, output: Output) -> CommandResult {
    machine::limit_threads(arguments.jobs);
    if arguments.watch {
        return watch::watch(root, &arguments, output);
    }
    let pipeline = project::load(root, &arguments.pipeline)?;
    let options = setup::options(&arguments)?;
    if arguments.dry_run {
        let store = project::store_to_read(root)?;
        let (request, rehash) = (&options.request, options.rehash);
        let found = status::preview_with_progress(&pipeline, &store, request, rehash)?;
        found.check_gpus(&pipeline, &options.machine)?;
        let (pipeline, plan, selection) = (&pipeline, &found.plan, &found.selection);
        let view = PlanView { pipeline, plan, selection, width: width(), all: false };
        output.answer(|| view.to_json(), || view.table(ReasonDetail::All));
        return Ok(ExitCode::Done);
    }
    let pipeline = &Arc::new(pipeline);
    let store = project::store(root)?;
    let stop = CancelToken::default();
    let sink = progress_sink(arguments.progress);
    interrupt::listen(stop.clone(), Arc::clone(&sink));
    let watch = HashProgress { sink: &*sink, cancel: &stop };
    let prepare = |options| PreparedRun::new(pipeline, &store, stages::registry(), options, &watch);
    let prepared = match prepare(Options { wait: Some(Duration::ZERO), ..options.clone() }) {
        Err(RunError::Store(StoreError::Locked { holder, .. }))
            if options.wait != Some(Duration::ZERO) =>
        {
            output.print_message(&format!("waiting for {holder}"));
            prepare(options)?
        }
        prepared => prepared?,
    };
    let summary = setup::execute_shown(prepared, sink, &stop, output)?;
    match output.json {
        true => output.json(&json!(summary)),
        false => report::print_outcome(root, &pipeline.name, &summary, output),
    }
    Ok(match summary.outcome {
        RunOutcome::Failed => ExitCode::Failed,
        RunOutcome::Interrupted => ExitCode::Interrupted,
        RunOutcome::Done | RunOutcome::Fresh => ExitCode::Done,
    })
}
