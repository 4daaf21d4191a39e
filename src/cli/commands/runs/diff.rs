//! `partita runs diff`.

use super::super::super::args::RunsDiff;
use super::super::super::failure::{ExitCode, Failure};
use super::super::super::output::width;
use super::{RunsContext, format, head, page};
use crate::fingerprint::Reason;
use crate::history::{
    Comparison, Metric, MetricPair, Outputs, PastRun, PastStage, SettingChange, Side, StageMetrics,
    StagePair, compare,
};
use crate::text::style::{BOLD, BUSY, GOOD};
use crate::text::{Cell, Column, TextTable};
use crate::text::{sanitize, wrap};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn diff(context: &RunsContext, arguments: &RunsDiff) -> Result<ExitCode, Failure> {
    let RunsDiff { runs, html } = arguments;
    if html.is_none() && runs.len() != 2 {
        let found = if runs.len() == 1 { "one run" } else { "more than two runs" };
        return Err(Failure::usage(
            "two_runs",
            format!("two runs are laid side by side, not {found}"),
        )
        .hint("--html FILE writes a page for any number of them"));
    }
    let opened: Vec<_> = runs.iter().map(|run| context.open(run)).collect::<Result<_, _>>()?;
    if let Some(file) = html {
        let text = page::page(context, &opened);
        fs_err::write(file, text)
            .map_err(|error| Failure::usage("unwritable", error.to_string()))?;
        context.output.print_message(&format!("written: {}", file.display()));
    }
    match (opened.as_slice(), html) {
        ([a, b], html) if html.is_none() || context.output.json => show(context, a, b),
        (_, Some(file)) if context.output.json => {
            context.output.json(&json!({ "html": file.display().to_string() }));
            Ok(ExitCode::Done)
        }
        _ => Ok(ExitCode::Done),
    }
}

type Opened = (PastRun, Vec<StageMetrics>);

fn show(
    context: &RunsContext,
    (a, figures_a): &Opened,
    (b, figures_b): &Opened,
) -> Result<ExitCode, Failure> {
    let compared = compare((a, figures_a), (b, figures_b), &context.store);
    if context.output.json {
        context.output.json(&json!({
            "a": Value::Object(head(a, figures_a)), "b": Value::Object(head(b, figures_b)),
            "equal": compared.is_equal(), "changes": compared.changes,
            "added": compared.added, "removed": compared.removed,
            "metrics": compared.figures, "other_samples": compared.other_samples,
            "stages": compared.stages.iter().map(stage_json).collect::<Vec<_>>(),
        }));
    } else {
        context.output.text(&text(a, b, &compared, width()));
    }
    Ok(ExitCode::Done)
}

const ASKED: &str = "Asked for";
const FIGURES: &str = "Figures";

fn stage_json(pair: &StagePair<'_>) -> Value {
    let end = |stage: Option<&PastStage>| {
        stage.map(|stage| json!({ "outcome": stage.outcome, "seconds": stage.seconds }))
    };
    json!({ "name": pair.name, "a": end(pair.a), "b": end(pair.b), "outputs": pair.outputs,
        "reasons": pair.reasons })
}

fn text(a: &PastRun, b: &PastRun, compared: &Comparison<'_>, limit: usize) -> String {
    let mut text = heads(a, b).render(limit);
    if compared.is_equal() {
        text.push_str("\nNo difference: the same was asked for, and the same came out.\n");
    } else if compared.changes.is_empty() && compared.added.len() + compared.removed.len() == 0 {
        text.push_str("\nThe same was asked for; see the stages for what differs.\n");
    }
    let figures = if compared.is_equal() { None } else { Some(figures(compared)) };
    for (title, grid) in
        [(ASKED, Some(asked(compared))), (FIGURES, figures), ("Stages", Some(stages(compared)))]
    {
        let Some(grid) = grid else { continue };
        let below = match title {
            ASKED => long(compared, limit),
            FIGURES => notes(compared),
            _ => String::new(),
        };
        if !(grid.is_empty() && below.is_empty()) {
            let _ = write!(text, "\n{BOLD}{title}{BOLD:#}\n{}{below}", grid.render(limit));
        }
    }
    text
}

