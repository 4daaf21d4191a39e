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
pub use inputs::{SurveyedFile, SurveyedFiles, stage_inputs};
pub use selection::{Request, Selection, SelectionError};
pub use verdict::{Knowledge, Planned, Verdict, judge};

use crate::fingerprint::{Reason, ReasonCode, StageInputs, compare};
use crate::spec::Pipeline;
use crate::store::Record;

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
            let mut known: Vec<Option<&Record>> = vec![None; pipeline.stages.len()];
            let mut waits = Vec::new();
            for upstream in stage.from.values().flatten() {
                let above = &stages[upstream.stage];
                known[upstream.stage] = above.outputs(selection.is_selected(upstream.stage));
                if known[upstream.stage].is_none() {
                    waits.push(pipeline.stages[upstream.stage].id.to_string());
                }
            }
            waits.dedup();
            stages.push(if waits.is_empty() {
                judge(pipeline, index, files, &known, forced, knowledge)
            } else {
                let known = stage_inputs(pipeline, index, files, &known);
                let current = knowledge.current(stage).map(|(_, record)| record);
                let damage = match current {
                    Some(_) => Vec::new(),
                    None => knowledge.damage(stage, None),
                };
                waiting(waits, &known, current, damage)
            });
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

/// What is known already is told too: everything but what comes from upstream.
fn waiting(
    upstreams: Vec<String>,
    known: &StageInputs,
    current: Option<Record>,
    damage: Vec<Reason>,
) -> Planned {
    let mut reasons = vec![Reason::new(ReasonCode::Waits, upstreams.join(", "))];
    reasons.extend(damage);
    if let Some(record) = &current {
        let upstream = [ReasonCode::Upstream, ReasonCode::Input];
        let differences = compare(&record.inputs, known).into_iter();
        reasons.extend(differences.filter(|reason| !upstream.contains(&reason.code)));
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
