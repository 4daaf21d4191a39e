//! `partita runs diff --html`: the page that lays runs side by side.
//!
//! What is compared are the stages that measured: one of each run, or all instances of a sweep. Each brings what
//! it came from, so that instances of one run differ in their parameters as runs do.

use super::{RunsContext, format};
use crate::history::{
    Metric, PastRun, StageMetrics, TrainingLog, asked_for, lineage, same_samples, training,
};
use crate::metrics::direction::more_is_better;
use crate::report::page::{
    Chart, RunColumn, RunMetric, RunsReport, Series, SettingRow, render_runs,
};
use crate::stages;
use std::collections::{BTreeMap, BTreeSet};

/// Columns of a training's log that have a chart: name, title, unit.
const CURVES: [(&str, &str, &str); 10] = [
    ("val_f1", "Reconstruction F1, validation", "F1"),
    ("val_loss", "Loss, validation", "per sample"),
    ("loss", "Loss, training", "per sample"),
    ("val_reconstruction", "Reconstruction, validation", "per sample"),
    ("reconstruction", "Reconstruction, training", "per sample"),
    ("val_kl", "KL divergence, validation", "nats"),
    ("kl", "KL divergence, training", "nats"),
    ("active_units", "Active latent units", "units"),
    ("pair_jaccard", "Similarity of two songs", "Jaccard index"),
    ("measure_jaccard", "Similarity of two measures", "Jaccard index"),
];

/// One stage that measured, or a run that never came to it.
struct Column<'a> {
    label: String,
    name: String,
    run: &'a PastRun,
    figures: Option<&'a StageMetrics>,
    /// By stage and what, both as people read them.
    asked: BTreeMap<(String, String), String>,
    log: Option<TrainingLog>,
}

impl Column<'_> {
    /// Whether what was measured came of this stage.
    fn has(&self, stage: &str) -> bool {
        let bare = stage.split('[').next().unwrap_or(stage);
        self.asked.keys().any(|(known, _)| known == bare)
    }
}

/// The page of these runs.
pub(super) fn page(context: &RunsContext, runs: &[(PastRun, Vec<StageMetrics>)]) -> String {
    let mut columns = Vec::new();
    for (run, figures) in runs {
        let several = figures.len() > 1;
        let measured = figures.iter().map(Some).chain(figures.is_empty().then_some(None));
        for figures in measured {
            let label = letters(columns.len());
            columns.push(column(context, run, figures, several, label));
        }
    }
    let what = if runs.len() == 1 { "instances of one run" } else { "runs" };
    let (metrics, other_metrics) = figures(&columns);
    render_runs(&RunsReport {
        title: "Side by side".into(),
        subtitle: format!("{} {what}: what was asked for, and what came of it.", columns.len()),
        runs: columns.iter().map(head).collect(),
        notes: notes(&columns),
        metrics,
        other_metrics,
        settings: settings(&columns),
        curves: curves(&columns),
    })
}

/// `A` to `Z`, then `AA`.
fn letters(number: usize) -> String {
    let letter = char::from(b'A' + (number % 26) as u8);
    match number / 26 {
        0 => letter.to_string(),
        before => letters(before - 1) + &letter.to_string(),
    }
}

fn column<'a>(
    context: &RunsContext,
    run: &'a PastRun,
    figures: Option<&'a StageMetrics>,
    several: bool,
    label: String,
) -> Column<'a> {
    let stage = figures.map_or("", |figures| figures.stage.as_str());
    let line = lineage(&run.pipeline, stage);
    let mut log = None;
    for stage in &line {
        match training(run, &stage.name, stages::registry()) {
            Ok(found) => log = log.or(found),
            Err(unreadable) => context.warn(&unreadable),
        }
    }
    let mut asked = asked_for(&line);
    asked.insert(Default::default(), run.pipeline.seed.to_string());
    let name = if several { format!("{}: {stage}", run.id) } else { run.id.clone() };
    Column { label, name, run, figures, asked, log }
}

