//! `partita runs list`.

use super::super::super::args::RunsList;
use super::super::super::failure::{ExitCode, Failure};
use super::super::super::output::width;
use super::{F1, RunsContext, format, head};
use crate::history::{PastRun, StageMetrics, UnreadableRun};
use crate::spec;
use crate::text::style::BOLD;
use crate::text::suggest;
use crate::text::{Cell, Column, TextTable};
use serde_json::{Value, json};

/// The newest runs, and what is beside them.
struct Shown {
    runs: Vec<(PastRun, Vec<StageMetrics>)>,
    /// How many older ones there are.
    more: usize,
    unreadable: Vec<UnreadableRun>,
}

pub(super) fn list(context: &RunsContext, arguments: &RunsList) -> Result<ExitCode, Failure> {
    let pipeline = arguments.pipeline.as_deref();
    let shown = collect(context, pipeline, arguments.limit);
    if let Some(name) = pipeline
        && shown.runs.is_empty()
        && shown.more == 0
    {
        check_name(context, name)?;
    }
    if context.output.json {
        let runs = shown.runs.iter().map(|(run, figures)| Value::Object(head(run, figures)));
        let unreadable = shown.unreadable.iter();
        let unreadable =
            unreadable.map(|u| json!({ "folder": context.shown(&u.path), "why": u.why }));
        context.output.json(&json!({
            "runs": runs.collect::<Vec<_>>(), "more": shown.more,
            "unreadable": unreadable.collect::<Vec<_>>(),
        }));
        return Ok(ExitCode::Done);
    }
    shown.unreadable.iter().for_each(|unreadable| context.warn(unreadable));
    if shown.runs.is_empty() && shown.more == 0 {
        let what = pipeline.map_or_else(String::new, |name| format!(" of '{name}'"));
        context.output.print_message(&format!(
            "no runs{what} yet: partita run {}",
            pipeline.unwrap_or("PIPELINE")
        ));
        return Ok(ExitCode::Done);
    }
    context.output.text(&table(&shown.runs, width()));
    if shown.more > 0 {
        context.output.text(&format!("… and {} more (--limit)\n", shown.more));
    }
    Ok(ExitCode::Done)
}

fn collect(context: &RunsContext, pipeline: Option<&str>, limit: usize) -> Shown {
    let (mut runs, mut more, mut unreadable) = (Vec::new(), 0, Vec::new());
    let unrecognized = context.history.unrecognized().iter();
    let others = unrecognized.filter(|_| pipeline.is_none());
    unreadable.extend(others.filter_map(|name| context.history.read(name).err()));
    for id in context.history.ids() {
        let is_other = |name: &str| context.history.pipeline(id).is_some_and(|own| own != name);
        if pipeline.is_some_and(is_other) {
            continue;
        }
        if runs.len() >= limit {
            more += 1;
            continue;
        }
        match context.history.read(id) {
            Ok(run) => runs.push((run.clone(), context.figures(&run))),
            Err(error) => unreadable.push(error),
        }
    }
    Shown { runs, more, unreadable }
}

/// A pipeline that never ran and is none is a slip.
fn check_name(context: &RunsContext, name: &str) -> Result<(), Failure> {
    let mut known: Vec<String> = spec::list(&context.root).into_iter().map(|p| p.name).collect();
    known.extend(context.history.ids().iter().filter_map(|id| context.history.pipeline(id)));
    if known.iter().any(|known| known == name) {
        return Ok(());
    }
    let failure = Failure::usage("unknown_pipeline", format!("there is no pipeline '{name}'"));
    Err(match suggest::did_you_mean(name, &known) {
        Some(hint) => failure.hint(hint),
        None => failure.hint("'partita list' shows all"),
    })
}

/// When a run began stands in its id too: a narrow screen has room for one of them.
const WIDE: usize = 96;

fn table(runs: &[(PastRun, Vec<StageMetrics>)], limit: usize) -> String {
    let mut grid = TextTable::new(
        0,
        &[
            Column::Middle(15),
            Column::Middle(6),
            Column::Left,
            Column::Left,
            Column::Right,
            Column::End(12),
            Column::Right,
        ],
    );
    let any = runs.iter().any(|(_, figures)| !headline(figures).is_empty());
    let f1 = if any { "F1" } else { "" };
    let when = if limit >= WIDE { "began (UTC)" } else { "" };
    let headings = ["run", "pipeline", "outcome", when, "took", "stages", f1];
    grid.row(headings.map(|heading| Cell::styled(heading, BOLD)));
    for (run, figures) in runs {
        let (outcome, style) = format::outcome(run.outcome);
        let began = format::time(&run.started);
        grid.row([
            run.id.as_str().into(),
            run.pipeline.pipeline.as_str().into(),
            Cell::styled(outcome, style),
            // To the minute: the id has the seconds.
            began.get(..16).filter(|_| limit >= WIDE).unwrap_or_default().into(),
            format::seconds(run.seconds).into(),
            format::tally(run).into(),
            headline(figures).into(),
        ]);
    }
    grid.render(limit)
}

/// The F1 of the run's one report, or from the lowest to the highest of several.
fn headline(figures: &[StageMetrics]) -> String {
    let mut all: Vec<f64> = figures.iter().filter_map(|stage| stage.number(F1)).collect();
    all.sort_by(f64::total_cmp);
    let text = |number: &f64| format!("{number:.3}");
    match (all.first().map(text), all.last().map(text)) {
        (Some(low), Some(high)) if low != high => format!("{low}–{high}"),
        (Some(one), _) => one,
        _ => String::new(),
    }
}
