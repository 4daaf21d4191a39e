//! The figures that a run's stages measured: each `metrics.json` that the run folder shows.

use super::past_run::{PastRun, UnreadableRun, json};
use crate::event::Outcome;
use crate::stage_api::Registry;
use crate::store::folder_name;
use serde::Serialize;
use serde_json::Value;

/// The exhibit that holds figures.
const METRICS: &str = "metrics.json";

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Metric {
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
    /// It was not measured.
    Absent,
}

/// What one stage measured.
#[derive(Debug, Clone, PartialEq)]
pub struct StageMetrics {
    /// The stage.
    pub stage: String,
    /// Dotted name and figure, in the file's order.
    pub figures: Vec<(String, Metric)>,
    /// The file as it is.
    pub json: Value,
}

impl StageMetrics {
    /// A number by its dotted name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let (_, figure) = self.figures.iter().find(|(known, _)| known == name)?;
        if let Metric::Number(number) = figure { Some(*number) } else { None }
    }
}

/// The figures of each stage that this run brought to an end, in the pipeline's order; and the files
/// that cannot be read.
#[must_use]
pub fn figures(run: &PastRun, registry: Registry) -> (Vec<StageMetrics>, Vec<UnreadableRun>) {
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    let done = [Some(Outcome::Ran), Some(Outcome::Fresh), Some(Outcome::Restored)];
    for stage in run.stages.iter().filter(|stage| done.contains(&stage.outcome)) {
        if !measures(&stage.kind, registry) {
            continue;
        }
        // The folder of its own is there when several stages measure.
        let own = run.folder.join(folder_name(&stage.name)).join(METRICS);
        let path = if own.exists() { own } else { run.folder.join(METRICS) };
        match json::<Value>(&path) {
            Ok(Some(json)) => {
                let mut figures = Vec::new();
                flatten(&json, String::new(), &mut figures);
                found.push(StageMetrics { stage: stage.name.clone(), figures, json });
            }
            Ok(None) => {}
            Err(unreadable) => damaged.push(unreadable),
        }
    }
    (found, damaged)
}

/// Whether stages of this kind show figures.
fn measures(kind: &str, registry: Registry) -> bool {
    let stages = registry.0.iter().filter(|stage| stage.kind().name == kind);
    stages.flat_map(|stage| stage.run_exports()).any(|exhibit| exhibit.to == METRICS)
}

fn flatten(value: &Value, name: String, figures: &mut Vec<(String, Metric)>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(value, inner, figures);
            }
        }
        Value::Null => figures.push((name, Metric::Absent)),
        Value::Number(number) => {
            figures.push((name, number.as_f64().map_or(Metric::Absent, Metric::Number)));
        }
        Value::String(text) => figures.push((name, Metric::Text(text.clone()))),
        // A list is a picture's, and nothing that a line could show.
        Value::Array(_) => {}
        Value::Bool(flag) => figures.push((name, Metric::Text(flag.to_string()))),
    }
}
