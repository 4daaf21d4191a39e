//! `partita runs diff`.

use super::args::RunsDiff;
use super::{
    CommandResult, ExitCode, Failure, MeasuredRun, RunsContext, format, head, page, width,
};
use crate::fingerprint::Reason;
use crate::history::{
    Comparison, MetricPair, OutputMatch, PastRun, PastStage, SettingChange, Side, StagePair,
    base_name, compare,
};
use crate::text::Column::{End, Left, Middle, Right};
use crate::text::style::{BOLD, BUSY, GOOD};
use crate::text::{Cell, TextTable, sanitize, wrap};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn diff(context: &RunsContext, arguments: &RunsDiff) -> CommandResult {
    let RunsDiff { runs, html } = arguments;
    if html.is_none() && runs.len() != 2 {
        let found = if runs.len() == 1 { "one run" } else { "more than two runs" };
        let message = format!("expected two runs, found {found}");
        return Err(Failure::usage("two_runs", message)
            .hint("--html FILE writes a page for any number of runs"));
    }
    let opened: Vec<_> = runs.iter().map(|run| context.open(run)).collect::<Result<_, _>>()?;
    if let Some(file) = html {
        fs_err::write(file, page::page(context, &opened))
            .map_err(|error| Failure::usage("unwritable", error.to_string()))?;
        context.output.print_message(&format!("written: {}", file.display()));
    }
    let json = context.output.json;
    match (&opened[..], html) {
        ([a, b], html) if html.is_none() || json => show(context, a, b),
        (_, Some(file)) if json => {
            context.output.json(&json!({ "html": file.display().to_string() }))
        }
        _ => {}
    }
    Ok(ExitCode::Done)
}

fn show(context: &RunsContext, (a, metrics_a): &MeasuredRun, (b, metrics_b): &MeasuredRun) {
    let compared = compare((a, metrics_a), (b, metrics_b), &context.store);
    let json = || {
        json!({
            "a": head(a, metrics_a), "b": head(b, metrics_b),
            "equal": compared.is_equal(), "changes": compared.changes,
            "added": compared.added, "removed": compared.removed,
            "metrics": compared.metrics, "other_samples": compared.other_samples,
            "stages": compared.stages.iter().map(stage_json).collect::<Value>(),
        })
    };
    context.output.answer(json, || text(a, b, &compared, width()));
}

fn stage_json(pair: &StagePair<'_>) -> Value {
    let [a, b] = [pair.a, pair.b].map(|stage| {
        stage.map(|stage| json!({ "outcome": stage.outcome, "seconds": stage.seconds }))
    });
    json!({ "name": pair.name, "a": a, "b": b, "outputs": pair.outputs, "reasons": pair.reasons })
}

fn text(a: &PastRun, b: &PastRun, compared: &Comparison<'_>, limit: usize) -> String {
    let mut text = heads(a, b).render(limit);
    let is_equal = compared.is_equal();
    if is_equal {
        text.push_str("\nNo difference: settings, metrics and outputs are equal.\n");
    } else if compared.changes.is_empty() && compared.added.len() + compared.removed.len() == 0 {
        text.push_str("\nThe settings are equal; see the stages for the differences.\n");
    }
    text +=
        &format::section("Settings", &settings(compared), &long_settings(compared, limit), limit);
    if !is_equal {
        text += &format::section("Metrics", &metrics(compared), &notes(compared), limit);
    }
    text + &format::section("Stages", &stages(compared), "", limit)
}

fn heads(a: &PastRun, b: &PastRun) -> TextTable {
    let mut table = TextTable::new(0, &[Left, Middle(15), Middle(6), Left, Left, Right, End(3)]);
    for (name, run) in [("A", a), ("B", b)] {
        table.row([
            format::heading(name),
            run.id.as_str().into(),
            run.pipeline.pipeline.as_str().into(),
            format::status(run.status),
            format::time(&run.started).into(),
            format::seconds(run.seconds).into(),
            run.device.as_deref().unwrap_or_default().into(),
        ]);
    }
    table
}

/// Maximum length of values in a table; longer ones are listed below it.
const SHORT: usize = 32;

fn is_short(change: &SettingChange) -> bool {
    [&change.a, &change.b].into_iter().flatten().all(|value| value.chars().count() <= SHORT)
}

fn value(side: &Option<String>) -> &str {
    side.as_deref().unwrap_or(format::NOTHING)
}

fn settings(compared: &Comparison<'_>) -> TextTable {
    let mut table = TextTable::new(2, &[Middle(10), Middle(10), End(10), End(10)]);
    let Comparison { changes, added, removed, .. } = compared;
    let mut before = String::new();
    for (change, instances) in merged(changes).iter().filter(|(change, _)| is_short(change)) {
        let stage = subject(change, *instances);
        let shown = if stage == before { "" } else { &stage };
        table.row([shown, setting(change), value(&change.a), value(&change.b)].map(Cell::from));
        before = stage;
    }
    for (stages, sides) in [(removed, ["yes", "no"]), (added, ["no", "yes"])] {
        for stage in stages {
            table.row([stage, "stage", sides[0], sides[1]].map(Cell::from));
        }
    }
    if !table.is_empty() {
        table.header(["", "", "A", "B"].map(format::heading));
    }
    table
}

/// Changes of long values: command lines, conditions, lists of files.
fn long_settings(compared: &Comparison<'_>, limit: usize) -> String {
    const INDENT: usize = 7;
    let mut text = String::new();
    for (change, instances) in merged(&compared.changes) {
        if is_short(change) {
            continue;
        }
        let _ = writeln!(text, "  {}  {}", sanitize(&subject(change, instances)), setting(change));
        for (mut name, side) in [("A", &change.a), ("B", &change.b)] {
            for line in wrap(&sanitize(value(side)), limit.saturating_sub(INDENT)) {
                let _ = writeln!(text, "    {BOLD}{name}{BOLD:#}  {line}");
                name = " ";
            }
        }
    }
    text
}

