//! The metrics of a run's stages: each exported `metrics.json`.

use super::past_run::{PastRun, UnreadableRun};
use super::read::{exported, json};
use crate::metrics::direction::BASELINES;
use crate::stage_api::Registry;
use serde::Serialize;
use serde_json::Value;

/// Name under which metrics are exported.
const METRICS: &str = "metrics.json";

/// Prefix of the baseline that also depends on the model: on its number of latent units.
const PCA_BASELINE: &str = "reconstruction.baselines.pca.";

/// The value of a metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Metric {
    /// A number.
    Number(f64),
    /// A text or a flag.
    Text(String),
    /// Not measured.
    Absent,
}

/// The metrics of one stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageMetrics {
    /// The stage.
    pub stage: String,
    /// Dotted names and values, in the file's order.
    pub metrics: Vec<(String, Metric)>,
    /// The content of the file.
    pub json: Value,
}

impl StageMetrics {
    /// Returns a metric by its dotted name.
    pub fn get(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|(known, _)| known == name).map(|(_, metric)| metric)
    }

    /// Returns a number by its dotted name.
    pub fn number(&self, name: &str) -> Option<f64> {
        if let Metric::Number(number) = self.get(name)? { Some(*number) } else { None }
    }
}

/// Returns the metrics of each successful stage, in the pipeline's order, and the files that cannot be read.
pub fn metrics(run: &PastRun, registry: Registry) -> (Vec<StageMetrics>, Vec<UnreadableRun>) {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for stage in run.stages.iter().filter(|stage| stage.succeeded()) {
        let Some(path) = exported(run, stage, registry, METRICS) else { continue };
        match json::<Value>(&run.files, &path) {
            Ok(Some(json)) => {
                let mut metrics = Vec::new();
                flatten(&json, String::new(), &mut metrics);
                found.push(StageMetrics { stage: stage.name.clone(), metrics, json });
            }
            Ok(None) => {}
            Err(error) => unreadable.push(error),
        }
    }
    (found, unreadable)
}

fn flatten(value: &Value, name: String, metrics: &mut Vec<(String, Metric)>) {
    let metric = match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(value, inner, metrics);
            }
            return;
        }
        // A list belongs to a picture and does not fit a line.
        Value::Array(_) => return,
        Value::Null => Metric::Absent,
        Value::Number(number) => number.as_f64().map_or(Metric::Absent, Metric::Number),
        Value::String(text) => Metric::Text(text.clone()),
        Value::Bool(flag) => Metric::Text(flag.to_string()),
    };
    metrics.push((name, metric));
}

/// Returns whether these metrics were computed on the same samples: the baselines that depend on the samples
/// alone exist and are equal.
pub fn same_samples<'a>(stages: impl IntoIterator<Item = &'a StageMetrics>) -> bool {
    let baselines = |stage: &'a StageMetrics| -> Vec<&'a (String, Metric)> {
        let is_baseline =
            |name: &str| name.starts_with(BASELINES) && !name.starts_with(PCA_BASELINE);
        stage.metrics.iter().filter(|(name, _)| is_baseline(name)).collect()
    };
    let mut all = stages.into_iter().map(baselines);
    let Some(first) = all.next().filter(|first| !first.is_empty()) else { return false };
    all.all(|other| other == first)
}
