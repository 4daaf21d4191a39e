//! `--finish-early`: an interrupted attempt is finished at its last checkpoint, as a partial record.
//!
//! In such a run no stage that can be finished early starts from nothing, because the user does not want
//! hours of training. A stage without a checkpoint is refused before anything runs, or fails when its turn
//! comes if its upstreams had to run first. With `--keep-going` the stages that have a checkpoint are
//! finished all the same.

use super::{Preview, RunError};
use crate::fingerprint::{Digest, Reason};
use crate::plan::{StagePlan, Verdict};
use crate::spec::{Pipeline, StageInstance, StageKind};
use crate::stage_api::Registry;
use crate::store::Store;

/// The hint if there is no checkpoint.
pub const NO_CHECKPOINT_HINT: &str =
    "run without --finish-early: then it runs, and writes checkpoints";

/// Whether an attempt can be finished early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckpointState {
    /// The kind cannot be finished early.
    Unsupported,
    /// The stage has no checkpoint at this fingerprint.
    Missing,
    /// The stage has one.
    Present,
}

impl CheckpointState {
    pub(super) fn new(
        (store, registry): (&Store, Registry),
        kind: &StageKind,
        fingerprint: &Digest,
    ) -> Self {
        let file = registry.get(kind).ok().and_then(|stage| stage.checkpoint_file());
        let is_file = |file| store.files.is_file(&store.layout.resume_dir(fingerprint).join(file));
        match file.map(is_file) {
            None => Self::Unsupported,
            Some(false) => Self::Missing,
            Some(true) => Self::Present,
        }
    }
}

/// Checks that the stages that a `--finish-early` run must finish have checkpoints; with `keep_going` one
/// is enough.
///
/// # Errors
/// [`RunError::NoCheckpoint`].
pub(super) fn check(
    pipeline: &Pipeline,
    preview: &Preview,
    keep_going: bool,
    (store, registry): (&Store, Registry),
) -> Result<(), RunError> {
    if !preview.selection.finish_early {
        return Ok(());
    }
    let stages = preview.selected(pipeline);
    let runs = stages.filter(|(_, planned)| planned.verdict == Verdict::Run);
    let states = runs.filter_map(|(stage, planned)| {
        let fingerprint = planned.fingerprint.as_ref()?;
        let state = CheckpointState::new((store, registry), stage.kind, fingerprint);
        Some((state, stage, planned))
    });
    let states: Vec<_> = states.collect();
    let any = states.iter().any(|(state, ..)| *state == CheckpointState::Present);
    match states.iter().find(|(state, ..)| *state == CheckpointState::Missing) {
        Some((_, stage, planned)) if !(keep_going && any) => Err(RunError::NoCheckpoint {
            stage: stage.id.to_string(),
            reason: planned.reasons.first().map_or_else(String::new, Reason::headline),
        }),
        _ => Ok(()),
    }
}

/// Returns true if a `--finish-early` run has nothing that it could finish, now or once upstreams ran.
pub(super) fn is_idle(pipeline: &Pipeline, preview: &Preview, registry: Registry) -> bool {
    let may_finish = |(stage, planned): (&StageInstance, &StagePlan)| {
        registry.get(stage.kind).is_ok_and(|kind| kind.checkpoint_file().is_some())
            && matches!(planned.verdict, Verdict::Run | Verdict::Waits)
    };
    preview.selection.finish_early && !preview.selected(pipeline).any(may_finish)
}
