//! What a run would do, and why. Pure: what is on disk comes in through [`Knowledge`].
//!
//! A stage's fingerprint needs its upstreams' *outputs*, so stages are judged in the order of the
//! graph. An upstream that is fresh or can be restored has known outputs; one that will run has not,
//! and what depends on it [`Verdict::Waits`]: it is judged again when those outputs are there, and may
//! then turn out to be fresh.

mod graph;
mod inputs;
mod selection;
mod verdict;

pub use graph::{Drawing, draw};
pub(crate) use inputs::output_path;
pub use inputs::{Records, SurveyedFile, SurveyedFiles, stage_inputs};
pub use selection::{Request, Selection, SelectionError};
pub use verdict::{Knowledge, Planned, Verdict, judge};

use crate::fingerprint::{Reason, ReasonCode, StageInputs, compare};
use crate::spec::Pipeline;
use crate::store::Record;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The verdicts of all stages, in the pipeline's order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// One per stage instance.
    pub stages: Vec<Planned>,
}

impl Plan {
    /// Judges every stage of a pipeline. A stage outside the selection is judged too, but what
    /// depends on it takes its outputs as last recorded.
    #[must_use]
    pub fn new(
        pipeline: &Pipeline,
        files: &SurveyedFiles,
        selection: &Selection,
        knowledge: &dyn Knowledge,
    ) -> Self {
        let mut stages: Vec<Planned> = Vec::with_capacity(pipeline.stages.len());
        for (index, stage) in pipeline.stages.iter().enumerate() {
            let forced = selection.is_forced(index);
            let known = |upstream: usize| {
                let above: &Planned = &stages[upstream];
                above.outputs(selection.is_selected(upstream)).map(Arc::as_ref)
            };
            let upstreams = || stage.from.values().flatten().map(|upstream| upstream.stage);
            let waits: BTreeSet<usize> = upstreams().filter(|&up| known(up).is_none()).collect();
            let planned = if waits.is_empty() {
                judge(pipeline, index, files, &known, forced, knowledge)
            } else {
                let known = stage_inputs(pipeline, index, files, &known);
                let current = knowledge.shown(stage);
                let current = current.and_then(|at| knowledge.find(&at.kind, &at.fingerprint));
                let damage = match current {
                    Some(_) => Vec::new(),
                    None => knowledge.damage(stage, None),
                };
                waiting(names(pipeline, &waits), &known, current, damage)
            };
            stages.push(planned);
        }
        Self { stages }
    }

    /// Whether nothing that was selected needs any work.
    #[must_use]
    pub fn is_fresh(&self, selection: &Selection) -> bool {
        let mut planned = self.stages.iter().enumerate();
        planned.all(|(i, stage)| !selection.is_selected(i) || stage.verdict == Verdict::Fresh)
    }
}

/// Stages by id; where many instances of one wait, their number.
fn names(pipeline: &Pipeline, stages: &BTreeSet<usize>) -> String {
    const TOLD: usize = 3;
    let mut by_name: Vec<(&str, Vec<&str>)> = Vec::new();
    for stage in stages.iter().map(|&index| &pipeline.stages[index]) {
        match by_name.last_mut() {
            Some((name, ids)) if *name == stage.name => ids.push(&stage.id.0),
            _ => by_name.push((&stage.name, vec![&stage.id.0])),
        }
    }
    let told = by_name.iter().map(|(name, ids)| match ids.len() {
        ..=TOLD => ids.join(", "),
        count => format!("{count} instances of {name}"),
    });
    told.collect::<Vec<_>>().join(", ")
}

/// What is known already is told too: everything but what comes from upstream.
fn waiting(
    upstreams: String,
    known: &StageInputs,
    current: Option<Arc<Record>>,
    damage: Vec<Reason>,
) -> Planned {
    let mut reasons = vec![Reason::new(ReasonCode::Waits, upstreams)];
    reasons.extend(damage);
    if let Some(record) = &current {
        let upstream = [ReasonCode::Upstream, ReasonCode::Input];
        let differences = compare(&record.inputs, known).into_iter();
        reasons.extend(differences.filter(|reason| !upstream.contains(&reason.code)));
        reasons.extend(verdict::partial(record));
    }
    Planned {
        verdict: Verdict::Waits,
        fingerprint: None,
        inputs: None,
        reasons,
        record: None,
        current,
    }
}
