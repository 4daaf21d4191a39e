//! Plans a run, without I/O: what is on disk comes in through [`StoreView`].
//!
//! A fingerprint covers upstream output digests, so stages are planned in topological order. Downstream of
//! a stage that will run, the verdict is [`Verdict::Waits`]; it is decided once those outputs exist, and may
//! then turn out to be fresh (early cutoff).

mod graph;
mod inputs;
mod selection;
mod verdict;

pub use graph::{Drawing, draw};
pub use inputs::{InputSnapshot, Records, SnapshotFile, stage_inputs};
pub(crate) use inputs::{is_single_path, single_output, upstream_outputs};
pub use selection::{Request, Selection, SelectionError};
pub use verdict::{StagePlan, StoreView, Verdict, plan_stage};

use crate::fingerprint::{Reason, StageInputs, compare};
use crate::spec::{Pipeline, StageInstance};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The verdicts on all stages, in the pipeline's order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// One per stage instance.
    pub stages: Vec<StagePlan>,
}

impl Plan {
    /// Plans every stage of a pipeline. Stages outside the selection are planned too, but their downstream
    /// stages use their outputs as last recorded.
    pub fn new(
        pipeline: &Pipeline,
        files: &InputSnapshot,
        selection: &Selection,
        store: &dyn StoreView,
    ) -> Self {
        let mut stages: Vec<StagePlan> = Vec::with_capacity(pipeline.stages.len());
        for (index, stage) in pipeline.stages.iter().enumerate() {
            let record = |upstream: usize| {
                let planned: &StagePlan = &stages[upstream];
                planned.outputs(selection.is_selected(upstream)).map(Arc::as_ref)
            };
            let upstreams = stage.upstreams().map(|upstream| upstream.stage);
            let waits: BTreeSet<usize> = upstreams.filter(|&up| record(up).is_none()).collect();
            let planned = if waits.is_empty() {
                let forced = selection.is_forced(index);
                plan_stage(pipeline, index, files, &record, forced, store)
            } else {
                let waits = Reason::Waits(names(pipeline, &waits));
                let known = stage_inputs(pipeline, index, files, &record);
                waiting(stage, waits, &known, store)
            };
            stages.push(planned);
        }
        Self { stages }
    }

    /// Returns true if every selected stage is fresh.
    pub fn is_fresh(&self, selection: &Selection) -> bool {
        selection.indices().all(|index| self.stages[index].verdict == Verdict::Fresh)
    }
}

/// Returns the stages' ids; for many instances of one stage, their number.
fn names(pipeline: &Pipeline, stages: &BTreeSet<usize>) -> String {
    const MAX_LISTED: usize = 3;
    let stages: Vec<_> = stages.iter().map(|&index| &pipeline.stages[index]).collect();
    let texts = stages.chunk_by(|a, b| a.name == b.name).map(|instances| match instances {
        [first, ..] if instances.len() > MAX_LISTED => {
            format!("{} instances of {}", instances.len(), first.name)
        }
        _ => instances.iter().map(|stage| &*stage.id.0).collect::<Vec<_>>().join(", "),
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Plans a stage that waits: the reasons are what is known without its upstreams' outputs.
fn waiting(
    stage: &StageInstance,
    waits: Reason,
    known: &StageInputs,
    store: &dyn StoreView,
) -> StagePlan {
    let current = store.published(stage);
    let current = current.and_then(|at| store.record(&at.kind, &at.fingerprint));
    let mut reasons = vec![waits];
    match &current {
        Some(record) => {
            let differences = compare(&record.inputs, known).into_iter();
            let of_stage =
                |reason: &Reason| !matches!(reason, Reason::Upstream { .. } | Reason::Input { .. });
            reasons.extend(differences.filter(of_stage).chain(verdict::partial(record)));
        }
        None => reasons.extend(store.damage(stage, None)),
    }
    Reason::sort(&mut reasons);
    StagePlan {
        verdict: Verdict::Waits,
        fingerprint: None,
        inputs: None,
        reasons,
        record: None,
        current,
    }
}
