//! `partita runs show`.

use super::{CommandResult, ExitCode, RunsContext, format, head, width};
use crate::history::{Metric, PastRun, PastStage, StageMetrics, base_name};
use crate::spec::Value;
use crate::stages;
use crate::store::folder_name;
use crate::text::Column::{End, Left, Middle, Right};
use crate::text::style::HINT;
use crate::text::{Cell, TextTable, sanitize, truncate, wrap};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(super) fn show(context: &RunsContext, written: &str) -> CommandResult {
    let (run, metrics) = context.open(written)?;
    let songs = exports(context, &run, "songs/midi");
    let reports = exports(context, &run, "report.html");
    if context.output.json {
        let mut value = head(&run, &metrics);
        let metrics = metrics.iter().map(|stage| (stage.stage.clone(), stage.json.clone()));
        let more = json!({
            "about": run.pipeline.about, "file": run.pipeline.file,
            "folder": context.relative(&run.folder), "finished": run.finished, "info": run.info,
            "seed": run.pipeline.seed, "device": run.device, "version": run.version,
            "stages": run.stages, "parameters": non_default(&run),
            "metrics": metrics.collect::<Map<_, _>>(), "songs": songs, "reports": reports,
        });
        if let (Json::Object(all), Json::Object(more)) = (&mut value, more) {
            all.extend(more);
        }
        context.output.json(&value);
        return Ok(ExitCode::Done);
    }
    let limit = width();
    let exports = [("songs", songs), ("report", reports)];
    let mut text = facts(context, &run, exports, limit).render(limit);
    text += &format::section("Stages", &stage_table(&run), "", limit);
    text += &format::section("Non-default parameters", &parameter_table(&run), "", limit);
    text += &format::section("Metrics", &metric_table(&metrics), "", limit);
    let names = metrics.iter().flat_map(|stage| &stage.metrics);
    let hidden = names.filter(|(name, _)| !format::is_shown(name)).count();
    if hidden > 0 {
        let _ = writeln!(text, "  … and {hidden} more: --json, or the report");
    }
    context.output.text(&text);
    Ok(ExitCode::Done)
}

/// Returns the paths of an exported file or folder, at the top of the run folder and in the folders of stages.
fn exports(context: &RunsContext, run: &PastRun, name: &str) -> Vec<String> {
    let stages = run.pipeline.stages.iter();
    let own = stages.map(|stage| run.folder.join(folder_name(&stage.name)));
    let paths = std::iter::once(run.folder.clone()).chain(own).map(|folder| folder.join(name));
    paths.filter(|path| run.files.exists(path)).map(|path| context.relative(&path)).collect()
}

/// Paths are never shortened, so that they can be copied; other text is shortened or wrapped.
fn facts(
    context: &RunsContext,
    run: &PastRun,
    exports: [(&str, Vec<String>); 2],
    limit: usize,
) -> TextTable {
    const LABEL: usize = 10;
    const MAX_LISTED: usize = 4;
    let room = limit.saturating_sub(LABEL);
    let mut table = TextTable::new(0, &[Left, Left]);
    let mut fact = |name: &str, lines: Vec<Cell>| {
        for (number, line) in lines.into_iter().enumerate() {
            table.row([if number == 0 { name } else { "" }.into(), line]);
        }
    };
    fact("run", vec![run.id.as_str().into()]);
    let about = join(&run.pipeline.pipeline, ": ", &run.pipeline.about);
    fact("pipeline", vec![truncate(&sanitize(&about), room).into()]);
    if !run.pipeline.file.is_empty() {
        fact("file", vec![run.pipeline.file.as_str().into()]);
    }
    let took = run.seconds.map(|seconds| format!(" in {}", format::seconds(Some(seconds))));
    let outcome = format!("{}{}", <&str>::from(run.status), took.unwrap_or_default());
    let outcome = join(&outcome, ": ", &format::tally(run));
    fact("outcome", vec![Cell::styled(outcome, format::status_style(run.status))]);
    fact("started", vec![format!("{} UTC", format::time(&run.started)).into()]);
    let ended = run.finished.iter().map(|utc| format!("{} UTC", format::time(utc)).into());
    fact("ended", ended.collect());
    fact("note", run.info.lines().flat_map(|line| wrap(line, room)).map(Cell::from).collect());
    fact("seed", vec![run.pipeline.seed.to_string().into()]);
    if let Some(device) = &run.device {
        let version = run.version.as_ref().map(|version| format!("partita {version}"));
        fact("device", vec![join(device, ", ", &version.unwrap_or_default()).into()]);
    }
    fact("folder", vec![context.relative(&run.folder).into()]);
    for (name, mut paths) in exports {
        if paths.len() > MAX_LISTED {
            let more = paths.split_off(MAX_LISTED).len();
            paths.push(format!("and {more} more"));
        }
        fact(name, paths.into_iter().map(Cell::from).collect());
    }
    table
}

