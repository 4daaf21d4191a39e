//! `partita runs show`.

use super::super::super::failure::{ExitCode, Failure};
use super::super::super::output::width;
use super::{RunsContext, format, head};
use crate::history::{Metric, PastRun, StageMetrics};
use crate::spec::Value;
use crate::stages;
use crate::store::folder_name;
use crate::text::style::{BOLD, HINT};
use crate::text::{Cell, Column, TextTable};
use crate::text::{sanitize, truncate, wrap};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(super) fn show(context: &RunsContext, written: &str) -> Result<ExitCode, Failure> {
    let (run, figures) = context.open(written)?;
    let places = Places::of(context, &run);
    if context.output.json {
        context.output.json(&as_json(context, &run, &figures, places));
    } else {
        let limit = width();
        let mut text = facts(context, &run, places, limit).render(limit);
        for (title, grid) in [
            ("Stages", stage_lines(&run)),
            ("Parameters that are not the default", parameter_lines(&run)),
            ("Figures", figure_lines(&figures)),
        ] {
            if !grid.is_empty() {
                let _ = write!(text, "\n{BOLD}{title}{BOLD:#}\n{}", grid.render(limit));
            }
        }
        let hidden: usize = figures
            .iter()
            .map(|stage| stage.figures.iter().filter(|(name, _)| !format::is_shown(name)).count())
            .sum();
        if hidden > 0 {
            let _ = writeln!(text, "  … and {hidden} more: --json, or the report");
        }
        context.output.text(&text);
    }
    Ok(ExitCode::Done)
}

/// Where a person looks on.
struct Places {
    songs: Vec<String>,
    reports: Vec<String>,
}

impl Places {
    /// What the run folder shows, at its top or in the folder of a stage.
    fn of(context: &RunsContext, run: &PastRun) -> Self {
        let stages = run.pipeline.stages.iter();
        let own = stages.map(|stage| run.folder.join(folder_name(&stage.name)));
        let folders: Vec<_> = std::iter::once(run.folder.clone()).chain(own).collect();
        let below = |name: &str| {
            let paths = folders.iter().map(|folder| folder.join(name));
            paths.filter(|path| path.exists()).map(|path| context.shown(&path)).collect()
        };
        Self { songs: below("songs/midi"), reports: below("report.html") }
    }
}

/// Paths are never cut, so that they can be copied; text is cut or folded.
fn facts(context: &RunsContext, run: &PastRun, places: Places, limit: usize) -> TextTable {
    const LABEL: usize = 10;
    let room = limit.saturating_sub(LABEL);
    let mut grid = TextTable::new(0, &[Column::Left, Column::Left]);
    let mut fact = |name: &str, value: Cell| grid.row([name.into(), value]);
    fact("run", run.id.as_str().into());
    let about = with(&run.pipeline.pipeline, ": ", &run.pipeline.about);
    fact("pipeline", truncate(&sanitize(&about), room).into_owned().into());
    if !run.pipeline.file.is_empty() {
        fact("file", run.pipeline.file.as_str().into());
    }
    let (outcome, style) = format::outcome(run.outcome);
    let took = run.seconds.map(|seconds| format!(" in {}", format::seconds(Some(seconds))));
    let told = with(&format!("{outcome}{}", took.unwrap_or_default()), ": ", &format::tally(run));
    fact("outcome", Cell::styled(told, style));
    fact("began", format!("{} UTC", format::time(&run.started)).into());
    if let Some(finished) = &run.finished {
        fact("ended", format!("{} UTC", format::time(finished)).into());
    }
    // Free text may have lines.
    for (number, line) in run.info.lines().flat_map(|line| wrap(line, room)).enumerate() {
        fact(if number == 0 { "info" } else { "" }, line.into_owned().into());
    }
    fact("seed", run.pipeline.seed.to_string().into());
    if let Some(device) = &run.device {
        let version = run.version.as_ref().map(|version| format!("partita {version}"));
        fact("device", with(device, ", ", &version.unwrap_or_default()).into());
    }
    fact("folder", context.shown(&run.folder).into());
    const NAMED: usize = 4;
    for (name, mut paths) in [("songs", places.songs), ("report", places.reports)] {
        let more = paths.len().saturating_sub(NAMED);
        paths.truncate(NAMED);
        let more = (more > 0).then(|| format!("and {more} more"));
        for (number, path) in paths.into_iter().chain(more).enumerate() {
            fact(if number == 0 { name } else { "" }, path.into());
        }
    }
    grid
}

/// Two format with a joint, or the first alone.
fn with(first: &str, joint: &str, second: &str) -> String {
    if second.is_empty() { first.to_owned() } else { format!("{first}{joint}{second}") }
}

fn stage_lines(run: &PastRun) -> TextTable {
    let columns = [Column::Middle(12), Column::Left, Column::Left, Column::Right, Column::End(16)];
    let mut grid = TextTable::new(2, &columns);
    for stage in &run.stages {
        let (outcome, style) = format::stage(stage);
        grid.row([
            stage.name.as_str().into(),
            stage.kind.as_str().into(),
            Cell::styled(outcome, style),
            format::took(stage).into(),
            stage.detail.as_str().into(),
        ]);
        if let Some(hint) = &stage.hint {
            let hint = Cell::styled(format!("hint: {hint}"), HINT);
            grid.row(["".into(), "".into(), "".into(), "".into(), hint]);
        }
    }
    grid
}

