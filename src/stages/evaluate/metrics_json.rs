//! `metrics.json` and its flat twin.

use super::Evaluation;
use super::aligned::{AlignedCopying, Check, NearestAligned, SHORTLIST};
use super::latent::{Latent, Played};
use super::songs::{SetFigures, Within};
use super::two_sample::{Reference, TwoSample};
use crate::metrics::copying::Nearest;
use crate::metrics::features::FEATURES;
use crate::metrics::form::SectionName;
use crate::metrics::latent::{Expected, Unit};
use crate::metrics::summary;
use serde_json::{Map, Value, json};

/// Every number, nested as the module's table names them.
pub(super) fn metrics(findings: &Evaluation) -> Value {
    let Evaluation {
        judgement,
        compared,
        copying,
        moved,
        latent,
        drawn_rank_correlation,
        two_sample,
        ..
    } = findings;
    let density = judgement.density.macro_mean();
    let encoder = judgement.encoder.as_ref().unwrap_or(&judgement.density);
    let baselines: Map<String, Value> = judgement
        .baselines
        .iter()
        .map(|baseline| {
            let mut figures = json!(baseline.tally.macro_mean());
            if let Some(precision) = baseline.average_precision {
                figures["average_precision"] = json!(precision);
            }
            if let Some(components) = baseline.components {
                figures["components"] = json!(components);
            }
            (baseline.key.to_owned(), figures)
        })
        .collect();
    let mut drawn = set(&compared.drawn, &copying.drawn, *drawn_rank_correlation);
    drawn["within_quartiles"] = within(&compared.within);
    drawn["nearest_moved"] = likeness(&moved.drawn);
    let mut real = set(&compared.real, &copying.real, judgement.rank_correlation);
    real["nearest_moved"] = likeness(&moved.real);
    let mut space = space(latent.as_ref());
    space["units"] = json!(judgement.units);
    space["active_units"] = json!(judgement.active_units);
    space["kl_nats"] = json!(judgement.kl_nats);
    space["kl_bits"] = json!(judgement.kl_nats / std::f64::consts::LN_2);
    json!({
        "reconstruction": {
            "precision": density.precision, "recall": density.recall, "f1": density.f1,
            "refined_steps": judgement.refined_steps,
            "encoder": encoder.macro_mean(),
            "average_precision": judgement.average_precision,
            "half": judgement.half.macro_mean(),
            "baselines": baselines,
            "samples": judgement.density.samples(),
            "on": judgement.on,
        },
        "latent": space,
        "songs": drawn,
        "real": real,
        "copying": check(moved),
        "two_sample": two_sample.references.iter().map(reference).collect::<Map<_, _>>(),
        "histograms": histograms(two_sample),
    })
}

/// What the posteriors that a model keeps say.
fn space(latent: Option<&Latent>) -> Value {
    let by_unit = |latent: &Latent| {
        let list = |figure: fn(&Unit) -> f64| latent.units.iter().map(figure).collect::<Vec<_>>();
        json!({
            "mean": list(|unit| unit.mean),
            "deviation": list(|unit| unit.deviation),
            "posterior_deviation": list(|unit| unit.posterior_deviation),
            "kl_nats": list(|unit| unit.kl_nats),
            "gap_nats": list(|unit| unit.gap_nats),
        })
    };
    let gap = |latent: &Latent| latent.units.iter().map(|unit| unit.gap_nats).sum::<f64>();
    let played = |latent: &Latent| latent.played.iter().map(played).collect::<Vec<_>>();
    json!({
        "posterior_samples": latent.map(|latent| latent.samples),
        "by_unit": latent.map(by_unit),
        "gap_nats": latent.map(gap),
        "spectrum": latent.map(|latent| latent.components.shares()),
        "effective_components": latent.and_then(|latent| latent.components.effective()),
        "map": latent.map(|latent| json!({ "train": latent.map, "drawn": latent.drawn })),
        "components": latent.map(played),
    })
}

fn played(played: &Played) -> Value {
    let list =
        |figure: fn(&Expected) -> f64| played.expected.iter().map(figure).collect::<Vec<_>>();
    json!({
        "onsets": list(|expected| expected.onsets),
        "pitch_mean": list(|expected| expected.pitch_mean),
        "pitch_class_entropy": list(|expected| expected.pitch_class_entropy),
        "scale_consistency": list(|expected| expected.scale_consistency),
    })
}

