//! What a plan may ask, answered by the store.

use super::finish::Found;
use crate::fingerprint::{Digest, Reason, ReasonCode, StageInputs};
use crate::plan::Knowledge;
use crate::spec::Stage;
use crate::stage::Registry;
use crate::store::{Attempt, Current, Failed, Lookup, Record, Store};
use std::sync::Arc;

/// The store seen by one pipeline.
pub struct StoreKnowledge<'a> {
    /// The store.
    pub store: &'a Store,
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// All stage kinds.
    pub registry: Registry,
}

impl Knowledge for StoreKnowledge<'_> {
    fn shown(&self, stage: &Stage) -> Option<Current> {
        self.store.current(self.pipeline, &stage.id.0).sound()
    }

    fn find(&self, kind: &str, fingerprint: &Digest) -> Option<Arc<Record>> {
        self.store.record(kind, fingerprint).map(Arc::new)
    }

    fn recall(
        &self,
        inputs: StageInputs,
        fingerprint: &Digest,
    ) -> Result<Arc<Record>, Box<StageInputs>> {
        self.store.recall(inputs, fingerprint).map(Arc::new)
    }

    fn damage(&self, stage: &Stage, fingerprint: Option<&Digest>) -> Vec<Reason> {
        let id = &stage.id.0;
        let of_record =
            |kind: &str, fingerprint: &Digest| match self.store.look_up(kind, fingerprint) {
                Lookup::Sound(_) | Lookup::Absent => None,
                Lookup::Damaged(_) => Some(ReasonCode::RecordDamaged),
                Lookup::Unreadable(_) => Some(ReasonCode::Unreadable),
            };
        let of_shown = match self.store.current(self.pipeline, id) {
            Lookup::Absent => None,
            Lookup::Damaged(_) => Some(ReasonCode::PointerDamaged),
            Lookup::Unreadable(_) => Some(ReasonCode::Unreadable),
            Lookup::Sound(shown) => match self.store.look_up(&shown.kind, &shown.fingerprint) {
                Lookup::Absent => Some(ReasonCode::RecordGone),
                _ => of_record(&shown.kind, &shown.fingerprint),
            },
        };
        let of_wanted = fingerprint.and_then(|wanted| of_record(stage.kind.name, wanted));
        let mut codes: Vec<ReasonCode> = of_shown.into_iter().chain(of_wanted).collect();
        codes.dedup();
        codes.into_iter().map(|code| Reason::new(code, id)).collect()
    }

    fn missing(&self, record: &Record) -> Vec<String> {
        self.store.missing(record)
    }

    fn is_shown(&self, stage: &Stage, record: &Record) -> bool {
        self.store.is_shown(self.pipeline, &stage.id.0, record)
    }

    fn attempt(&self, stage: &Stage, fingerprint: &Digest) -> Option<Reason> {
        // What lies beside a checkpoint is nothing to go on from.
        let has_any = || match Found::at((self.store, self.registry), stage.kind, fingerprint) {
            Found::Never => true,
            found => found == Found::Checkpoint,
        };
        let resumes =
            || self.registry.get(stage.kind).is_ok_and(|kind| kind.resumes()) && has_any();
        match self.store.attempt(fingerprint) {
            Attempt::None => None,
            Attempt::UnderWay => Some(Reason::new(ReasonCode::UnderWay, "")),
            Attempt::Failed(Failed { run, message }) => {
                let new = Some(message).filter(|message| !message.is_empty());
                Some(Reason { new, ..Reason::new(ReasonCode::Failed, run) })
            }
            Attempt::Interrupted { kept } if kept && resumes() => {
                Some(Reason::new(ReasonCode::Resumes, ""))
            }
            Attempt::Interrupted { .. } => Some(Reason::new(ReasonCode::Interrupted, "")),
        }
    }
}
