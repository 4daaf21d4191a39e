//! `partita runs list`.

use super::args::RunsList;
use super::{CommandResult, ExitCode, F1, Failure, MeasuredRun, RunsContext, format, head, width};
use crate::history::{StageMetrics, UnreadableRun};
use crate::spec;
use crate::text::Column::{End, Left, Middle, Right};
use crate::text::{TextTable, suggest};
use serde_json::json;

pub(super) fn list(context: &RunsContext, arguments: &RunsList) -> CommandResult {
    let pipeline = arguments.pipeline.as_deref();
    let (runs, more, unreadable) = collect(context, pipeline, arguments.limit);
    let is_empty = runs.is_empty() && more == 0;
    if let Some(name) = pipeline.filter(|_| is_empty) {
        check_name(context, name)?;
    }
    if context.output.json {
        let runs: Vec<_> = runs.iter().map(|(run, metrics)| head(run, metrics)).collect();
        let entry =
            |u: &UnreadableRun| json!({ "folder": context.relative(&u.path), "why": u.why });
        let unreadable: Vec<_> = unreadable.iter().map(entry).collect();
        context.output.json(&json!({ "runs": runs, "more": more, "unreadable": unreadable }));
        return Ok(ExitCode::Done);
    }
    unreadable.iter().for_each(|unreadable| context.warn(unreadable));
    if is_empty {
        let of = pipeline.map_or_else(String::new, |name| format!(" of '{name}'"));
        let run = pipeline.unwrap_or("PIPELINE");
        context.output.print_message(&format!("no runs{of} yet: partita run {run}"));
        return Ok(ExitCode::Done);
    }
    context.output.text(&table(&runs, width()));
    if more > 0 {
        context.output.text(&format!("… and {more} more (--limit)\n"));
    }
    Ok(ExitCode::Done)
}

/// Returns the newest runs, the number of older ones and the folders that cannot be read.
fn collect(
    context: &RunsContext,
    pipeline: Option<&str>,
    limit: usize,
) -> (Vec<MeasuredRun>, usize, Vec<UnreadableRun>) {
    let (history, mut runs, mut more) = (&context.history, Vec::new(), 0);
    let others = history.unrecognized.iter().filter(|_| pipeline.is_none());
    let mut unreadable: Vec<_> = others.filter_map(|name| history.read(name).err()).collect();
    for id in &history.ids {
        let is_other = |name: &str| history.pipeline(id).is_some_and(|own| own != name);
        if pipeline.is_some_and(is_other) {
            continue;
        }
        if runs.len() >= limit {
            more += 1;
            continue;
        }
        match context.read(id) {
            Ok(run) => runs.push(run),
            Err(error) => unreadable.push(error),
        }
    }
    (runs, more, unreadable)
}

/// Returns an error if there is no such pipeline and none ever ran.
fn check_name(context: &RunsContext, name: &str) -> Result<(), Failure> {
    let mut known: Vec<String> = spec::list(&context.root).into_iter().map(|p| p.name).collect();
    known.extend(context.history.ids.iter().filter_map(|id| context.history.pipeline(id)));
    if known.iter().any(|known| known == name) {
        return Ok(());
    }
    let hint = suggest::did_you_mean(name, &known)
        .unwrap_or_else(|| "'partita list' shows all".to_owned());
    Err(Failure::usage("unknown_pipeline", format!("there is no pipeline '{name}'")).hint(hint))
}

/// Minimum width for a column with the start time, which the run id contains too.
const WIDE: usize = 96;

fn table(runs: &[MeasuredRun], limit: usize) -> String {
    let mut table = TextTable::new(0, &[Middle(15), Middle(6), Left, Left, Right, End(12), Right]);
    let any = runs.iter().any(|(_, metrics)| !headline(metrics).is_empty());
    let f1 = if any { "F1" } else { "" };
    let when = if limit >= WIDE { "started (UTC)" } else { "" };
    let headings = ["run", "pipeline", "outcome", when, "took", "stages", f1];
    table.row(headings.map(format::heading));
    for (run, metrics) in runs {
        let started = format::time(&run.started);
        table.row([
            run.id.as_str().into(),
            run.pipeline.pipeline.as_str().into(),
            format::status(run.status),
            // Without seconds, which the id has.
            started.get(..16).filter(|_| limit >= WIDE).unwrap_or_default().into(),
            format::seconds(run.seconds).into(),
            format::tally(run).into(),
            headline(metrics).into(),
        ]);
    }
    table.render(limit)
}

/// Returns the F1 of the run, or its range over several reports.
fn headline(metrics: &[StageMetrics]) -> String {
    let mut all: Vec<f64> = metrics.iter().filter_map(|stage| stage.number(F1)).collect();
    all.sort_by(f64::total_cmp);
    let text = |number: &f64| format!("{number:.3}");
    let mut ends: Vec<String> = all.first().into_iter().chain(all.last()).map(text).collect();
    ends.dedup();
    ends.join("–")
}
