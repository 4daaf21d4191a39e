//! The verdicts of the judges in `metrics.json`.

use super::judges::{JudgedSet, Judging};
use crate::metrics::judges::{Judge, MOVED, Verdict};
use serde_json::{Value, json};

/// Builds the object `judges`.
pub(super) fn judges(judging: &Judging) -> Value {
    let mut metrics: Value = Judge::ALL
        .iter()
        .map(|&judge| (judge.as_str().to_owned(), verdicts(judging, Some(judge))))
        .collect();
    let worst = judging.worst().map(|(judge, _)| judge);
    metrics["worst"] = verdicts(judging, worst);
    metrics["worst"]["judge"] = json!(worst.map(Judge::as_str));
    metrics["side"] = json!(judging.side);
    metrics["songs"] = json!(judging.songs);
    metrics["others"] = json!(judging.others);
    metrics["moved"] = json!(MOVED);
    metrics["clues"] = json!(judging.clues);
    metrics
}

fn verdicts(judging: &Judging, judge: Option<Judge>) -> Value {
    let on = |set: JudgedSet| judge.and_then(|judge| judging.verdict(judge, set));
    let accuracy = |set: JudgedSet| on(set).map(|verdict| verdict.accuracy);
    let drawn = |part: fn(Verdict) -> f64| on(JudgedSet::Drawn).map(part);
    json!({
        "accuracy": drawn(|verdict| verdict.accuracy),
        "low": drawn(|verdict| verdict.low),
        "high": drawn(|verdict| verdict.high),
        "null": accuracy(JudgedSet::Null),
        "power": accuracy(JudgedSet::Power),
        "reconstructed": accuracy(JudgedSet::Reconstructed),
        "train": accuracy(JudgedSet::Train),
        "shuffled": accuracy(JudgedSet::Shuffled),
    })
}
