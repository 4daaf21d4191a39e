//! `--finish`: work that was interrupted is ended at the last checkpoint it kept, as a partial record.
//!
//! No stage that can be finished early starts from nothing in such a run: who asked for an early end does
//! not want hours of training. One without a checkpoint is refused before anything runs, or, where what
//! lies upstream had to run first, fails when its turn comes. With `--keep-going` those that have a
//! checkpoint are finished all the same.

use super::prepare::RunError;
use crate::fingerprint::{Digest, Reason, ReasonCode};
use crate::plan::{Plan, Selection, Verdict};
use crate::spec::{Kind, Pipeline};
use crate::stage::Registry;
use crate::store::Store;

/// What may help where there is no checkpoint.
pub const NO_CHECKPOINT_HINT: &str =
    "leave --finish out: then it runs, and keeps checkpoints on its way";

/// What an early end would find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The kind has no early end.
    Never,
    /// The stage kept no checkpoint at this fingerprint.
    Nothing,
    /// It kept one.
    Checkpoint,
}

impl Found {
    pub(super) fn at(
        (store, registry): (&Store, Registry),
        kind: &Kind,
        fingerprint: &Digest,
    ) -> Self {
        let file = registry.get(kind).ok().and_then(|stage| stage.finishes_from());
        match file.map(|file| store.layout().resume_dir(fingerprint).join(file).is_file()) {
            None => Self::Never,
            Some(false) => Self::Nothing,
            Some(true) => Self::Checkpoint,
        }
    }
}

/// Says in the plan of a `--finish` run which stages it ends early.
///
/// # Errors
/// [`RunError::NoCheckpoint`].
pub(super) fn mark(
    pipeline: &Pipeline,
    plan: &mut Plan,
    selection: &Selection,
    keep_going: bool,
    knowledge: (&Store, Registry),
) -> Result<(), RunError> {
    let (mut lacking, mut any) = (None, false);
    for index in selection.indices().filter(|_| selection.finishes()) {
        let (stage, planned) = (&pipeline.stages[index], &mut plan.stages[index]);
        let (Verdict::Run, Some(fingerprint)) = (planned.verdict, &planned.fingerprint) else {
            continue;
        };
        match Found::at(knowledge, stage.kind, fingerprint) {
            Found::Never => {}
            Found::Nothing => lacking = lacking.or(Some((stage, planned.reasons.first().cloned()))),
            Found::Checkpoint => {
                any = true;
                planned.reasons.retain(|reason| reason.code != ReasonCode::Resumes);
                planned.reasons.insert(0, Reason::new(ReasonCode::Finishes, ""));
            }
        }
    }
    match lacking {
        Some((stage, reason)) if !(keep_going && any) => Err(RunError::NoCheckpoint {
            stage: stage.id.to_string(),
            reason: reason.map_or_else(String::new, |reason| reason.headline()),
        }),
        _ => Ok(()),
    }
}

/// Whether nothing was interrupted that the run could finish, and nothing may turn out to be.
pub(super) fn is_idle(
    pipeline: &Pipeline,
    plan: &Plan,
    selection: &Selection,
    registry: Registry,
) -> bool {
    let concerned = |index: usize| {
        let can = registry.get(pipeline.stages[index].kind).ok();
        let can = can.is_some_and(|stage| stage.finishes_from().is_some());
        can && matches!(plan.stages[index].verdict, Verdict::Run | Verdict::Waits)
    };
    selection.finishes() && !selection.indices().any(concerned)
}
