//! Two runs side by side: what went in, what came out, how long it took.

use super::metrics::{Metric, StageMetrics};
use super::past_run::{PastRun, PastStage};
use crate::event::Outcome;
use crate::fingerprint::{Digest, Reason, compare as reasons};
use crate::metrics::direction::{YARDSTICK, more_is_better};
use crate::runner::{ResolvedPipeline, ResolvedStage};
use crate::store::{Record, Store};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Of the baselines, this one depends on the model too: on how many latent units it has.
const LINEAR_CODE: &str = "reconstruction.baselines.pca.";

/// One of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// Something that was asked for and differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// The stage; `None`: the pipeline as a whole.
    pub stage: Option<String>,
    /// `seed`, `params.epochs`, `where`, `files.midi`, `from.samples`, `run`, `outputs`, `env`, `uses`.
    pub what: String,
    /// In the first run; `None`: not settings.
    pub a: Option<String>,
    /// In the second run.
    pub b: Option<String>,
}

/// One figure of both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricPair {
    /// The stage that measured it.
    pub stage: String,
    /// Its dotted name.
    pub name: String,
    /// In the first run; `None`: that run has no such figure.
    pub a: Option<Metric>,
    /// In the second run.
    pub b: Option<Metric>,
    /// Second less first, where both are numbers.
    pub difference: Option<f64>,
    /// The better one, where that can be settings; see [`crate::metrics::direction`].
    pub better: Option<Side>,
}

/// How the outputs of one stage compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outputs {
    /// One fingerprint: the same outputs.
    Same,
    /// Two fingerprints, and yet the outputs are equal byte for byte.
    Equal,
    /// They differ.
    Differ,
    /// Two fingerprints, and the store no longer knows what came of both.
    Unknown,
    /// One of the runs has none.
    Missing,
}

/// One stage of both runs.
#[derive(Debug, Clone)]
pub struct StagePair<'a> {
    /// The stage.
    pub name: String,
    /// In the first run; `None`: it did not come to it.
    pub a: Option<&'a PastStage>,
    /// In the second run.
    pub b: Option<&'a PastStage>,
    /// How its outputs compare.
    pub outputs: Outputs,
    /// Why they were made anew, as their records tell: from the first run's to the second's.
    pub reasons: Vec<Reason>,
}

/// Two runs side by side.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    /// What was asked for and differs; stages that only one of them has are named below.
    pub changes: Vec<SettingChange>,
    /// Stages of the second pipeline alone.
    pub added: Vec<String>,
    /// Stages of the first pipeline alone.
    pub removed: Vec<String>,
    /// All figures of both, equal ones too.
    pub figures: Vec<MetricPair>,
    /// Stages that measured in both, but not on the same samples: their figures have no better one.
    pub other_samples: Vec<String>,
    /// All stages that either run came to.
    pub stages: Vec<StagePair<'a>>,
}

impl Comparison<'_> {
    /// Whether nothing that was asked for and nothing that came out differs. How long it took, and
    /// what had to be computed for it, is no difference.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        let Self { changes, added, removed, figures, other_samples: _, stages } = self;
        let same = |pair: &StagePair<'_>| matches!(pair.outputs, Outputs::Same | Outputs::Equal);
        changes.is_empty()
            && added.is_empty()
            && removed.is_empty()
            && figures.iter().all(|pair| pair.a == pair.b)
            && stages.iter().all(same)
    }
}

/// Lays two runs, and what they measured, side by side. The store tells whether outputs that were made
/// in two ways are equal all the same.
#[must_use]
pub fn compare<'a>(
    (a, measured_a): (&'a PastRun, &[StageMetrics]),
    (b, measured_b): (&'a PastRun, &[StageMetrics]),
    store: &Store,
) -> Comparison<'a> {
    let (changes, added, removed) = asked(&a.pipeline, &b.pipeline);
    let (figures, other_samples) = measured(measured_a, measured_b);
    let stages = in_order(&a.stages, &b.stages, |stage| stage.name.as_str());
    let stages = stages.into_iter().map(|(name, a, b)| {
        let (outputs, reasons) = outputs(a, b, store);
        StagePair { name: name.to_owned(), a, b, outputs, reasons }
    });
    Comparison { changes, added, removed, figures, other_samples, stages: stages.collect() }
}

/// All names of both lists, each once: in the second's order, and what the first alone has behind it.
fn in_order<'a, T>(
    a: &'a [T],
    b: &'a [T],
    name: impl Fn(&'a T) -> &'a str,
) -> Vec<(&'a str, Option<&'a T>, Option<&'a T>)> {
    let mut first: HashMap<&str, &T> = a.iter().map(|item| (name(item), item)).collect();
    let mut all: Vec<_> =
        b.iter().map(|item| (name(item), first.remove(name(item)), Some(item))).collect();
    let rest = a.iter().filter(|item| first.contains_key(name(item)));
    all.extend(rest.map(|item| (name(item), Some(item), None)));
    all
}

type Asked = (Vec<SettingChange>, Vec<String>, Vec<String>);

