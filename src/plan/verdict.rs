//! One stage's verdict.

use super::inputs::{Records, SurveyedFiles, sources, stage_inputs};
use crate::fingerprint::{Digest, Reason, ReasonCode, StageInputs, compare_with};
use crate::spec::{Pipeline, StageInstance};
use crate::store::{Pointer, Record};
use serde::Serialize;
use std::sync::Arc;

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
    /// Which record a stage's visible outputs show.
    fn shown(&self, stage: &StageInstance) -> Option<Pointer>;
    /// The record of a fingerprint.
    fn find(&self, kind: &str, fingerprint: &Digest) -> Option<Arc<Record>>;
    /// The record of just these inputs, whose fingerprint this is; without one they come back.
    fn recall(
        &self,
        inputs: StageInputs,
        fingerprint: &Digest,
    ) -> Result<Arc<Record>, Box<StageInputs>>;
    /// What is damaged or gone of that on which a verdict rests: the pointer to the record that a stage
    /// shows, that record, and the record of the fingerprint that it has now.
    fn damage(&self, stage: &StageInstance, fingerprint: Option<&Digest>) -> Vec<Reason>;
    /// Outputs of a record that the store has lost.
    fn missing(&self, record: &Record) -> Vec<String>;
    /// Whether all visible outputs of a record are there.
    fn is_shown(&self, stage: &StageInstance, record: &Record) -> bool;
    /// What became of the attempts of a stage at a fingerprint that has no record.
    fn attempt(&self, stage: &StageInstance, fingerprint: &Digest) -> Option<Reason>;
}

/// A stage's verdict with everything that led to it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The verdict.
    pub verdict: Verdict,
    /// The fingerprint; unknown while it waits.
    pub fingerprint: Option<Digest>,
    /// What entered the fingerprint, where no record that fits says so.
    pub inputs: Option<StageInputs>,
    /// Why it is not fresh; empty when it is.
    pub reasons: Vec<Reason>,
    /// The record that fits, when fresh or to be restored.
    pub record: Option<Arc<Record>>,
    /// The record that is shown now, fitting or not.
    pub current: Option<Arc<Record>>,
}

impl Planned {
    /// What is known of the stage's outputs before anything runs: of a selected stage those that
    /// fit, of another one those last recorded.
    #[must_use]
    pub fn outputs(&self, selected: bool) -> Option<&Arc<Record>> {
        if selected { self.record.as_ref() } else { self.current.as_ref() }
    }
}

/// The reason that what a record shows is not the whole.
pub(super) fn partial(record: &Record) -> Option<Reason> {
    record.partial.as_ref().map(|partial| Reason::new(ReasonCode::Partial, partial))
}

/// Judges a stage whose upstream records are all known.
#[must_use]
pub fn judge(
    pipeline: &Pipeline,
    index: usize,
    files: &SurveyedFiles,
    records: &Records<'_>,
    forced: bool,
    knowledge: &dyn Knowledge,
) -> Planned {
    let stage = &pipeline.stages[index];
    let inputs = stage_inputs(pipeline, index, files, records);
    let fingerprint = inputs.fingerprint();
    let shown = knowledge.shown(stage);
    let fits = shown.as_ref().is_some_and(|shown| shown.fingerprint == fingerprint);
    let (found, inputs) = match knowledge.recall(inputs, &fingerprint) {
        Ok(record) => (Some(record), None),
        Err(inputs) => (None, Some(*inputs)),
    };
    let current = match shown {
        Some(_) if fits => found.clone(),
        Some(Pointer { kind, fingerprint }) => knowledge.find(&kind, &fingerprint),
        None => None,
    };
    let mut reasons = match &current {
        _ if forced => vec![Reason::new(ReasonCode::Forced, "")],
        Some(_) if fits => Vec::new(),
        Some(record) => {
            let now = inputs.as_ref().or(found.as_deref().map(|found| &found.inputs));
            let sources = |input: &str| sources(pipeline, stage, input);
            let changed = now.map(|now| compare_with(&record.inputs, now, &sources));
            changed.into_iter().flatten().chain(partial(record)).collect()
        }
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
    let whole = found.clone().filter(|_| lost.is_empty() && !forced);
    let known = found.filter(|_| whole.is_none()).map(|found| found.inputs.clone());
    let verdict = match &whole {
        None => Verdict::Run,
        Some(record) if fits && knowledge.is_shown(stage, record) => Verdict::Fresh,
        Some(_) => Verdict::Restore,
    };
    if verdict == Verdict::Restore && reasons.is_empty() {
        reasons.push(Reason::new(ReasonCode::OutputMissing, "shown under artifacts/"));
    }
    if verdict == Verdict::Restore {
        let never = reasons.iter_mut().filter(|reason| reason.code == ReasonCode::NeverRan);
        never.for_each(|reason| reason.what = "this pipeline".into());
    }
    if verdict == Verdict::Run
        && let Some(attempt) = knowledge.attempt(stage, &fingerprint)
    {
        // What it stopped at is what a person looks for; and it is not true that it never ran.
        reasons.retain(|reason| reason.code != ReasonCode::NeverRan);
        // That what is shown is a part, and which, comes before how to get the whole.
        let goes_on = matches!(attempt.code, ReasonCode::Resumes | ReasonCode::Interrupted);
        let first = reasons.first().is_some_and(|reason| reason.code == ReasonCode::Partial);
        reasons.insert(usize::from(goes_on && first), attempt);
    }
    Planned {
        verdict,
        fingerprint: Some(fingerprint),
        inputs: inputs.or(known),
        reasons,
        record: whole,
        current,
    }
}
