//! Everything before the first stage starts.

use super::execute::Execution;
use super::folder::RunFolder;
use super::knowledge::StoreKnowledge;
use super::summary::RunSummary;
use super::survey::{SurveyError, survey};
use crate::event::EventSink;
use crate::fingerprint::Reason;
use crate::plan::{Plan, Request, Selection, SelectionError, SurveyedFiles, Verdict};
use crate::spec::Pipeline;
use crate::stage::{Device, Registry, Stop};
use crate::store::{FileIndex, Held, Store, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which stages.
    pub request: Request,
    /// CPU slots that all stages share.
    pub jobs: usize,
    /// Whether stages that do not depend on a failed one go on.
    pub keep_going: bool,
    /// How long to wait for another run of the same pipeline; `None`: without end.
    pub wait: Option<Duration>,
    /// Whether every input is read again, whatever its times say.
    pub paranoid: bool,
    /// The name at the end of the run folder's.
    pub run_id: Option<String>,
    /// Free text for the run folder.
    pub run_info: String,
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
    Survey(#[from] SurveyError),
    /// A stage was asked for that is not there.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A stage that was left out has nothing recorded.
    #[error("stage '{stage}' needs '{upstream}', which has not run yet")]
    NothingRecorded {
        /// The selected stage.
        stage: String,
        /// The stage above it.
        upstream: String,
    },
    /// The thread that schedules could not be set up.
    #[error("cannot start the scheduler: {0}")]
    Scheduler(std::io::Error),
}

/// A locked, surveyed and planned run.
pub struct Prepared<'a> {
    pub(super) pipeline: &'a Pipeline,
    /// The same pipeline, for the threads of its stages.
    pub(super) shared: Arc<Pipeline>,
    pub(super) store: &'a Store,
    pub(super) registry: Registry,
    pub(super) options: Options,
    pub(super) selection: Selection,
    pub(super) files: SurveyedFiles,
    pub(super) plan: Plan,
    pub(super) folder: Option<RunFolder>,
    _lock: Held,
}

/// Surveys and plans without locking or changing anything but the file index.
///
/// # Errors
/// As [`Prepared::new`], locks apart.
pub fn look(
    pipeline: &Pipeline,
    store: &Store,
    request: &Request,
    paranoid: bool,
) -> Result<(Plan, Selection), RunError> {
    let selection = Selection::new(pipeline, request)?;
    let mut index = store.file_index();
    let (_, plan) = plan(pipeline, store, &selection, &mut index, paranoid)?;
    // A reader that may not write still gets its answer; the next one hashes again.
    if store.exists() {
        let _ = store.save_file_index(&mut index);
    }
    Ok((plan, selection))
}

fn plan(
    pipeline: &Pipeline,
    store: &Store,
    selection: &Selection,
    index: &mut FileIndex,
    paranoid: bool,
) -> Result<(SurveyedFiles, Plan), RunError> {
    let files = survey(pipeline, index, !paranoid)?;
    let knowledge = StoreKnowledge { store, pipeline: &pipeline.name };
    let plan = Plan::new(pipeline, &files, selection, &knowledge);
    for stage in selection.indices() {
        for upstream in pipeline.stages[stage].from.values().flatten() {
            let left_out = !selection.is_selected(upstream.stage);
            if left_out && plan.stages[upstream.stage].current.is_none() {
                return Err(RunError::NothingRecorded {
                    stage: pipeline.stages[stage].id.to_string(),
                    upstream: pipeline.stages[upstream.stage].id.to_string(),
                });
            }
        }
    }
    Ok((files, plan))
}

impl<'a> Prepared<'a> {
    /// Locks the pipeline, surveys its files, plans, and, if there is anything to do, makes the run
    /// folder.
    ///
    /// # Errors
    /// When another run holds the pipeline, an input is not there, a name is unknown, or the store
    /// cannot be written. Nothing has run then.
    pub fn new(
        pipeline: &'a Pipeline,
        store: &'a Store,
        registry: Registry,
        options: Options,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let selection = Selection::new(pipeline, &options.request)?;
        let lock = store.lock_pipeline(&pipeline.name, options.wait, &|| stop.is_set())?;
        let mut index = store.file_index();
        let (files, plan) = plan(pipeline, store, &selection, &mut index, options.paranoid)?;
        store.save_file_index(&mut index)?;
        let folder = if plan.is_fresh(&selection) {
            None
        } else {
            let mut folder = RunFolder::create(store, options.run_id.as_deref())?;
            folder.describe(pipeline, &options.run_info)?;
            Some(folder)
        };
        Ok(Self {
            pipeline,
            shared: Arc::new(pipeline.clone()),
            store,
            registry,
            options,
            selection,
            files,
            plan,
            folder,
            _lock: lock,
        })
    }

    /// The run's folder; `None` when there is nothing to do.
    #[must_use]
    pub fn folder(&self) -> Option<&RunFolder> {
        self.folder.as_ref()
    }

    /// Stages outside the selection whose recorded outputs are used although they are stale: id and
    /// first reason.
    #[must_use]
    pub fn stale_upstreams(&self) -> Vec<(String, String)> {
        let stages = &self.pipeline.stages;
        let mut used = vec![false; stages.len()];
        for index in (0..stages.len()).rev() {
            if used[index] || self.selection.is_selected(index) {
                stages[index].from.values().flatten().for_each(|up| used[up.stage] = true);
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
    pub fn execute(self, sink: Arc<dyn EventSink>, stop: &Stop) -> Result<RunSummary, RunError> {
        Execution::new(self, sink, stop.clone()).run()
    }
}
