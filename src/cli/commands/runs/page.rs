//! `partita runs diff --html`: a page that compares runs.
//!
//! It compares the stages with metrics: one of each run, or all instances of a sweep. Each comes with the
//! settings of its lineage, so that instances of one run differ in their parameters as runs do.

use super::{MeasuredRun, RunsContext, format};
use crate::history::{
    Metric, PastRun, StageMetrics, TrainingLog, base_name, lineage, lineage_settings, same_samples,
    training,
};
use crate::metrics::direction::more_is_better;
use crate::report::page::{
    Chart, RunColumn, RunMetric, RunsReport, Series, SettingRow, render_runs,
};
use crate::stages;
use std::collections::{BTreeMap, BTreeSet};

/// Columns of a training log that have a chart: name, title, unit.
const CURVES: [(&str, &str, &str); 10] = [
    ("val_f1", "Reconstruction F1, validation", "F1"),
    ("val_loss", "Loss, validation", "per sample"),
    ("loss", "Loss, training", "per sample"),
    ("val_reconstruction", "Reconstruction, validation", "per sample"),
    ("reconstruction", "Reconstruction, training", "per sample"),
    ("val_kl", "KL divergence, validation", "nats"),
    ("kl", "KL divergence, training", "nats"),
    ("active_units", "Active latent units", "units"),
    ("pair_jaccard", "Similarity between songs", "Jaccard index"),
    ("measure_jaccard", "Similarity between measures", "Jaccard index"),
];

/// A stage with metrics, or a run without any.
struct Column<'a> {
    label: String,
    name: String,
    run: &'a PastRun,
    metrics: Option<&'a StageMetrics>,
    /// By base name of the stage and setting; the seed has an empty key.
    settings: BTreeMap<(String, String), String>,
    log: Option<TrainingLog>,
}

impl Column<'_> {
    /// Returns whether a stage is in the lineage.
    fn has(&self, stage: &str) -> bool {
        self.settings.keys().any(|(known, _)| known == base_name(stage))
    }
}