fn set(figures: &SetFigures, nearest: &[Nearest], rank_correlation: Option<f64>) -> Value {
    let features: Map<String, Value> = FEATURES
        .iter()
        .zip(&figures.features)
        .map(|(feature, values)| (feature.name.to_owned(), json!(values)))
        .collect();
    json!({
        "count": figures.count,
        "pair_jaccard": figures.pair_jaccard,
        "measure_jaccard": figures.measure_jaccard,
        "rank_correlation": rank_correlation,
        "nearest_training": summary(nearest.iter().map(|nearest| nearest.similarity)),
        "features": features,
        "sections": sections(figures),
    })
}

fn sections(figures: &SetFigures) -> Value {
    let mut shares = json!({ "named": figures.named });
    for (place, name) in SectionName::ALL.into_iter().enumerate() {
        shares[name.word()] = json!(figures.sections.map(|shares| shares[place]));
    }
    shares
}

fn likeness(found: &[NearestAligned]) -> Value {
    json!(summary(found.iter().map(|nearest| nearest.moved.similarity)))
}

fn check(moved: &AlignedCopying) -> Value {
    let of = |figure: fn(&Check) -> f64| moved.check.as_ref().map(figure);
    json!({
        "shortlist": SHORTLIST,
        "untried": moved.untried,
        "checked": moved.check.map_or(0, |check| check.songs),
        "recall": of(|check| check.recall),
        "shortfall": of(|check| check.shortfall),
    })
}

fn within(within: &Within) -> Value {
    let features = within.features.iter().map(|(name, inside)| ((*name).to_owned(), json!(inside)));
    let mut figures: Map<String, Value> = features.collect();
    figures.insert("count".to_owned(), json!(within.count()));
    Value::Object(figures)
}

fn reference(reference: &Reference) -> (String, Value) {
    let features: Map<String, Value> = FEATURES
        .iter()
        .zip(&reference.features)
        .map(|(feature, (wasserstein, overlap))| {
            (feature.name.to_owned(), json!({ "wasserstein": wasserstein, "overlap": overlap }))
        })
        .collect();
    let manifold = reference.manifold;
    let figures = json!({
        "count": reference.count,
        "nearest_accuracy": reference.nearest_accuracy,
        "classifier_accuracy": reference.classifier_accuracy,
        "precision": manifold.map(|manifold| manifold.precision),
        "recall": manifold.map(|manifold| manifold.recall),
        "coverage": manifold.map(|manifold| manifold.coverage),
        "features": features,
    });
    (reference.key.to_owned(), figures)
}

/// Of each feature, the grid and the shares of each kind in its bins.
fn histograms(two_sample: &TwoSample) -> Value {
    let features = FEATURES.iter().zip(&two_sample.histograms).map(|(feature, found)| {
        let figures = found.as_ref().map(|found| {
            let mut figures = json!({ "ends": [found.low, found.high] });
            let kinds = two_sample.references.iter().map(|reference| reference.key);
            for (kind, shares) in std::iter::once("real").chain(kinds).zip(&found.shares) {
                figures[kind] = json!(shares);
            }
            figures
        });
        (feature.name.to_owned(), json!(figures))
    });
    Value::Object(features.collect())
}

/// Every number and every absent one, by dotted name, in the order of names; true is 1, false 0, and
/// texts are left out. The places of a list are numbered from 0, all with as many digits.
pub(super) fn flat(metrics: &Value) -> Vec<(String, Option<f64>)> {
    let mut rows = Vec::new();
    descend(metrics, String::new(), &mut rows);
    rows
}

fn descend(value: &Value, name: String, rows: &mut Vec<(String, Option<f64>)>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                descend(value, inner, rows);
            }
        }
        Value::Array(values) => {
            let digits = values.len().saturating_sub(1).to_string().len();
            for (place, value) in values.iter().enumerate() {
                descend(value, format!("{name}.{place:0digits$}"), rows);
            }
        }
        Value::Null => rows.push((name, None)),
        Value::Bool(holds) => rows.push((name, Some(f64::from(u8::from(*holds))))),
        Value::Number(number) => rows.push((name, number.as_f64())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_numbers_become_dotted_rows() {
        let rows = flat(&json!({"a": {"b": 1, "c": null}, "d": "text", "e": 0.5, "f": true}));
        let expected = [("a.b", Some(1.0)), ("a.c", None), ("e", Some(0.5)), ("f", Some(1.0))];
        assert_eq!(rows, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn places_of_a_list_are_in_the_order_of_their_names() {
        let rows = flat(&json!({ "a": (0..11).collect::<Vec<u32>>(), "b": [[1.5], []] }));
        assert!(rows.is_sorted());
        assert_eq!((rows[2].0.as_str(), rows[10].1), ("a.02", Some(10.0)));
        assert_eq!(rows[11..], [("b.0.0".to_owned(), Some(1.5))]);
    }
}
