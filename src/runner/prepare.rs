//! Everything before the first stage starts.

use super::checkpoint;
use super::execute::Execution;
use super::folder::RunFolder;
use super::hash::HashProgress;
use super::machine::Machine;
use super::snapshot::{InputStats, SnapshotError, snapshot_inputs};
use super::store_view::{CachedStoreView, RecordCache};
use super::summary::RunSummary;
use crate::event::EventSink;
use crate::fingerprint::Reason;
use crate::plan::{InputSnapshot, Plan, Request, Selection, SelectionError, Verdict};
use crate::spec::{Gpu, Pipeline, Position};
use crate::stage_api::{CancelToken, Device, Registry};
use crate::store::{Damage, FileIndex, LockGuard, Store, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which stages.
    pub request: Request,
    /// What all stages share.
    pub machine: Machine,
    /// Whether stages that do not depend on a failed one go on.
    pub keep_going: bool,
    /// How long to wait for another run of the same pipeline; `None`: without end.
    pub wait: Option<Duration>,
    /// Whether every input is read again, whatever its times say.
    pub rehash: bool,
    /// The name at the end of the run folder's.
    pub run_id: Option<String>,
    /// Free text for the run folder.
    pub note: String,
    /// Where to compute.
    pub device: Device,
}

/// Why a run could not begin, or could not be concluded.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An input is not there.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A stage was asked for that is not there.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A stage that was left out has nothing recorded.
    #[error("stage '{stage}' needs '{upstream}', which {}", why.as_deref().unwrap_or("has not run yet"))]
    NothingRecorded {
        /// The selected stage.
        stage: String,
        /// The stage above it.
        upstream: String,
        /// What became of its record, if there was one: `must run again: record of x is damaged`.
        why: Option<String>,
    },
    /// A stage that must run needs a GPU, and there is none.
    #[error("stage '{stage}' requires a GPU, and there is none to use")]
    NoGpu {
        /// The stage.
        stage: String,
        /// The pipeline file.
        file: PathBuf,
        /// Where `gpu:` stands.
        position: Position,
    },
    /// A stage is to be finished early and kept no checkpoint.
    #[error("there is nothing to finish early: stage '{stage}' has no checkpoint ({reason})")]
    NoCheckpoint {
        /// The stage.
        stage: String,
        /// Why it has to run.
        reason: String,
    },
    /// The person asked to stop before the first stage started.
    #[error("interrupted while input files were read; what was read need not be read again")]
    Interrupted,
    /// The thread that schedules could not be set up.
    #[error("cannot start the scheduler: {0}")]
    Scheduler(std::io::Error),
}

/// A locked, surveyed and planned run.
pub struct Prepared<'a> {
    pub(super) pipeline: &'a Arc<Pipeline>,
    pub(super) store: &'a Store,
    pub(super) registry: Registry,
    pub(super) options: Options,
    pub(super) selection: Selection,
    pub(super) files: InputSnapshot,
    pub(super) seen: InputStats,
    pub(super) plan: Plan,
    /// Records that the plan read.
    pub(super) known: RecordCache,
    pub(super) folder: Option<RunFolder>,
    /// What was found damaged before anything was planned, and set aside.
    damage: Vec<Damage>,
    _lock: LockGuard,
    _shared: LockGuard,
}

/// What a run would find.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The verdicts.
    pub plan: Plan,
    /// What was asked for.
    pub selection: Selection,
    /// What was read to know it.
    pub seen: InputStats,
}

/// Surveys and plans without locking or changing anything but the file index.
///
/// # Errors
/// As [`Prepared::new`], locks and GPUs apart.
pub fn preview(
    pipeline: &Pipeline,
    store: &Store,
    registry: Registry,
    request: &Request,
    rehash: bool,
    watch: &HashProgress<'_>,
) -> Result<Preview, RunError> {
    let selection = Selection::new(pipeline, request)?;
    let found = plan(pipeline, (store, registry), &selection, rehash, watch, Saving::IfPossible)?;
    let PlanResult { seen, plan, .. } = found;
    checkpoint::check(pipeline, &plan, &selection, false, (store, registry))?;
    Ok(Preview { plan, selection, seen })
}

