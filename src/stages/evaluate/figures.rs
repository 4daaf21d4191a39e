//! `metrics.json` and its flat twin.

use super::judge::Judgement;
use super::songs::{Compared, SetFigures};
use crate::metrics::features::FEATURES;
use serde_json::{Map, Value, json};

/// Every number, nested as the module's table names them.
pub(super) fn metrics(judgement: &Judgement, compared: &Compared) -> Value {
    let density = judgement.density.macro_mean();
    let baselines: Map<String, Value> = judgement
        .baselines
        .iter()
        .map(|baseline| {
            let mut figures = json!(baseline.tally.macro_mean());
            if let Some(components) = baseline.components {
                figures["components"] = json!(components);
            }
            (baseline.key.to_owned(), figures)
        })
        .collect();
    json!({
        "reconstruction": {
            "precision": density.precision, "recall": density.recall, "f1": density.f1,
            "half": judgement.half.macro_mean(),
            "baselines": baselines,
            "samples": judgement.density.samples(),
            "on": judgement.on,
        },
        "latent": {
            "units": judgement.units,
            "active_units": judgement.active_units,
            "kl_nats": judgement.kl_nats,
            "kl_bits": judgement.kl_nats / std::f64::consts::LN_2,
        },
        "songs": set(&compared.drawn),
        "real": set(&compared.real),
    })
}

fn set(figures: &SetFigures) -> Value {
    let features: Map<String, Value> = FEATURES
        .iter()
        .zip(&figures.features)
        .map(|(feature, values)| (feature.name.to_owned(), json!(values)))
        .collect();
    json!({
        "count": figures.count,
        "pair_jaccard": figures.pair_jaccard,
        "measure_jaccard": figures.measure_jaccard,
        "features": features,
    })
}

/// Every number and every absent one, by dotted name, in the order of names; texts are left out.
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
        Value::Null => rows.push((name, None)),
        Value::Number(number) => rows.push((name, number.as_f64())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_numbers_become_dotted_rows() {
        let rows = flat(&json!({"a": {"b": 1, "c": null}, "d": "text", "e": 0.5}));
        let expected = [("a.b", Some(1.0)), ("a.c", None), ("e", Some(0.5))];
        assert_eq!(rows, expected.map(|(name, value)| (name.to_owned(), value)));
    }
}
