//! One stage's verdict.

use super::inputs::{SurveyedFiles, stage_inputs};
use crate::fingerprint::{Digest, Reason, ReasonCode, StageInputs, compare};
use crate::spec::{Pipeline, Stage};
use crate::store::Record;
use serde::Serialize;

/// What will happen to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing: its outputs are there and nothing changed.
    Fresh,
    /// Its outputs come back from the store, where another record fits.
    Restore,
    /// It runs.
    Run,
    /// An upstream stage runs first; then it is judged again.
    Waits,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Fresh => "fresh",
            Self::Restore => "restore",
            Self::Run => "run",
            Self::Waits => "waits",
        })
    }
}

/// What a plan asks of the store.
pub trait Knowledge {
    /// The record that a stage's visible outputs show, and its fingerprint.
    fn current(&self, stage: &Stage) -> Option<(Digest, Record)>;
    /// The record of a fingerprint.
    fn find(&self, kind: &str, fingerprint: &Digest) -> Option<Record>;
    /// What is damaged or gone of that on which a verdict rests: the pointer to the record that a stage
    /// shows, that record, and the record of the fingerprint that it has now.
    fn damage(&self, stage: &Stage, fingerprint: Option<&Digest>) -> Vec<Reason>;
    /// Outputs of a record that the store has lost.
    fn missing(&self, record: &Record) -> Vec<String>;
    /// Whether all visible outputs of a record are there.
    fn is_shown(&self, stage: &Stage, record: &Record) -> bool;
}

/// A stage's verdict with everything that led to it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The verdict.
    pub verdict: Verdict,
    /// The fingerprint; unknown while it waits.
    pub fingerprint: Option<Digest>,
    /// What entered the fingerprint.
    pub inputs: Option<StageInputs>,
    /// Why it is not fresh; empty when it is.
    pub reasons: Vec<Reason>,
    /// The record that fits, when fresh or to be restored.
    pub record: Option<Record>,
    /// The record that is shown now, fitting or not.
    pub current: Option<Record>,
}

impl Planned {
    /// What is known of the stage's outputs before anything runs: of a selected stage those that
    /// fit, of another one those last recorded.
    #[must_use]
    pub fn outputs(&self, selected: bool) -> Option<&Record> {
        if selected { self.record.as_ref() } else { self.current.as_ref() }
    }
}

/// Judges a stage whose upstream records are all known.
#[must_use]
pub fn judge(
    pipeline: &Pipeline,
    index: usize,
    files: &SurveyedFiles,
    records: &[Option<&Record>],
    forced: bool,
    knowledge: &dyn Knowledge,
) -> Planned {
    let stage = &pipeline.stages[index];
    let inputs = stage_inputs(pipeline, index, files, records);
    let fingerprint = inputs.fingerprint();
    let current = knowledge.current(stage);
    let fits = current.as_ref().is_some_and(|(shown, _)| *shown == fingerprint);
    let found = match &current {
        Some((_, record)) if fits => Some(record.clone()),
        _ => knowledge.find(stage.kind.name, &fingerprint),
    };
    let mut reasons = match &current {
        _ if forced => vec![Reason::new(ReasonCode::Forced, "")],
        Some((_, record)) => compare(&record.inputs, &inputs),
        None => Vec::new(),
    };
    if current.is_none() || found.is_none() {
        reasons.extend(knowledge.damage(stage, Some(&fingerprint)));
    }
    if current.is_none() && reasons.is_empty() {
        reasons.push(Reason::new(ReasonCode::NeverRan, ""));
    }
    let lost = found.as_ref().map_or(Vec::new(), |record| knowledge.missing(record));
    reasons.extend(lost.iter().map(|path| Reason::new(ReasonCode::OutputMissing, path)));
    let whole = found.filter(|_| lost.is_empty() && !forced);
    let verdict = match &whole {
        None => Verdict::Run,
        Some(record) if fits && knowledge.is_shown(stage, record) => Verdict::Fresh,
        Some(_) => Verdict::Restore,
    };
    if verdict == Verdict::Restore && reasons.is_empty() {
        reasons.push(Reason::new(ReasonCode::OutputMissing, "shown under artifacts/"));
    }
    Planned {
        verdict,
        fingerprint: Some(fingerprint),
        inputs: Some(inputs),
        reasons,
        record: whole,
        current: current.map(|(_, record)| record),
    }
}