impl Preview {
    /// Refuses what a run would refuse for want of a GPU.
    ///
    /// # Errors
    /// [`RunError::NoGpu`].
    pub fn check(&self, pipeline: &Pipeline, machine: &Machine) -> Result<(), RunError> {
        check_gpus(pipeline, &self.plan, &self.selection, machine)
    }
}

/// What to do with the file index afterwards.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saving {
    Always,
    /// A reader that may not write still gets its answer; the next one reads the files again.
    IfPossible,
}

/// What was surveyed and planned.
struct PlanResult {
    files: InputSnapshot,
    seen: InputStats,
    plan: Plan,
    known: RecordCache,
    index_damage: Option<Damage>,
}

fn plan(
    pipeline: &Pipeline,
    (store, registry): (&Store, Registry),
    selection: &Selection,
    rehash: bool,
    watch: &HashProgress<'_>,
    saving: Saving,
) -> Result<PlanResult, RunError> {
    let (files, seen, mut index) =
        snapshot_inputs(pipeline, || store.file_index(), !rehash, watch)?;
    // What was read is kept before anybody may go; the disk takes its time, in which the stages are judged.
    let (saved, (plan, known)) = rayon::join(
        || save(store, &mut index, saving),
        || {
            let knowledge = CachedStoreView::new(
                (store, registry),
                &pipeline.name,
                selection.finishes_early(),
                RecordCache::new(),
            );
            let plan = Plan::new(pipeline, &files, selection, &knowledge);
            (plan, knowledge.into_cache())
        },
    );
    let index_damage = saved?;
    if watch.cancel.is_cancelled() {
        return Err(RunError::Interrupted);
    }
    for stage in selection.indices() {
        for upstream in pipeline.stages[stage].upstreams() {
            let left_out = !selection.is_selected(upstream.stage);
            if left_out && plan.stages[upstream.stage].current.is_none() {
                let reasons = &plan.stages[upstream.stage].reasons;
                let lost = reasons.iter().find(|reason| reason.is_loss());
                return Err(RunError::NothingRecorded {
                    stage: pipeline.stages[stage].id.to_string(),
                    upstream: pipeline.stages[upstream.stage].id.to_string(),
                    why: lost.map(|reason| format!("must run again: {reason}")),
                });
            }
        }
    }
    Ok(PlanResult { files, seen, plan, known, index_damage })
}

/// Saves what the index learned; what was damaged of it is told.
fn save(
    store: &Store,
    index: &mut FileIndex,
    saving: Saving,
) -> Result<Option<Damage>, StoreError> {
    match saving {
        Saving::Always => {
            let damage = store.quarantine_file_index(index)?;
            store.save_file_index(index)?;
            Ok(damage)
        }
        // A damaged index is left for a run to name.
        Saving::IfPossible => {
            if store.exists() && !index.is_damaged() {
                let _ = store.save_file_index(index);
            }
            Ok(None)
        }
    }
}

/// A stage that is fresh or comes back from the store needs no GPU, whatever its file says.
fn check_gpus(
    pipeline: &Pipeline,
    plan: &Plan,
    selection: &Selection,
    machine: &Machine,
) -> Result<(), RunError> {
    let may_run = |verdict| matches!(verdict, Verdict::Run | Verdict::Waits);
    let mut stages = selection.indices().filter(|&index| may_run(plan.stages[index].verdict));
    let lacking = stages.find(|&index| pipeline.stages[index].resources.gpu == Gpu::Required);
    match lacking.filter(|_| machine.gpus == 0) {
        None => Ok(()),
        Some(index) => {
            let stage = &pipeline.stages[index];
            Err(RunError::NoGpu {
                stage: stage.id.to_string(),
                file: pipeline.path.strip_prefix(&pipeline.root).unwrap_or(&pipeline.path).into(),
                position: stage.position_of("needs.gpu"),
            })
        }
    }
}