/// Returns the page of these runs.
pub(super) fn page(context: &RunsContext, runs: &[MeasuredRun]) -> String {
    let columns = columns(context, runs);
    let what = if runs.len() == 1 { "instances of one run" } else { "runs" };
    let (metrics, other_metrics) = metrics(&columns);
    render_runs(&RunsReport {
        title: "Run comparison".into(),
        subtitle: format!("Settings, metrics and training curves of {} {what}.", columns.len()),
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

fn columns<'a>(context: &RunsContext, runs: &'a [MeasuredRun]) -> Vec<Column<'a>> {
    let mut columns = Vec::new();
    for (run, all) in runs {
        for metrics in all.iter().map(Some).chain(all.is_empty().then_some(None)) {
            let stage = metrics.map_or("", |metrics| metrics.stage.as_str());
            let line = lineage(&run.pipeline, stage);
            let mut log = None;
            for stage in &line {
                match training(run, &stage.name, stages::registry()) {
                    Ok(found) => log = log.or(found),
                    Err(unreadable) => context.warn(&unreadable),
                }
            }
            let mut settings = lineage_settings(&line);
            settings.insert(Default::default(), run.pipeline.seed.to_string());
            let name = if all.len() > 1 { format!("{}: {stage}", run.id) } else { run.id.clone() };
            let label = letters(columns.len());
            columns.push(Column { label, name, run, metrics, settings, log });
        }
    }
    columns
}

fn head(column: &Column<'_>) -> RunColumn {
    let Column { run, .. } = column;
    let facts = [
        ("Pipeline", run.pipeline.pipeline.clone()),
        ("Outcome", <&str>::from(run.status).to_owned()),
        ("Started (UTC)", format::time(&run.started)),
        ("Took", format::seconds(run.seconds)),
        ("Device", run.device.clone().unwrap_or_default()),
        ("Note", run.info.trim().to_owned()),
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
    let measured = columns.iter().filter_map(|column| column.metrics);
    if measured.clone().count() > 1 && !same_samples(measured) {
        let what = "Evaluated on different samples; reconstruction metrics are not comparable.";
        notes.push(what.to_owned());
    }
    for column in columns {
        if column.metrics.is_none() {
            notes.push(format!("{} has no metrics.", column.label));
        }
        for stage in &column.run.stages {
            if let Some(what) = stage.partial.as_ref().filter(|_| column.has(&stage.name)) {
                notes.push(format!("{}: {} {what}.", column.label, stage.name));
            }
        }
    }
    notes
}

/// Returns the metrics to show first, and all others.
fn metrics(columns: &[Column<'_>]) -> (Vec<RunMetric>, Vec<RunMetric>) {
    let measured = || columns.iter().filter_map(|column| column.metrics);
    let is_comparable = same_samples(measured());
    let mut names: Vec<&str> = Vec::new();
    let mut known = BTreeSet::new();
    for (name, metric) in measured().flat_map(|stage| &stage.metrics) {
        if matches!(metric, Metric::Number(_)) && known.insert(name.as_str()) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| format::rank(name));
    let row = |name: &str| {
        let value = |column: &Column<'_>| column.metrics.and_then(|metrics| metrics.number(name));
        let values: Vec<Option<f64>> = columns.iter().map(value).collect();
        let best = (is_comparable && more_is_better(name)).then(|| best(&values)).flatten();
        RunMetric { name: name.to_owned(), values, best }
    };
    let (shown, other): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| format::is_shown(name));
    (shown.into_iter().map(row).collect(), other.into_iter().map(row).collect())
}

/// Returns the position of the largest value if it is unique and not the only value.
fn best(values: &[Option<f64>]) -> Option<usize> {
    let largest = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut positions = (0..values.len()).filter(|&at| values[at] == Some(largest));
    let first = positions.next()?;
    let is_unique = positions.next().is_none() && values.iter().flatten().count() > 1;
    is_unique.then_some(first)
}

/// Returns the settings that differ between the columns that have the stage.
fn settings(columns: &[Column<'_>]) -> Vec<SettingRow> {
    let all: BTreeSet<&(String, String)> = columns.iter().flat_map(|c| c.settings.keys()).collect();
    let row = |key: &(String, String)| {
        let (stage, setting) = key;
        let mut owners = columns.iter().filter(|column| column.has(stage));
        let first = owners.next().map(|column| column.settings.get(key));
        let differs = owners.any(|column| Some(column.settings.get(key)) != first);
        let name = if stage.is_empty() { "seed" } else { setting.trim_start_matches("params.") };
        let values = || columns.iter().map(|column| column.settings.get(key).cloned()).collect();
        let (stage, name) = (stage.clone(), name.to_owned());
        differs.then(|| SettingRow { stage, name, values: values() })
    };
    all.into_iter().filter_map(row).collect()
}

/// One chart per log column that any training has, with one line per training.
fn curves(columns: &[Column<'_>]) -> Vec<Chart> {
    let chart = |(name, title, unit): (&str, &str, &str)| {
        let line = |c: &Column<'_>| Some(Series::line(&c.label, c.log.as_ref()?.points(name)));
        let series: Vec<Series> = columns.iter().filter_map(line).collect();
        let any = series.iter().flat_map(|s| &s.points).any(|(_, value)| value.is_finite());
        any.then(|| Chart::over_epochs(title, unit, series))
    };
    CURVES.into_iter().filter_map(chart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_continue_after_z() {
        let labels = [0, 1, 25, 26, 27, 51, 52, 701, 702].map(letters);
        assert_eq!(labels, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn best_is_unique_and_not_the_only_value() {
        assert_eq!(best(&[Some(0.1), None, Some(0.3)]), Some(2));
        assert_eq!(best(&[Some(0.3), Some(0.3)]), None);
        assert_eq!(best(&[None, Some(0.3)]), None);
        assert_eq!(best(&[None, None]), None);
    }
}
