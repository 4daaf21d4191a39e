//! The verdict on one stage.

use super::inputs::{InputSnapshot, Records, stage_inputs, upstream_names};
use crate::fingerprint::{Digest, Reason, StageInputs, compare_with};
use crate::spec::{Pipeline, StageInstance};
use crate::store::{Pointer, Record};
use serde::Serialize;
use std::sync::Arc;

/// A run's decision on a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Verdict {
    /// Nothing: its outputs are published and up to date.
    Fresh,
    /// It restores the outputs of another matching record in the store.
    Restore,
    /// It runs the stage.
    Run,
    /// It runs an upstream stage first, and then decides.
    Waits,
}

/// The store, as the planner queries it.
pub trait StoreView {
    /// Returns the pointer to the record that a stage has published.
    fn published(&self, stage: &StageInstance) -> Option<Pointer>;
    /// Returns the record of a fingerprint.
    fn record(&self, kind: &str, fingerprint: &Digest) -> Option<Arc<Record>>;
    /// Returns the record of exactly these inputs, whose fingerprint this is, or the inputs if there is
    /// none.
    fn find_by_inputs(
        &self,
        inputs: StageInputs,
        fingerprint: &Digest,
    ) -> Result<Arc<Record>, Box<StageInputs>>;
    /// Returns damage to the files on which a verdict rests: the pointer to the published record, that
    /// record, and the record of the current fingerprint.
    fn damage(&self, stage: &StageInstance, fingerprint: Option<&Digest>) -> Vec<Reason>;
    /// Returns the outputs of a record that the store has lost.
    fn missing_outputs(&self, record: &Record) -> Vec<String>;
    /// Returns true if all published outputs of a record are in place.
    fn is_published(&self, stage: &StageInstance, record: &Record) -> bool;
    /// Returns the outcome of the last attempt at a fingerprint without a record, and how a run continues
    /// it.
    fn attempt(&self, stage: &StageInstance, fingerprint: &Digest) -> Vec<Reason>;
}

/// The verdict on a stage, with what led to it.
#[derive(Debug, Clone)]
pub struct StagePlan {
    /// The verdict.
    pub verdict: Verdict,
    /// The fingerprint; `None` while the stage waits.
    pub fingerprint: Option<Digest>,
    /// The fingerprint's inputs, unless a matching record has them.
    pub inputs: Option<StageInputs>,
    /// Why the stage is not fresh; empty if it is.
    pub reasons: Vec<Reason>,
    /// The matching record, of a stage that is fresh or restored.
    pub record: Option<Arc<Record>>,
    /// The published record, matching or not.
    pub current: Option<Arc<Record>>,
}

impl StagePlan {
    /// Returns the record whose outputs downstream stages read if nothing runs: the matching one of a
    /// selected stage, the published one of any other stage.
    pub fn outputs(&self, selected: bool) -> Option<&Arc<Record>> {
        if selected { self.record.as_ref() } else { self.current.as_ref() }
    }
}

/// Returns the reason why a record's outputs are not complete, if they are not.
pub(super) fn partial(record: &Record) -> Option<Reason> {
    record.meta.partial.clone().map(Reason::Partial)
}

/// Plans a stage whose upstream records are all known.
pub fn plan_stage(
    pipeline: &Pipeline,
    index: usize,
    files: &InputSnapshot,
    records: &Records<'_>,
    forced: bool,
    store: &dyn StoreView,
) -> StagePlan {
    let stage = &pipeline.stages[index];
    let inputs = stage_inputs(pipeline, index, files, records);
    let fingerprint = inputs.fingerprint();
    let published = store.published(stage);
    let matches = published.as_ref().is_some_and(|current| current.fingerprint == fingerprint);
    let (found, inputs) = match store.find_by_inputs(inputs, &fingerprint) {
        Ok(record) => (Some(record), None),
        Err(inputs) => (None, Some(*inputs)),
    };
    let current = match published {
        Some(_) if matches => found.clone(),
        Some(Pointer { kind, fingerprint }) => store.record(&kind, &fingerprint),
        None => None,
    };
    let missing = found.as_ref().map_or(Vec::new(), |record| store.missing_outputs(record));
    let usable = found.clone().filter(|_| missing.is_empty() && !forced);
    let verdict = match &usable {
        None => Verdict::Run,
        Some(record) if matches && store.is_published(stage, record) => Verdict::Fresh,
        Some(_) => Verdict::Restore,
    };

    let mut reasons = Vec::new();
    match &current {
        _ if forced => reasons.push(Reason::Forced),
        Some(record) if !matches => {
            let now = inputs.as_ref().or(found.as_deref().map(|found| &found.inputs));
            let names = |input: &str| upstream_names(pipeline, stage, input);
            let changed = now.map(|now| compare_with(&record.inputs, now, &names));
            reasons.extend(changed.into_iter().flatten().chain(partial(record)));
        }
        _ => {}
    }
    if current.is_none() || found.is_none() {
        reasons.extend(store.damage(stage, Some(&fingerprint)));
    }
    let attempt = match verdict {
        Verdict::Run => store.attempt(stage, &fingerprint),
        _ => Vec::new(),
    };
    if current.is_none() && reasons.is_empty() && attempt.is_empty() {
        reasons.push(Reason::NeverRan { stored: verdict == Verdict::Restore });
    }
    reasons.extend(attempt.into_iter().chain(missing.into_iter().map(Reason::OutputMissing)));
    if verdict == Verdict::Restore && reasons.is_empty() {
        reasons.push(Reason::OutputMissing("shown under artifacts/".into()));
    }
    Reason::sort(&mut reasons);

    let recorded = found.filter(|_| usable.is_none()).map(|found| found.inputs.clone());
    let (fingerprint, inputs) = (Some(fingerprint), inputs.or(recorded));
    StagePlan { verdict, fingerprint, inputs, reasons, record: usable, current }
}
