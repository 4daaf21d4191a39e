//! `partita status`, and the same table for `run --dry-run`.

use super::super::args::Status;
use super::super::failure::{ExitCode, Failure};
use super::super::output::{BUSY, GOOD, Output, width};
use super::super::project;
use crate::plan::{Plan, Planned, Request, Selection, Verdict};
use crate::runner::look;
use crate::spec::Pipeline;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

pub(in super::super) fn status(
    start: &Path,
    arguments: Status,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let pipeline = project::load(&root, &arguments.pipeline, &arguments.set)?;
    let store = project::store_to_read(&root)?;
    let (plan, selection) = look(&pipeline, &store, &Request::default(), false)?;
    show(&pipeline, &plan, &selection, output);
    let stale = plan.stages.iter().any(|stage| stage.verdict != Verdict::Fresh);
    Ok(if stale && arguments.exit_code { ExitCode::Stale } else { ExitCode::Done })
}

/// Shows the selected stages' verdicts.
pub(in super::super) fn show(
    pipeline: &Pipeline,
    plan: &Plan,
    selection: &Selection,
    output: Output,
) {
    if output.json {
        output.json(&as_json(pipeline, plan, selection));
    } else {
        output.text(&table(pipeline, plan, selection));
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
        if let Some(command) = &stage.command {
            value["run"] = json!(command.run);
        }
        value
    });
    json!({ "pipeline": pipeline.name, "stages": stages.collect::<Vec<_>>() })
}

fn table(pipeline: &Pipeline, plan: &Plan, selection: &Selection) -> String {
    let indices: Vec<usize> = selection.indices().collect();
    let names = indices.iter().map(|&i| pipeline.stages[i].id.0.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for &index in &indices {
        let (stage, planned) = (&pipeline.stages[index], &plan.stages[index]);
        let style = if planned.verdict == Verdict::Fresh { GOOD } else { BUSY };
        let room = width().saturating_sub(names + 11);
        let reason = shorten(&first_reason(planned), room);
        let verdict = planned.verdict;
        let _ = if reason.is_empty() {
            writeln!(text, "{:names$}  {style}{verdict}{style:#}", stage.id.0)
        } else {
            writeln!(text, "{:names$}  {style}{verdict:<7}{style:#}  {reason}", stage.id.0)
        };
        if let Some(command) = &stage.command
            && planned.verdict != Verdict::Fresh
        {
            let _ =
                writeln!(text, "{:names$}  $ {}", "", shorten(&command.run, width() - names - 4));
        }
    }
    text
}

pub(super) fn first_reason(planned: &Planned) -> String {
    let more = planned.reasons.len().saturating_sub(1);
    match planned.reasons.first() {
        None => String::new(),
        Some(reason) if more > 0 => format!("{} (and {more} more)", reason.headline()),
        Some(reason) => reason.headline(),
    }
}

/// At most so many characters, an ellipsis at the end of what was cut; no control characters.
pub(in super::super) fn shorten(text: &str, most: usize) -> String {
    let clean: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.len() <= most {
        return clean.into_iter().collect();
    }
    clean.into_iter().take(most.saturating_sub(1)).chain(['…']).collect()
}