impl<'a> Prepared<'a> {
    /// Locks the pipeline, surveys its files, plans, and, if there is anything to do, makes the run
    /// folder.
    ///
    /// # Errors
    /// When another run holds the pipeline, an input or a GPU is not there, a name is unknown, or the
    /// store cannot be written. Nothing has run then.
    pub fn new(
        pipeline: &'a Arc<Pipeline>,
        store: &'a Store,
        registry: Registry,
        options: Options,
        watch: &HashProgress<'_>,
    ) -> Result<Self, RunError> {
        let selection = Selection::new(pipeline, &options.request)?;
        let shared = store.lock_shared(options.wait, &|| watch.cancel.is_cancelled())?;
        let lock =
            store.lock_pipeline(&pipeline.name, options.wait, &|| watch.cancel.is_cancelled())?;
        let rehash = options.rehash;
        let PlanResult { files, seen, plan, known, index_damage } =
            plan(pipeline, (store, registry), &selection, rehash, watch, Saving::Always)?;
        let damage = store.version_damage().cloned().into_iter().chain(index_damage).collect();
        checkpoint::check(pipeline, &plan, &selection, options.keep_going, (store, registry))?;
        check_gpus(pipeline, &plan, &selection, &options.machine)?;
        let folder = if plan.is_fresh(&selection) {
            None
        } else {
            let mut folder = RunFolder::create(store, options.run_id.as_deref())?;
            folder.describe(pipeline, &options.note)?;
            Some(folder)
        };
        Ok(Self {
            pipeline,
            store,
            registry,
            options,
            selection,
            files,
            seen,
            plan,
            known,
            folder,
            damage,
            _lock: lock,
            _shared: shared,
        })
    }

    /// The run's folder; `None` when there is nothing to do.
    #[must_use]
    pub fn folder(&self) -> Option<&RunFolder> {
        self.folder.as_ref()
    }

    /// What a person should know before anything runs, a line each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let stale = |(stage, reason)| {
            format!("'{stage}' is taken as last recorded, though it is stale: {reason}")
        };
        let damage = self.damage.iter().map(|damage| format!("{damage}; it is made anew"));
        let idle = checkpoint::is_idle(self.pipeline, &self.plan, &self.selection, self.registry);
        let idle = idle.then(|| "nothing was interrupted: there is nothing to finish early".into());
        damage.chain(self.stale_upstreams().into_iter().map(stale)).chain(idle).collect()
    }

    /// Stages outside the selection whose recorded outputs are used although they are stale: id and
    /// first reason.
    fn stale_upstreams(&self) -> Vec<(String, String)> {
        let stages = &self.pipeline.stages;
        let mut used = vec![false; stages.len()];
        for index in (0..stages.len()).rev() {
            if used[index] || self.selection.is_selected(index) {
                stages[index].upstreams().for_each(|up| used[up.stage] = true);
            }
        }
        let is_stale = |index: &usize| {
            let fresh = self.plan.stages[*index].verdict == Verdict::Fresh;
            used[*index] && !self.selection.is_selected(*index) && !fresh
        };
        let told = |index: usize| {
            let reason = self.plan.stages[index].reasons.first();
            (stages[index].id.to_string(), reason.map_or_else(String::new, Reason::headline))
        };
        (0..stages.len()).filter(is_stale).map(told).collect()
    }

    /// Does the work.
    ///
    /// # Errors
    /// When the scheduler cannot start or the run folder cannot be written. A failed stage is no
    /// error here: the summary tells.
    pub fn execute(
        self,
        sink: Arc<dyn EventSink>,
        stop: &CancelToken,
    ) -> Result<RunSummary, RunError> {
        Execution::new(self, sink, stop.clone()).run()
    }
}