fn heads(a: &PastRun, b: &PastRun) -> TextTable {
    let mut grid = TextTable::new(
        0,
        &[
            Column::Left,
            Column::Middle(15),
            Column::Middle(6),
            Column::Left,
            Column::Left,
            Column::Right,
            Column::End(3),
        ],
    );
    for (name, run) in [("A", a), ("B", b)] {
        let (outcome, style) = format::outcome(run.outcome);
        grid.row([
            Cell::styled(name, BOLD),
            run.id.as_str().into(),
            run.pipeline.pipeline.as_str().into(),
            Cell::styled(outcome, style),
            format::time(&run.started).into(),
            format::seconds(run.seconds).into(),
            run.device.as_deref().unwrap_or_default().into(),
        ]);
    }
    grid
}

/// Two columns with what stands in them.
fn headings(before: usize, after: &[&str]) -> Vec<Cell> {
    let empty = std::iter::repeat_n(Cell::from(""), before);
    let sides = ["A", "B"].into_iter().chain(after.iter().copied());
    empty.chain(sides.map(|heading| Cell::styled(heading, BOLD))).collect()
}

/// Values that are longer stand below each other.
const SHORT: usize = 32;

fn is_short(change: &SettingChange) -> bool {
    [&change.a, &change.b].into_iter().flatten().all(|value| value.chars().count() <= SHORT)
}

fn asked(compared: &Comparison<'_>) -> TextTable {
    let columns = [Column::Middle(10), Column::Middle(10), Column::End(10), Column::End(10)];
    let mut grid = TextTable::new(2, &columns);
    let Comparison { changes, added, removed, .. } = compared;
    let mut before = String::new();
    for (change, instances) in merged(changes).iter().filter(|(change, _)| is_short(change)) {
        let stage = owner(change, *instances);
        let value = |side: &Option<String>| Cell::from(side.as_deref().unwrap_or(format::NOTHING));
        let shown = if stage == before { "" } else { &stage };
        grid.row([shown.into(), what(change).into(), value(&change.a), value(&change.b)]);
        before = stage;
    }
    for (stages, there) in [(removed, ["yes", "no"]), (added, ["no", "yes"])] {
        for stage in stages {
            let there = there.map(Cell::from);
            grid.row([stage.as_str().into(), "stage".into()].into_iter().chain(there));
        }
    }
    if !grid.is_empty() {
        grid.header(headings(2, &[]));
    }
    grid
}

/// Changes of long texts: command lines, conditions, lists of files.
fn long(compared: &Comparison<'_>, limit: usize) -> String {
    const INDENT: usize = 7;
    let mut text = String::new();
    for (change, instances) in merged(&compared.changes) {
        if is_short(change) {
            continue;
        }
        let _ = writeln!(text, "  {}  {}", sanitize(&owner(change, instances)), what(change));
        for (name, value) in [("A", &change.a), ("B", &change.b)] {
            let value = sanitize(value.as_deref().unwrap_or(format::NOTHING)).into_owned();
            let mut name = name;
            for line in wrap(&value, limit.saturating_sub(INDENT)) {
                let _ = writeln!(text, "    {BOLD}{name}{BOLD:#}  {line}");
                name = " ";
            }
        }
    }
    text
}

/// What a change is about: the pipeline, a stage, or so many instances of one.
fn owner(change: &SettingChange, instances: usize) -> String {
    match (change.stage.as_deref(), instances) {
        (None, _) => "pipeline".to_owned(),
        (Some(stage), 1) => stage.to_owned(),
        (Some(stage), count) => {
            format!("{} ({count} instances)", stage.split('[').next().unwrap_or(stage))
        }
    }
}

fn what(change: &SettingChange) -> &str {
    change.what.strip_prefix("params.").unwrap_or(&change.what)
}

/// Changes that all instances of a matrix have in common are one, with the number of instances.
fn merged(changes: &[SettingChange]) -> Vec<(&SettingChange, usize)> {
    let base = |change: &SettingChange| {
        let stage = change.stage.as_deref()?;
        Some(stage.split_once('[').map_or(stage, |(base, _)| base).to_owned())
    };
    let like = |a: &SettingChange, b: &SettingChange| {
        base(a) == base(b) && (&a.what, &a.a, &a.b) == (&b.what, &b.a, &b.b)
    };
    let mut merged: Vec<(&SettingChange, usize)> = Vec::new();
    for change in changes {
        match merged.iter_mut().find(|(known, _)| like(known, change)) {
            Some((_, instances)) => *instances += 1,
            None => merged.push((change, 1)),
        }
    }
    merged
}