/// Joins two texts, unless the second is empty.
fn join(first: &str, separator: &str, second: &str) -> String {
    if second.is_empty() { first.to_owned() } else { format!("{first}{separator}{second}") }
}

fn stage_table(run: &PastRun) -> TextTable {
    let mut table = TextTable::new(2, &[Middle(12), Left, Left, Right, End(16)]);
    for stage in &run.stages {
        let PastStage { name, kind, detail, hint, .. } = stage;
        let (outcome, took) = (format::outcome(stage), format::took(stage));
        table.row([name.into(), kind.into(), outcome, took.into(), detail.into()]);
        if let Some(hint) = hint {
            let hint = Cell::styled(format!("hint: {hint}"), HINT);
            table.row(["".into(), "".into(), "".into(), "".into(), hint]);
        }
    }
    table
}

/// A parameter that differs from the default of its kind.
#[derive(Serialize)]
struct NonDefault<'a> {
    stage: &'a str,
    name: &'static str,
    value: &'a Value,
    default: Value,
}

/// Returns the non-default parameters. An unknown kind or parameter has no default.
fn non_default(run: &PastRun) -> Vec<NonDefault<'_>> {
    let kinds = stages::registry().kinds();
    let mut found = Vec::new();
    for stage in &run.pipeline.stages {
        let kind = kinds.iter().find(|kind| kind.name == stage.uses);
        for parameter in kind.into_iter().flat_map(|kind| kind.params) {
            let (name, default) = (parameter.name, Value::from(parameter.default));
            if let Some(value) = stage.params.get(name).filter(|value| **value != default) {
                found.push(NonDefault { stage: &stage.name, name, value, default });
            }
        }
    }
    found
}

/// The instances of a matrix share a line with all their values.
fn parameter_table(run: &PastRun) -> TextTable {
    let mut table = TextTable::new(2, &[Middle(12), Left, End(8), Left]);
    let mut values: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for stage in &run.pipeline.stages {
        for (name, value) in &stage.params {
            let all = values.entry((base_name(&stage.name), name)).or_default();
            let value = value.to_string();
            if !all.contains(&value) {
                all.push(value);
            }
        }
    }
    let mut before = "";
    for NonDefault { stage, name, default, .. } in non_default(run) {
        let stage = base_name(stage);
        // Removed when shown, so that each line is shown once.
        let Some(values) = values.remove(&(stage, name)) else { continue };
        let shown = if stage == before { "" } else { stage };
        let default = format!("(default {default})");
        table.row([shown.into(), name.into(), values.join(", ").into(), default.into()]);
        before = stage;
    }
    table
}

fn metric_table(metrics: &[StageMetrics]) -> TextTable {
    if metrics.len() > 1 {
        return instance_table(metrics);
    }
    let mut table = TextTable::new(2, &[Middle(20), Right]);
    let all = metrics.iter().flat_map(|stage| &stage.metrics);
    let mut shown: Vec<_> = all.filter(|(name, _)| format::is_shown(name)).collect();
    shown.sort_by_key(|(name, _)| format::rank(name));
    for (name, metric) in shown {
        table.row([name.as_str().into(), single(Some(metric))]);
    }
    table
}

/// One line per report.
fn instance_table(metrics: &[StageMetrics]) -> TextTable {
    const COLUMNS: [&str; 5] = [
        "reconstruction.f1",
        "latent.active_units",
        "latent.kl_nats",
        "songs.pair_jaccard",
        "songs.measure_jaccard",
    ];
    let mut table = TextTable::new(2, &[Middle(12), Right, Right, Right, Right, Right]);
    let headings = COLUMNS.map(|name| name.rsplit('.').next().unwrap_or(name).into());
    table.row(std::iter::once("".into()).chain(headings));
    for stage in metrics {
        let cells = COLUMNS.map(|name| single(stage.get(name)));
        table.row(std::iter::once(stage.stage.as_str().into()).chain(cells));
    }
    table
}

/// A metric with the decimals that it needs by itself.
fn single(metric: Option<&Metric>) -> Cell {
    format::metric(metric, format::decimals(metric)).into()
}