fn asked(a: &ResolvedPipeline, b: &ResolvedPipeline) -> Asked {
    let (mut changes, mut added, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    if a.seed != b.seed {
        let seed = |pipeline: &ResolvedPipeline| Some(pipeline.seed.to_string());
        changes.push(SettingChange { stage: None, what: "seed".into(), a: seed(a), b: seed(b) });
    }
    for (name, a, b) in in_order(&a.stages, &b.stages, |stage| stage.name.as_str()) {
        match (a, b) {
            (Some(a), Some(b)) => changes.extend(changed(a, b)),
            (None, _) => added.push(name.to_owned()),
            (_, None) => removed.push(name.to_owned()),
        }
    }
    (changes, added, removed)
}

fn changed(a: &ResolvedStage, b: &ResolvedStage) -> Vec<SettingChange> {
    let (mut said_a, mut said_b) = (settings(a), settings(b));
    let whats: BTreeSet<String> = said_a.keys().chain(said_b.keys()).cloned().collect();
    let change = |what: String| {
        let stage = Some(b.name.clone());
        let (a, b) = (said_a.remove(&what), said_b.remove(&what));
        (a != b).then_some(SettingChange { stage, what, a, b })
    };
    whats.into_iter().filter_map(change).collect()
}

/// Everything that a stage was asked for and that its outputs depend on.
pub(super) fn settings(stage: &ResolvedStage) -> BTreeMap<String, String> {
    let ResolvedStage {
        name: _,
        uses,
        params,
        filter,
        files,
        from,
        run,
        outputs,
        env,
        // These say when it may run, not what comes out.
        needs: _,
        exclusive: _,
    } = stage;
    let mut settings = BTreeMap::from([("uses".to_owned(), uses.clone())]);
    settings
        .extend(params.iter().map(|(name, value)| (format!("params.{name}"), value.to_string())));
    settings.extend(filter.iter().map(|filter| ("where".to_owned(), filter.clone())));
    settings.extend(files.iter().map(|(name, all)| (format!("files.{name}"), all.join(", "))));
    settings.extend(from.iter().map(|(name, all)| (format!("from.{name}"), all.join(", "))));
    settings.extend(run.iter().map(|line| ("run".to_owned(), line.clone())));
    for (what, names) in [("outputs", outputs), ("env", env)] {
        if !names.is_empty() {
            settings.insert(what.to_owned(), names.join(", "));
        }
    }
    settings
}

fn measured(a: &[StageMetrics], b: &[StageMetrics]) -> (Vec<MetricPair>, Vec<String>) {
    let (mut pairs, mut other_samples) = (Vec::new(), Vec::new());
    for (stage, a, b) in in_order(a, b, |stage| stage.stage.as_str()) {
        let comparable = same_samples([a, b].into_iter().flatten()) && a.is_some() == b.is_some();
        if a.is_some() && b.is_some() && !comparable {
            other_samples.push(stage.to_owned());
        }
        let all =
            |side: Option<&'_ StageMetrics>| side.map_or(Vec::new(), |stage| stage.figures.clone());
        let (all_a, all_b) = (all(a), all(b));
        for (name, a, b) in in_order(&all_a, &all_b, |(name, _)| name.as_str()) {
            let (a, b) = (a.map(|(_, figure)| figure), b.map(|(_, figure)| figure));
            pairs.push(pair(stage, name, a, b, comparable));
        }
    }
    (pairs, other_samples)
}

/// Whether all of these were measured on the same samples: what the samples alone decide is there, and
/// equal.
pub fn same_samples<'a>(stages: impl IntoIterator<Item = &'a StageMetrics>) -> bool {
    let yardsticks = |stage: &'a StageMetrics| -> Vec<&'a (String, Metric)> {
        let tells = |name: &str| name.starts_with(YARDSTICK) && !name.starts_with(LINEAR_CODE);
        stage.figures.iter().filter(|(name, _)| tells(name)).collect()
    };
    let mut all = stages.into_iter().map(yardsticks);
    let Some(first) = all.next().filter(|first| !first.is_empty()) else { return false };
    all.all(|other| other == first)
}

fn pair(
    stage: &str,
    name: &str,
    a: Option<&Metric>,
    b: Option<&Metric>,
    comparable: bool,
) -> MetricPair {
    let difference = match (a, b) {
        (Some(Metric::Number(a)), Some(Metric::Number(b))) => Some(b - a),
        _ => None,
    };
    let better = difference
        .filter(|_| comparable && more_is_better(name))
        .and_then(|more| if more > 0.0 { Some(Side::B) } else { (more < 0.0).then_some(Side::A) });
    MetricPair {
        stage: stage.to_owned(),
        name: name.to_owned(),
        a: a.cloned(),
        b: b.cloned(),
        difference,
        better,
    }
}

fn outputs(a: Option<&PastStage>, b: Option<&PastStage>, store: &Store) -> (Outputs, Vec<Reason>) {
    let (Some((kind_a, a)), Some((kind_b, b))) = (a.and_then(output_key), b.and_then(output_key))
    else {
        return (Outputs::Missing, Vec::new());
    };
    if (kind_a, a) == (kind_b, b) {
        return (Outputs::Same, Vec::new());
    }
    let record = |kind: &str, fingerprint: &str| -> Option<Record> {
        store.record(kind, &fingerprint.parse::<Digest>().ok()?)
    };
    let (Some(a), Some(b)) = (record(kind_a, a), record(kind_b, b)) else {
        return (Outputs::Unknown, Vec::new());
    };
    let outputs = if a.outputs == b.outputs { Outputs::Equal } else { Outputs::Differ };
    (outputs, reasons(&a.inputs, &b.inputs))
}

/// Kind and fingerprint of a stage that has outputs.
fn output_key(stage: &PastStage) -> Option<(&str, &str)> {
    let done = [Some(Outcome::Ran), Some(Outcome::Fresh), Some(Outcome::Restored)];
    let fingerprint = stage.fingerprint.as_deref().filter(|_| done.contains(&stage.outcome))?;
    Some((stage.kind.as_str(), fingerprint))
}