fn head(column: &Column<'_>) -> RunColumn {
    let Column { run, .. } = column;
    let (outcome, _) = format::outcome(run.outcome);
    let facts = [
        ("Pipeline", run.pipeline.pipeline.clone()),
        ("Outcome", outcome.to_owned()),
        ("Began (UTC)", format::time(&run.started)),
        ("Took", format::seconds(run.seconds)),
        ("Device", run.device.clone().unwrap_or_default()),
        ("Info", run.info.trim().to_owned()),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    RunColumn {
        label: column.label.clone(),
        name: column.name.clone(),
        facts: facts.map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

fn notes(columns: &[Column<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    let measured = columns.iter().filter_map(|column| column.figures);
    if measured.clone().count() > 1 && !same_samples(measured) {
        notes.push(
            "They were not judged on the same samples: figures of reconstruction do not compare."
                .into(),
        );
    }
    for column in columns {
        if column.figures.is_none() {
            notes.push(format!("{} measured nothing.", column.label));
        }
        for stage in &column.run.stages {
            if let Some(what) = stage.partial.as_ref().filter(|_| column.has(&stage.name)) {
                notes.push(format!("{}: {} {what}.", column.label, stage.name));
            }
        }
    }
    notes
}

/// The figures that a person is shown first, and all others.
fn figures(columns: &[Column<'_>]) -> (Vec<RunMetric>, Vec<RunMetric>) {
    let alike = same_samples(columns.iter().filter_map(|column| column.figures));
    let mut names: Vec<&str> = Vec::new();
    let mut known = BTreeSet::new();
    for (name, figure) in columns.iter().filter_map(|c| c.figures).flat_map(|f| &f.figures) {
        if matches!(figure, Metric::Number(_)) && known.insert(name.as_str()) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| format::rank(name));
    let row = |name: &str| {
        let value = |column: &Column<'_>| column.figures.and_then(|figures| figures.number(name));
        let values: Vec<Option<f64>> = columns.iter().map(value).collect();
        let best = (alike && more_is_better(name)).then(|| best(&values)).flatten();
        RunMetric { name: name.to_owned(), values, best }
    };
    let (shown, more): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| format::is_shown(name));
    (shown.into_iter().map(row).collect(), more.into_iter().map(row).collect())
}

/// The place of the largest value, where it is alone.
fn best(values: &[Option<f64>]) -> Option<usize> {
    let largest = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut places = (0..values.len()).filter(|&at| values[at] == Some(largest));
    let first = places.next()?;
    let alone = places.next().is_none() && values.iter().flatten().count() > 1;
    alone.then_some(first)
}

/// What was not asked alike of all that have the stage.
fn settings(columns: &[Column<'_>]) -> Vec<SettingRow> {
    let all: BTreeSet<&(String, String)> = columns.iter().flat_map(|c| c.asked.keys()).collect();
    let row = |key: &(String, String)| {
        let values: Vec<_> = columns.iter().map(|column| column.asked.get(key).cloned()).collect();
        let (stage, what) = key;
        let those = columns.iter().filter(|column| column.has(stage));
        let mut asked = those.map(|column| column.asked.get(key));
        let first = asked.next();
        let differs = asked.any(|value| Some(value) != first);
        let name = if stage.is_empty() { "seed" } else { what.trim_start_matches("params.") };
        differs.then(|| SettingRow { stage: stage.clone(), name: name.to_owned(), values })
    };
    all.into_iter().filter_map(row).collect()
}

/// A chart for each column of the logs that any of them has, a line for each training.
fn curves(columns: &[Column<'_>]) -> Vec<Chart> {
    let chart = |(name, title, unit): (&str, &str, &str)| {
        let series = columns.iter().filter_map(|column| {
            let points = column.log.as_ref()?.points(name);
            Some(Series::line(&column.label, points))
        });
        let series: Vec<Series> = series.collect();
        let any = series.iter().flat_map(|s| &s.points).any(|(_, value)| value.is_finite());
        any.then(|| Chart::over_epochs(title, unit, series))
    };
    CURVES.into_iter().filter_map(chart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_label_for_every_run() {
        let labels = [0, 1, 25, 26, 27, 51, 52, 701, 702].map(letters);
        assert_eq!(labels, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn the_best_is_alone_and_has_something_to_be_better_than() {
        assert_eq!(best(&[Some(0.1), None, Some(0.3)]), Some(2));
        assert_eq!(best(&[Some(0.3), Some(0.3)]), None);
        assert_eq!(best(&[None, Some(0.3)]), None);
        assert_eq!(best(&[None, None]), None);
    }
}