fn figures(compared: &Comparison<'_>) -> TextTable {
    let columns = [Column::Middle(18), Column::Right, Column::Right, Column::Right, Column::Left];
    let mut grid = TextTable::new(2, &columns);
    let mut shown: Vec<&MetricPair> =
        common(compared).filter(|pair| format::is_shown(&pair.name)).collect();
    if shown.is_empty() {
        return grid;
    }
    let mut all_stages: Vec<&str> = shown.iter().map(|pair| pair.stage.as_str()).collect();
    all_stages.dedup();
    let several = all_stages.len() > 1;
    let place = |pair: &MetricPair| all_stages.iter().position(|stage| *stage == pair.stage);
    shown.sort_by_key(|pair| (place(pair), format::rank(&pair.name)));
    // Of a sweep's many figures those that tell nothing new are left out.
    shown.retain(|pair| !several || pair.a != pair.b);
    grid.row(headings(1, &["B - A", ""]));
    let mut before = "";
    for pair in shown {
        if several && pair.stage != before {
            grid.row([Cell::styled(pair.stage.as_str(), BOLD)]);
            before = &pair.stage;
        }
        grid.row(figure(pair));
    }
    grid
}

/// The figures of stages that both pipelines have: of one that only one has there is no other side.
fn common<'a>(compared: &'a Comparison<'_>) -> impl Iterator<Item = &'a MetricPair> {
    let alone = |stage: &String| compared.added.contains(stage) || compared.removed.contains(stage);
    compared.figures.iter().filter(move |pair| !alone(&pair.stage))
}

fn figure(pair: &MetricPair) -> [Cell; 5] {
    let number = |figure: &Option<Metric>| match figure {
        Some(Metric::Number(number)) => Some(*number),
        _ => None,
    };
    let numbers: Vec<f64> = [&pair.a, &pair.b].into_iter().filter_map(number).collect();
    let places = format::places(&numbers);
    let difference = match pair.difference {
        Some(difference) => format::difference(difference, places),
        None if pair.a == pair.b => "=".to_owned(),
        None => String::new(),
    };
    let better = match pair.better {
        Some(Side::A) => Cell::styled("A is better", BUSY),
        Some(Side::B) => Cell::styled("B is better", GOOD),
        None => "".into(),
    };
    let side = |figure: &Option<Metric>| Cell::from(format::figure(figure.as_ref(), places));
    [pair.name.as_str().into(), side(&pair.a), side(&pair.b), difference.into(), better]
}

/// What a reader of the figures must know.
fn notes(compared: &Comparison<'_>) -> String {
    let mut text = String::new();
    for stage in &compared.other_samples {
        let _ = writeln!(
            text,
            "  {BUSY}note{BUSY:#}: {stage} judged other samples in B: its figures do not compare"
        );
    }
    let hidden = common(compared).filter(|pair| !format::is_shown(&pair.name));
    let (count, differing) = hidden
        .fold((0, 0), |(all, differ), pair| (all + 1, differ + usize::from(pair.a != pair.b)));
    if count > 0 {
        let _ = writeln!(text, "  … and {count} more, {differing} of them different: --json");
    }
    text
}

fn stages(compared: &Comparison<'_>) -> TextTable {
    let columns = [
        Column::Middle(12),
        Column::Left,
        Column::Right,
        Column::Left,
        Column::Right,
        Column::End(14),
    ];
    let mut grid = TextTable::new(2, &columns);
    if compared.stages.is_empty() {
        return grid;
    }
    let headings = ["", "A", "", "B", "", "outputs"];
    grid.row(headings.map(|heading| Cell::styled(heading, BOLD)));
    for pair in &compared.stages {
        let [a, a_took] = end(pair.a);
        let [b, b_took] = end(pair.b);
        grid.row([pair.name.as_str().into(), a, a_took, b, b_took, outputs(pair)]);
    }
    grid
}

fn end(stage: Option<&PastStage>) -> [Cell; 2] {
    let Some(stage) = stage else { return [format::NOTHING.into(), "".into()] };
    let (outcome, style) = format::stage(stage);
    [Cell::styled(outcome, style), format::took(stage).into()]
}

fn outputs(pair: &StagePair<'_>) -> Cell {
    let partial = [("A", pair.a), ("B", pair.b)]
        .into_iter()
        .find_map(|(name, stage)| Some(format!("{name} {}", stage?.partial.as_deref()?)));
    let reason = pair.reasons.first().map(Reason::headline).or(partial);
    let why = |word: &str| match &reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    };
    match pair.outputs {
        Outputs::Same => "same".into(),
        Outputs::Equal => why("equal").into(),
        Outputs::Differ => Cell::styled(why("differ"), BUSY),
        Outputs::Unknown => "not known: pruned".into(),
        Outputs::Missing => format::NOTHING.into(),
    }
}
