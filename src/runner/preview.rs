//! The plan of a run, with the files that it rests on.

use super::snapshot::snapshot_inputs;
use super::store_view::{CachedStoreView, RecordCache};
use super::{HashProgress, InputStats, Machine, RunError, checkpoint};
use crate::plan::{InputSnapshot, Plan, Request, Selection, Verdict};
use crate::spec::{Gpu, Pipeline};
use crate::stage_api::Registry;
use crate::store::{Damage, FileIndex, Store, StoreError};

/// The plan of a run that is not started.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The verdicts.
    pub plan: Plan,
    /// The selected stages.
    pub selection: Selection,
}

/// Plans a run without locking or changing anything except the file index.
///
/// # Errors
/// The errors of [`PreparedRun::new`](super::PreparedRun::new), except those of locks and GPUs.
pub fn preview(
    pipeline: &Pipeline,
    store: &Store,
    registry: Registry,
    request: &Request,
    rehash: bool,
    progress: &HashProgress<'_>,
) -> Result<Preview, RunError> {
    let selection = Selection::new(pipeline, request)?;
    let planned =
        plan(pipeline, (store, registry), &selection, rehash, progress, Saving::IfPossible)?;
    checkpoint::check(pipeline, &planned.plan, &selection, false, (store, registry))?;
    Ok(Preview { plan: planned.plan, selection })
}

impl Preview {
    /// Checks that the GPUs are available that the selected stages require.
    ///
    /// # Errors
    /// [`RunError::NoGpu`].
    pub fn check(&self, pipeline: &Pipeline, machine: &Machine) -> Result<(), RunError> {
        check_gpus(pipeline, &self.plan, &self.selection, machine)
    }
}

/// Whether an error while saving the file index is an error of the caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Saving {
    Required,
    /// A reader without write access still gets its answer; the next one hashes the files again.
    IfPossible,
}

/// A plan with the files and records that were read for it.
pub(super) struct PlanResult {
    pub(super) files: InputSnapshot,
    pub(super) stats: InputStats,
    pub(super) plan: Plan,
    pub(super) cache: RecordCache,
    pub(super) index_damage: Option<Damage>,
}

pub(super) fn plan(
    pipeline: &Pipeline,
    (store, registry): (&Store, Registry),
    selection: &Selection,
    rehash: bool,
    progress: &HashProgress<'_>,
    saving: Saving,
) -> Result<PlanResult, RunError> {
    let (files, stats, mut index) =
        snapshot_inputs(pipeline, || store.file_index(), !rehash, progress)?;
    // Save the index even if the user cancels: hashing is the expensive part. Planning overlaps the write.
    let (saved, (plan, cache)) = rayon::join(
        || save(store, &mut index, saving),
        || {
            let finish_early = selection.finishes_early();
            let cache = RecordCache::new();
            let view = CachedStoreView::new((store, registry), &pipeline.name, finish_early, cache);
            (Plan::new(pipeline, &files, selection, &view), view.into_cache())
        },
    );
    let index_damage = saved?;
    if progress.cancel.is_cancelled() {
        return Err(RunError::Interrupted);
    }
    check_upstreams(pipeline, &plan, selection)?;
    Ok(PlanResult { files, stats, plan, cache, index_damage })
}

/// Saves the file index; returns its damage.
fn save(
    store: &Store,
    index: &mut FileIndex,
    saving: Saving,
) -> Result<Option<Damage>, StoreError> {
    if saving == Saving::Required {
        let damage = store.quarantine_file_index(index)?;
        store.save_file_index(index)?;
        return Ok(damage);
    }
    // A run reports a corrupt index.
    if store.exists() && !index.is_damaged() {
        let _ = store.save_file_index(index);
    }
    Ok(None)
}

/// Checks that the upstreams outside the selection have recorded outputs.
fn check_upstreams(
    pipeline: &Pipeline,
    plan: &Plan,
    selection: &Selection,
) -> Result<(), RunError> {
    for stage in selection.indices().map(|index| &pipeline.stages[index]) {
        let unselected = stage.upstreams().map(|up| up.stage);
        for upstream in unselected.filter(|&up| !selection.is_selected(up)) {
            let planned = &plan.stages[upstream];
            if planned.current.is_none() {
                let lost = planned.reasons.iter().find(|reason| reason.is_loss());
                return Err(RunError::NothingRecorded {
                    stage: stage.id.to_string(),
                    upstream: pipeline.stages[upstream].id.to_string(),
                    why: lost.map(|reason| format!("must run again: {reason}")),
                });
            }
        }
    }
    Ok(())
}

/// Checks that required GPUs are available. A stage that is fresh or restored needs none.
pub(super) fn check_gpus(
    pipeline: &Pipeline,
    plan: &Plan,
    selection: &Selection,
    machine: &Machine,
) -> Result<(), RunError> {
    let lacks_gpu = |&index: &usize| {
        matches!(plan.stages[index].verdict, Verdict::Run | Verdict::Waits)
            && pipeline.stages[index].resources.gpu == Gpu::Required
            && machine.gpus == 0
    };
    match selection.indices().find(lacks_gpu).map(|index| &pipeline.stages[index]) {
        None => Ok(()),
        Some(stage) => Err(RunError::NoGpu {
            stage: stage.id.to_string(),
            file: pipeline.path.strip_prefix(&pipeline.root).unwrap_or(&pipeline.path).into(),
            position: stage.position_of("needs.gpu"),
        }),
    }
}
