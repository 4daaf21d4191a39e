//! The plan of a run, with the files that it rests on.

use super::snapshot::snapshot_inputs;
use super::store_view::{CachedStoreView, RecordCache};
use super::{HashProgress, InputStats, Machine, RunError, checkpoint};
use crate::fingerprint::{Digest, SecretKey};
use crate::plan::{InputSnapshot, Plan, Request, Selection, StagePlan, Verdict};
use crate::spec::{Gpu, Pipeline, StageInstance};
use crate::stage_api::Registry;
use crate::store::{Damage, FileIndex, Store, StoreError};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;

/// The plan of a run, with the files and records that were read for it.
pub struct Preview {
    /// The verdicts.
    pub plan: Plan,
    /// The selected stages.
    pub selection: Selection,
    pub(super) files: InputSnapshot,
    pub(super) stats: InputStats,
    pub(super) cache: RecordCache,
    pub(super) index_damage: Option<Damage>,
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
        plan(pipeline, (store, registry), selection, rehash, progress, Saving::IfPossible)?;
    checkpoint::check(pipeline, &planned, false, (store, registry))?;
    Ok(planned)
}

impl Preview {
    /// Returns the selected stages, each with its plan.
    pub(super) fn selected<'a>(
        &'a self,
        pipeline: &'a Pipeline,
    ) -> impl Iterator<Item = (&'a StageInstance, &'a StagePlan)> {
        self.selection.indices().map(|index| (&pipeline.stages[index], &self.plan.stages[index]))
    }

    /// Checks that required GPUs are available. A stage that is fresh or restored needs none.
    ///
    /// # Errors
    /// [`RunError::NoGpu`].
    pub fn check_gpus(&self, pipeline: &Pipeline, machine: &Machine) -> Result<(), RunError> {
        let lacks_gpu = |(stage, planned): &(&StageInstance, &StagePlan)| {
            matches!(planned.verdict, Verdict::Run | Verdict::Waits)
                && stage.resources.gpu == Gpu::Required
                && machine.gpus == 0
        };
        match self.selected(pipeline).find(lacks_gpu) {
            None => Ok(()),
            Some((stage, _)) => Err(RunError::NoGpu {
                stage: stage.id.to_string(),
                file: pipeline.path.strip_prefix(&pipeline.root).unwrap_or(&pipeline.path).into(),
                position: stage.position_of("needs.gpu"),
            }),
        }
    }

    /// Checks that the upstreams outside the selection have recorded outputs.
    fn check_upstreams(&self, pipeline: &Pipeline) -> Result<(), RunError> {
        for (stage, _) in self.selected(pipeline) {
            let upstreams = stage.upstreams().map(|up| up.stage);
            for upstream in upstreams.filter(|&up| !self.selection.is_selected(up)) {
                let planned = &self.plan.stages[upstream];
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
}

/// Whether an error while saving the file index is an error of the caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Saving {
    Required,
    /// A reader without write access still gets its answer; the next one hashes the files again.
    IfPossible,
}

pub(super) fn plan(
    pipeline: &Pipeline,
    (store, registry): (&Store, Registry),
    selection: Selection,
    rehash: bool,
    progress: &HashProgress<'_>,
    saving: Saving,
) -> Result<Preview, RunError> {
    let places = (&store.layout, &selection);
    let (mut files, stats, mut index) =
        snapshot_inputs(pipeline, places, || store.file_index(), !rehash, progress)?;
    files.env = environment(pipeline, store, saving)?;
    // Save the index even if the user cancels: hashing is the expensive part. Planning overlaps the write.
    let (saved, (plan, cache)) = rayon::join(
        || save(store, &mut index, saving),
        || {
            let (pipeline_name, cache) = (&*pipeline.name, RefCell::default());
            let finish_early = selection.finish_early;
            let view = CachedStoreView { store, pipeline_name, registry, finish_early, cache };
            (Plan::new(pipeline, &files, &selection, &view), view.cache.into_inner())
        },
    );
    let index_damage = saved?;
    if progress.cancel.is_cancelled() {
        return Err(RunError::Interrupted);
    }
    let preview = Preview { plan, selection, files, stats, cache, index_damage };
    preview.check_upstreams(pipeline)?;
    Ok(preview)
}

/// Returns the digest of each declared environment variable, under the store's secret.
fn environment(
    pipeline: &Pipeline,
    store: &Store,
    saving: Saving,
) -> Result<BTreeMap<String, Option<Digest>>, StoreError> {
    let commands = pipeline.stages.iter().flat_map(|stage| &stage.command);
    let names: BTreeSet<&String> = commands.flat_map(|command| &command.env).collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let secret = match saving {
        Saving::Required => store.secret()?,
        // Without a secret no record has a value, and with any key the digests differ.
        Saving::IfPossible => match store.known_secret() {
            Some(secret) => secret,
            None => SecretKey::random().map_err(StoreError::Io)?,
        },
    };
    let digest = |name: &String| {
        let value = std::env::var_os(name);
        (name.clone(), value.map(|value| secret.digest(name, value.as_bytes())))
    };
    Ok(names.into_iter().map(digest).collect())
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
    if store.is_initialized() && !index.is_damaged() {
        let _ = store.save_file_index(index);
    }
    Ok(None)
}
