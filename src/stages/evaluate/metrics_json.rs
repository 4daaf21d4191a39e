//! Builds `metrics.json`, and flattens it for `metrics.parquet`.

use super::aligned::{AlignedCopying, Check, NearestAligned, SHORTLIST};
use super::controls::controls;
use super::evaluation::Evaluation;
use super::judges_json::judges;
use super::latent::LatentSpace;
use super::reconstruction::ReconstructionEval;
use super::songs::{SongSetMetrics, within_quartiles};
use super::two_sample::{ComparisonSet, TwoSample};
use crate::columnar::MetricRow;
use crate::metrics::ScoreAccumulator;
use crate::metrics::copying::Nearest;
use crate::metrics::features::FEATURES;
use crate::metrics::form::SectionName;
use crate::metrics::summary;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Builds the nested object that the documentation of `evaluate` describes.
pub(super) fn metrics(evaluation: &Evaluation) -> Value {
    let Evaluation { reconstruction, generated, real, copying, aligned, two_sample, .. } =
        evaluation;
    let mut songs = song_set(generated, &copying.generated, &aligned.generated);
    let longest = |runs: &[u32]| summary(runs.iter().map(|&moves| f64::from(moves)));
    songs["longest_run"] = json!(longest(&aligned.generated_runs));
    songs["rank_correlation"] = json!(evaluation.probabilities.correlation);
    songs["controls"] = controls(&evaluation.probabilities, &evaluation.generated.songs)
        .into_iter()
        .map(|(name, correlation)| (name.to_owned(), json!(correlation)))
        .collect::<Map<_, _>>()
        .into();
    songs["within_quartiles"] = within(generated, real);
    let mut real = song_set(real, &copying.real, &aligned.real);
    real["longest_run"] = json!(longest(&aligned.real_runs));
    real["rank_correlation"] = json!(reconstruction.rank_correlation);
    let mut latent = latent_space(evaluation.latent.as_ref());
    latent["units"] = json!(reconstruction.units);
    latent["active_units"] = json!(reconstruction.active_units);
    latent["kl_nats"] = json!(reconstruction.kl_nats);
    latent["kl_bits"] = json!(reconstruction.kl_nats / std::f64::consts::LN_2);
    json!({
        "reconstruction": scores(reconstruction, evaluation.decoded.as_ref()),
        "latent": latent,
        "songs": songs,
        "real": real,
        "copying": shortlist_check(aligned),
        "two_sample": two_sample.sets.iter().map(comparison_set).collect::<Map<_, _>>(),
        "judges": judges(&evaluation.judging),
        "coder": evaluation.coding.metrics(),
        "decoder": evaluation.coding.decoder_metrics(),
        "histograms": histograms(two_sample),
    })
}

fn scores(reconstruction: &ReconstructionEval, decoded: Option<&ScoreAccumulator>) -> Value {
    let ReconstructionEval { density, encoder, half, .. } = reconstruction;
    let baselines = reconstruction.baselines.iter().map(|baseline| {
        let mut metrics = json!(baseline.row.score);
        if let Some(precision) = baseline.row.average_precision {
            metrics["average_precision"] = json!(precision);
        }
        if let Some(components) = baseline.components {
            metrics["components"] = json!(components);
        }
        (baseline.key.to_owned(), metrics)
    });
    let mut metrics = json!(density.macro_mean());
    metrics["refined_steps"] = json!(reconstruction.refined_steps);
    metrics["encoder"] = json!(encoder.as_ref().unwrap_or(density).macro_mean());
    metrics["decoder"] = decoded.map_or(Value::Null, |scores| {
        let mut metrics = json!(scores.macro_mean());
        metrics["samples"] = json!(scores.samples);
        metrics
    });
    metrics["average_precision"] = json!(reconstruction.average_precision);
    metrics["half"] = json!(half.macro_mean());
    metrics["baselines"] = baselines.collect();
    metrics["samples"] = json!(density.samples);
    metrics["on"] = json!(reconstruction.on);
    metrics
}

fn latent_space(latent: Option<&LatentSpace>) -> Value {
    let map = |latent: &LatentSpace| json!({ "train": latent.map, "drawn": latent.generated });
    let gap = |latent: &LatentSpace| latent.units.iter().map(|unit| unit.gap_nats).sum::<f64>();
    let components = |latent: &LatentSpace| -> Value {
        latent.directions.iter().map(|direction| columns(&direction.expected)).collect()
    };
    json!({
        "posterior_samples": latent.map(|latent| latent.samples),
        "by_unit": latent.map(|latent| columns(&latent.units)),
        "gap_nats": latent.map(gap),
        "spectrum": latent.map(|latent| latent.components.explained_variance()),
        "effective_components": latent.and_then(|latent| latent.components.participation_ratio()),
        "map": latent.map(map),
        "components": latent.map(components),
    })
}

/// Turns a list of equal objects into an object of lists.
fn columns(rows: &[impl Serialize]) -> Value {
    let mut columns = Map::new();
    for row in rows {
        let Value::Object(fields) = json!(row) else { continue };
        for (name, value) in fields {
            let column = columns.entry(name).or_insert_with(|| json!([]));
            column.as_array_mut().into_iter().for_each(|column| column.push(value.clone()));
        }
    }
    Value::Object(columns)
}

