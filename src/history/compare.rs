//! Compares two runs: settings, metrics, outputs and times.

use super::metrics::{Metric, StageMetrics, same_samples};
use super::pairs::by_name;
use super::past_run::{PastRun, PastStage};
use super::settings::{SettingChange, changes};
use crate::fingerprint::{Digest, Reason, compare as reasons};
use crate::metrics::direction::more_is_better;
use crate::store::Store;
use serde::Serialize;

/// One of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// One metric of both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricPair {
    /// The stage that measured it.
    pub stage: String,
    /// Dotted name.
    pub name: String,
    /// Value in the first run; `None` if the run has no such metric.
    pub a: Option<Metric>,
    /// Value in the second run.
    pub b: Option<Metric>,
    /// B − A, if both are numbers.
    pub difference: Option<f64>,
    /// The better one, if the metric has a direction; see [`crate::metrics::direction`].
    pub better: Option<Side>,
}

/// How the outputs of a stage compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputMatch {
    /// The fingerprints are equal, and so are the outputs.
    Same,
    /// The fingerprints differ, but the outputs are equal byte by byte.
    Equal,
    /// The outputs differ.
    Differ,
    /// The fingerprints differ, and the store lacks one of the records.
    Unknown,
    /// One of the runs has no outputs.
    Missing,
}

/// One stage of both runs.
#[derive(Debug, Clone)]
pub struct StagePair<'a> {
    /// The stage.
    pub name: String,
    /// In the first run; `None` if the run did not get to it.
    pub a: Option<&'a PastStage>,
    /// In the second run.
    pub b: Option<&'a PastStage>,
    /// How its outputs compare.
    pub outputs: OutputMatch,
    /// Differences between the inputs of the two records, from the first to the second.
    pub reasons: Vec<Reason>,
}

/// A comparison of two runs.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    /// Changed settings of stages that both pipelines have.
    pub changes: Vec<SettingChange>,
    /// Stages of the second pipeline alone.
    pub added: Vec<String>,
    /// Stages of the first pipeline alone.
    pub removed: Vec<String>,
    /// All metrics of both, including equal ones.
    pub metrics: Vec<MetricPair>,
    /// Stages whose metrics are not comparable because they were evaluated on other samples.
    pub other_samples: Vec<String>,
    /// All stages that either run got to.
    pub stages: Vec<StagePair<'a>>,
}

impl Comparison<'_> {
    /// Returns whether settings, metrics and outputs are equal. Times, and whether a stage ran or was up to
    /// date, do not count.
    pub fn is_equal(&self) -> bool {
        let Self { changes, added, removed, metrics, other_samples: _, stages } = self;
        let is_equal =
            |pair: &StagePair<'_>| matches!(pair.outputs, OutputMatch::Same | OutputMatch::Equal);
        changes.is_empty()
            && added.is_empty()
            && removed.is_empty()
            && metrics.iter().all(|pair| pair.a == pair.b)
            && stages.iter().all(is_equal)
    }
}

/// Compares two runs and their metrics. The records in the store decide whether outputs of different
/// fingerprints are equal.
pub fn compare<'a>(
    (a, metrics_a): (&'a PastRun, &[StageMetrics]),
    (b, metrics_b): (&'a PastRun, &[StageMetrics]),
    store: &Store,
) -> Comparison<'a> {
    let (changes, added, removed) = changes(&a.pipeline, &b.pipeline);
    let (metrics, other_samples) = compare_metrics(metrics_a, metrics_b);
    let stages = by_name(&a.stages, &b.stages, |stage| stage.name.as_str());
    let stages = stages.into_iter().map(|(name, a, b)| {
        let (outputs, reasons) = compare_outputs(a, b, store);
        StagePair { name: name.to_owned(), a, b, outputs, reasons }
    });
    Comparison { changes, added, removed, metrics, other_samples, stages: stages.collect() }
}

fn compare_metrics(a: &[StageMetrics], b: &[StageMetrics]) -> (Vec<MetricPair>, Vec<String>) {
    let (mut pairs, mut other_samples) = (Vec::new(), Vec::new());
    for (stage, a, b) in by_name(a, b, |stage| stage.stage.as_str()) {
        let is_comparable =
            same_samples([a, b].into_iter().flatten()) && a.is_some() == b.is_some();
        if a.is_some() && b.is_some() && !is_comparable {
            other_samples.push(stage.to_owned());
        }
        let [all_a, all_b] = [a, b].map(|side| side.map_or(&[][..], |stage| &stage.metrics));
        for (name, a, b) in by_name(all_a, all_b, |(name, _)| name.as_str()) {
            let [a, b] = [a, b].map(|side| side.map(|(_, metric)| metric.clone()));
            let difference = match (&a, &b) {
                (Some(Metric::Number(a)), Some(Metric::Number(b))) => Some(b - a),
                _ => None,
            };
            let better = difference
                .filter(|more| *more != 0.0 && is_comparable && more_is_better(name))
                .map(|more| if more > 0.0 { Side::B } else { Side::A });
            let (stage, name) = (stage.to_owned(), name.to_owned());
            pairs.push(MetricPair { stage, name, a, b, difference, better });
        }
    }
    (pairs, other_samples)
}

fn compare_outputs(
    a: Option<&PastStage>,
    b: Option<&PastStage>,
    store: &Store,
) -> (OutputMatch, Vec<Reason>) {
    let (Some(key_a), Some(key_b)) = (a.and_then(output_key), b.and_then(output_key)) else {
        return (OutputMatch::Missing, Vec::new());
    };
    if key_a == key_b {
        return (OutputMatch::Same, Vec::new());
    }
    let record = |(kind, fingerprint): (&str, &str)| {
        store.record(kind, &fingerprint.parse::<Digest>().ok()?)
    };
    let (Some(a), Some(b)) = (record(key_a), record(key_b)) else {
        return (OutputMatch::Unknown, Vec::new());
    };
    let is_equal = a.outputs == b.outputs;
    let outputs = if is_equal { OutputMatch::Equal } else { OutputMatch::Differ };
    (outputs, reasons(&a.inputs, &b.inputs))
}

/// Returns kind and fingerprint of a stage that has outputs.
fn output_key(stage: &PastStage) -> Option<(&str, &str)> {
    let fingerprint = stage.fingerprint.as_deref().filter(|_| stage.succeeded())?;
    Some((stage.kind.as_str(), fingerprint))
}