/// One parameter that is not its kind's default: stage, name, value, default.
type NonDefault<'a> = (&'a str, &'a str, &'a Value, Value);

/// A kind or a parameter that this program does not know has no default to differ from.
fn non_default(run: &PastRun) -> Vec<NonDefault<'_>> {
    let kinds = stages::registry().kinds();
    let mut non_default = Vec::new();
    for stage in &run.pipeline.stages {
        let Some(kind) = kinds.iter().find(|kind| kind.name == stage.uses) else { continue };
        for parameter in kind.params {
            let default = Value::from(parameter.default);
            match stage.params.get(parameter.name) {
                Some(value) if *value != default => {
                    non_default.push((stage.name.as_str(), parameter.name, value, default));
                }
                _ => {}
            }
        }
    }
    non_default
}

/// The instances of a matrix share a line, with all their values.
fn parameter_lines(run: &PastRun) -> TextTable {
    let mut grid =
        TextTable::new(2, &[Column::Middle(12), Column::Left, Column::End(8), Column::Left]);
    let mut values: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for stage in &run.pipeline.stages {
        for (name, value) in &stage.params {
            let all = values.entry((base(&stage.name), name)).or_default();
            let value = value.to_string();
            if !all.contains(&value) {
                all.push(value);
            }
        }
    }
    let mut before = "";
    for (stage, name, _, default) in non_default(run) {
        let stage = base(stage);
        // What is taken out is shown.
        let Some(values) = values.remove(&(stage, name)) else { continue };
        let shown = if stage == before { "" } else { stage };
        let default = format!("(default {default})");
        grid.row([shown.into(), name.into(), values.join(", ").into(), default.into()]);
        before = stage;
    }
    grid
}

/// The name that all instances of a matrix share.
fn base(stage: &str) -> &str {
    stage.split('[').next().unwrap_or(stage)
}

fn figure_lines(figures: &[StageMetrics]) -> TextTable {
    if figures.len() > 1 {
        return instances(figures);
    }
    let mut grid = TextTable::new(2, &[Column::Middle(20), Column::Right]);
    for stage in figures {
        let mut shown: Vec<&(String, Metric)> =
            stage.figures.iter().filter(|(name, _)| format::is_shown(name)).collect();
        shown.sort_by_key(|(name, _)| format::rank(name));
        for (name, figure) in shown {
            grid.row([name.as_str().into(), alone(Some(figure)).into()]);
        }
    }
    grid
}

/// Several reports: a line each.
fn instances(figures: &[StageMetrics]) -> TextTable {
    const COLUMNS: [&str; 5] = [
        "reconstruction.f1",
        "latent.active_units",
        "latent.kl_nats",
        "songs.pair_jaccard",
        "songs.measure_jaccard",
    ];
    let mut grid = TextTable::new(2, &[&[Column::Middle(12)][..], &[Column::Right; 5]].concat());
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let headings = COLUMNS.map(|name| Cell::from(last(name)));
    grid.row(std::iter::once("".into()).chain(headings));
    for stage in figures {
        let figure = |name| stage.figures.iter().find(|(known, _)| known == name).map(|(_, f)| f);
        let cells = COLUMNS.map(|name| Cell::from(alone(figure(name))));
        grid.row(std::iter::once(stage.stage.as_str().into()).chain(cells));
    }
    grid
}

fn alone(figure: Option<&Metric>) -> String {
    let places = match figure {
        Some(Metric::Number(number)) => format::places(&[*number]),
        _ => 0,
    };
    sanitize(&format::figure(figure, places)).into_owned()
}

fn as_json(
    context: &RunsContext,
    run: &PastRun,
    figures: &[StageMetrics],
    places: Places,
) -> serde_json::Value {
    let Places { songs, reports } = places;
    let stages = run.stages.iter().map(|stage| {
        json!({
            "name": stage.name, "kind": stage.kind, "outcome": stage.outcome,
            "seconds": stage.seconds, "detail": stage.detail, "hint": stage.hint,
            "fingerprint": stage.fingerprint, "outputs": stage.outputs, "partial": stage.partial,
        })
    });
    let parameters = non_default(run).into_iter().map(|(stage, name, value, default)| {
        json!({ "stage": stage, "name": name, "value": value, "default": default })
    });
    let metrics = figures.iter().map(|stage| (stage.stage.clone(), stage.json.clone()));
    let mut object = head(run, figures);
    let more = json!({
        "about": run.pipeline.about, "file": run.pipeline.file, "folder": context.shown(&run.folder),
        "finished": run.finished, "info": run.info, "seed": run.pipeline.seed,
        "device": run.device, "version": run.version,
        "stages": stages.collect::<Vec<_>>(), "parameters": parameters.collect::<Vec<_>>(),
        "metrics": metrics.collect::<serde_json::Map<_, _>>(),
        "songs": songs, "reports": reports,
    });
    if let serde_json::Value::Object(more) = more {
        object.extend(more);
    }
    serde_json::Value::Object(object)
}