/// Returns one entry per feature.
fn by_feature<T>(values: &[T], to_json: impl Fn(&T) -> Value) -> Value {
    let entries = FEATURES.iter().zip(values);
    entries.map(|(feature, value)| (feature.name.to_owned(), to_json(value))).collect()
}

fn song_set(set: &SongSetMetrics, nearest: &[Nearest], aligned: &[NearestAligned]) -> Value {
    let mut sections = json!({ "named": set.named });
    for (index, name) in SectionName::ALL.into_iter().enumerate() {
        sections[name.to_string()] = json!(set.sections.map(|shares| shares[index]));
    }
    json!({
        "count": set.songs.len(),
        "pair_jaccard": set.pair_jaccard,
        "measure_jaccard": set.measure_jaccard,
        "nearest_training": summary(nearest.iter().map(|nearest| nearest.similarity)),
        "nearest_moved": summary(aligned.iter().map(|nearest| nearest.alignment.similarity)),
        "features": by_feature(&set.features, |quartiles| json!(quartiles)),
        "sections": sections,
    })
}

fn within(generated: &SongSetMetrics, real: &SongSetMetrics) -> Value {
    let within = within_quartiles(generated, real);
    let is_known = within.iter().any(|(_, is_within)| is_within.is_some());
    let count = within.iter().filter(|(_, is_within)| *is_within == Some(true)).count();
    let mut metrics: Value =
        within.into_iter().map(|(name, is_within)| (name.to_owned(), json!(is_within))).collect();
    metrics["count"] = json!(is_known.then_some(count));
    metrics
}

fn shortlist_check(aligned: &AlignedCopying) -> Value {
    let check = |value: fn(&Check) -> f64| aligned.check.as_ref().map(value);
    json!({
        "shortlist": SHORTLIST,
        "untried": aligned.untried,
        "checked": aligned.check.map_or(0, |check| check.songs),
        "recall": check(|check| check.recall),
        "shortfall": check(|check| check.shortfall),
    })
}

fn comparison_set(set: &ComparisonSet) -> (String, Value) {
    let mut metrics = json!(set.row);
    metrics["features"] = by_feature(&set.features, |distance| json!(distance));
    (set.key.to_owned(), metrics)
}

/// Returns the grid of each feature, and the shares of each set in its bins.
fn histograms(two_sample: &TwoSample) -> Value {
    by_feature(&two_sample.histograms, |histograms| {
        let Some(histograms) = histograms else { return Value::Null };
        let mut metrics = json!({ "ends": [histograms.low, histograms.high] });
        let sets = std::iter::once("real").chain(two_sample.sets.iter().map(|set| set.key));
        for (set, shares) in sets.zip(&histograms.shares) {
            metrics[set] = json!(shares);
        }
        metrics
    })
}

/// Flattens nested metrics into rows with dotted names, in the order of names: true is 1, false 0, null stays without
/// a value, and texts are omitted. List entries are numbered from 0 with equally many digits.
pub(super) fn flatten(metrics: &Value) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    flatten_into(metrics, String::new(), &mut rows);
    rows
}

fn flatten_into(value: &Value, name: String, rows: &mut Vec<MetricRow>) {
    let value = match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten_into(value, inner, rows);
            }
            return;
        }
        Value::Array(values) => {
            let digits = values.len().saturating_sub(1).to_string().len();
            for (place, value) in values.iter().enumerate() {
                flatten_into(value, format!("{name}.{place:0digits$}"), rows);
            }
            return;
        }
        Value::String(_) => return,
        Value::Null => None,
        Value::Bool(holds) => Some(f64::from(u8::from(*holds))),
        Value::Number(number) => number.as_f64(),
    };
    rows.push(MetricRow { name, value });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(metrics: &Value) -> Vec<(String, Option<f64>)> {
        flatten(metrics).into_iter().map(|row| (row.name, row.value)).collect()
    }

    #[test]
    fn nested_numbers_become_dotted_rows() {
        let rows = rows(&json!({"a": {"b": 1, "c": null}, "d": "text", "e": 0.5, "f": true}));
        let expected = [("a.b", Some(1.0)), ("a.c", None), ("e", Some(0.5)), ("f", Some(1.0))];
        assert_eq!(rows, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn list_entries_sort_by_their_names() {
        let rows = rows(&json!({ "a": (0..11).collect::<Vec<u32>>(), "b": [[1.5], []] }));
        assert!(rows.is_sorted());
        assert_eq!((rows[2].0.as_str(), rows[10].1), ("a.02", Some(10.0)));
        assert_eq!(rows[11..], [("b.0.0".to_owned(), Some(1.5))]);
    }

    #[test]
    fn objects_become_lists_by_field() {
        let rows = [json!({ "a": 1, "b": null }), json!({ "a": 2, "b": 3 })];
        assert_eq!(columns(&rows), json!({ "a": [1, 2], "b": [null, 3] }));
    }
}
