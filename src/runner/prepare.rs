//! Everything before the first stage starts.

use super::preview::{Saving, plan};
use super::{HashProgress, Machine, Preview, RunError, RunFolder, checkpoint};
use crate::plan::{Request, Selection, StagePlan};
use crate::spec::{Pipeline, StageInstance};
use crate::stage_api::{Device, Registry};
use crate::store::{LockGuard, LockWait, Store};
use std::sync::Arc;
use std::time::Duration;

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which stages.
    pub request: Request,
    /// The resources that all stages share.
    pub machine: Machine,
    /// Whether stages that do not depend on a failed one continue.
    pub keep_going: bool,
    /// How long to wait for another run of the same pipeline; `None` waits indefinitely.
    pub wait: Option<Duration>,
    /// Whether every input file is hashed again, whatever its times are.
    pub rehash: bool,
    /// Suffix of the run folder's name.
    pub run_id: Option<String>,
    /// The user's note for the run folder.
    pub note: String,
    /// The device to compute on.
    pub device: Device,
}

/// A locked and planned run.
pub struct PreparedRun {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) store: Store,
    pub(super) registry: Registry,
    pub(super) options: Options,
    pub(super) planned: Preview,
    /// The run's folder; `None` if there is nothing to do.
    pub folder: Option<RunFolder>,
    _locks: [LockGuard; 2],
}

impl PreparedRun {
    /// Locks the pipeline, hashes its input files, plans, and, if there is anything to do, creates the run
    /// folder.
    ///
    /// # Errors
    /// Returns an error if another run holds the pipeline, an input or a GPU is missing, a name is unknown,
    /// or the store cannot be written. Nothing has run then.
    pub fn new(
        pipeline: &Arc<Pipeline>,
        store: &Store,
        registry: Registry,
        options: Options,
        progress: &HashProgress<'_>,
    ) -> Result<Self, RunError> {
        let selection = Selection::new(pipeline, &options.request)?;
        let cancelled = || progress.cancel.is_cancelled();
        let wait = LockWait { limit: options.wait, cancelled: &cancelled };
        let shared = store.lock_shared(wait)?;
        let lock = store.lock_pipeline(&pipeline.name, wait)?;
        store.check_visible(&pipeline.name)?;
        let knowledge = (store, registry);
        let planned =
            plan(pipeline, knowledge, selection, options.rehash, progress, Saving::Required)?;
        checkpoint::check(pipeline, &planned, options.keep_going, knowledge)?;
        planned.check_gpus(pipeline, &options.machine)?;
        let mut folder = None;
        if !planned.plan.is_fresh(&planned.selection) {
            let created = folder.insert(RunFolder::create(store, options.run_id.as_deref())?);
            created.describe(pipeline, &options.note)?;
        }
        let (pipeline, store, _locks) = (Arc::clone(pipeline), store.clone(), [lock, shared]);
        Ok(Self { pipeline, store, registry, options, planned, folder, _locks })
    }

    /// Returns the warnings to print before anything runs, one line each.
    pub fn warnings(&self) -> Vec<String> {
        let damage = self.store.version_damage.iter().chain(&self.planned.index_damage);
        let damage = damage.map(|damage| format!("{damage}; rewriting it"));
        let idle = checkpoint::is_idle(&self.pipeline, &self.planned, self.registry);
        let idle = idle.then(|| "nothing was interrupted: there is nothing to finish early".into());
        damage.chain(self.stale_upstreams()).chain(idle).collect()
    }

    /// Returns a warning about each stage outside the selection whose recorded outputs are used although
    /// they are stale.
    fn stale_upstreams(&self) -> Vec<String> {
        let (stages, Preview { plan, selection, .. }) = (&self.pipeline.stages, &self.planned);
        let used = selection.with_upstreams(&self.pipeline);
        let planned = stages.iter().zip(&plan.stages).enumerate();
        let warning = |(index, (stage, planned)): (usize, (&StageInstance, &StagePlan))| {
            let is_used = used.contains(&index) && !selection.is_selected(index);
            let reason = planned.reasons.first().filter(|_| is_used)?.headline();
            Some(format!("using stale outputs of '{}': {reason}", stage.id))
        };
        planned.filter_map(warning).collect()
    }
}