/// The pipeline, the stage or the number of instances that a change is about.
fn subject(change: &SettingChange, instances: usize) -> String {
    match (change.stage.as_deref(), instances) {
        (None, _) => "pipeline".to_owned(),
        (Some(stage), 1) => stage.to_owned(),
        (Some(stage), count) => format!("{} ({count} instances)", base_name(stage)),
    }
}

fn setting(change: &SettingChange) -> &str {
    change.setting.strip_prefix("params.").unwrap_or(&change.setting)
}

type ChangeKey<'a> = (Option<&'a str>, &'a str, &'a Option<String>, &'a Option<String>);

fn key(SettingChange { stage, setting, a, b }: &SettingChange) -> ChangeKey<'_> {
    (stage.as_deref().map(base_name), setting, a, b)
}

/// Merges equal changes of a matrix's instances into one, with the number of instances.
fn merged(changes: &[SettingChange]) -> Vec<(&SettingChange, usize)> {
    let mut merged: Vec<(&SettingChange, usize)> = Vec::new();
    for change in changes {
        match merged.iter_mut().find(|(known, _)| key(known) == key(change)) {
            Some((_, instances)) => *instances += 1,
            None => merged.push((change, 1)),
        }
    }
    merged
}

fn metrics(compared: &Comparison<'_>) -> TextTable {
    let mut table = TextTable::new(2, &[Middle(18), Right, Right, Right, Left]);
    let all = common(compared);
    let mut shown: Vec<_> = all.filter(|pair| format::is_shown(&pair.name)).collect();
    if shown.is_empty() {
        return table;
    }
    let mut stages: Vec<&str> = shown.iter().map(|pair| pair.stage.as_str()).collect();
    stages.dedup();
    let several = stages.len() > 1;
    let position = |pair: &MetricPair| stages.iter().position(|stage| *stage == pair.stage);
    shown.sort_by_key(|pair| (position(pair), format::rank(&pair.name)));
    // A sweep has many metrics: only those that differ are shown.
    shown.retain(|pair| !several || pair.a != pair.b);
    table.row(["", "A", "B", "B - A", ""].map(format::heading));
    let mut before = "";
    for pair in shown {
        if several && pair.stage != before {
            table.row([format::heading(&pair.stage)]);
            before = &pair.stage;
        }
        table.row(metric(pair));
    }
    table
}

/// Returns the metrics of stages that both pipelines have.
fn common<'a>(compared: &'a Comparison<'_>) -> impl Iterator<Item = &'a MetricPair> {
    let only_one =
        |stage: &String| compared.added.contains(stage) || compared.removed.contains(stage);
    compared.metrics.iter().filter(move |pair| !only_one(&pair.stage))
}

fn metric(pair: &MetricPair) -> [Cell; 5] {
    let decimals = format::decimals([&pair.a, &pair.b].into_iter().flatten());
    let difference = match pair.difference {
        Some(difference) => format::difference(difference, decimals),
        None if pair.a == pair.b => "=".to_owned(),
        None => String::new(),
    };
    let better = match pair.better {
        Some(Side::A) => Cell::styled("A is better", BUSY),
        Some(Side::B) => Cell::styled("B is better", GOOD),
        None => "".into(),
    };
    let [a, b] = [&pair.a, &pair.b].map(|side| format::metric(side.as_ref(), decimals).into());
    [pair.name.as_str().into(), a, b, difference.into(), better]
}

/// Notes below the metrics.
fn notes(compared: &Comparison<'_>) -> String {
    let mut text = String::new();
    for stage in &compared.other_samples {
        let why = "was evaluated on other samples in B; metrics are not comparable";
        let _ = writeln!(text, "  {BUSY}note{BUSY:#}: {stage} {why}");
    }
    let hidden: Vec<_> = common(compared).filter(|pair| !format::is_shown(&pair.name)).collect();
    if !hidden.is_empty() {
        let (all, differing) = (hidden.len(), hidden.iter().filter(|pair| pair.a != pair.b));
        let different = format!("{} of them different", differing.count());
        let _ = writeln!(text, "  … and {all} more, {different}: --json");
    }
    text
}

fn stages(compared: &Comparison<'_>) -> TextTable {
    let mut table = TextTable::new(2, &[Middle(12), Left, Right, Left, Right, End(14)]);
    if compared.stages.is_empty() {
        return table;
    }
    table.row(["", "A", "", "B", "", "outputs"].map(format::heading));
    for pair in &compared.stages {
        let [a, a_took] = end(pair.a);
        let [b, b_took] = end(pair.b);
        table.row([pair.name.as_str().into(), a, a_took, b, b_took, outputs(pair)]);
    }
    table
}

fn end(stage: Option<&PastStage>) -> [Cell; 2] {
    let Some(stage) = stage else { return [format::NOTHING.into(), "".into()] };
    [format::outcome(stage), format::took(stage).into()]
}

fn outputs(pair: &StagePair<'_>) -> Cell {
    let partial = [("A", pair.a), ("B", pair.b)]
        .into_iter()
        .find_map(|(name, stage)| Some(format!("{name} {}", stage?.partial.as_deref()?)));
    let reason = pair.reasons.first().map(Reason::headline).or(partial);
    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    match pair.outputs {
        OutputMatch::Same => "same".into(),
        OutputMatch::Equal => format!("equal{reason}").into(),
        OutputMatch::Differ => Cell::styled(format!("differ{reason}"), BUSY),
        OutputMatch::Unknown => "unknown: pruned".into(),
        OutputMatch::Missing => format::NOTHING.into(),
    }
}
