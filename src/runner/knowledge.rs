//! What a plan may ask, answered by the store.

use super::finish::Found;
use crate::fingerprint::{Digest, Reason, ReasonCode, StageInputs};
use crate::plan::Knowledge;
use crate::spec::StageInstance;
use crate::stage::Registry;
use crate::store::{FailedAttempt, LastAttempt, Lookup, Pointer, Record, Store};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// The store seen by one pipeline.
pub struct StoreKnowledge<'a> {
    /// The store.
    pub store: &'a Store,
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// All stage kinds.
    pub registry: Registry,
    /// Records that were read and found sound: of a corpus of many files, one takes long to understand.
    read: RefCell<Known>,
}

/// Sound records, by their fingerprints.
pub(super) type Known = HashMap<Digest, Arc<Record>>;

impl<'a> StoreKnowledge<'a> {
    /// What this store tells of this pipeline; `known` need not be read again.
    pub(super) fn new(
        store: &'a Store,
        pipeline: &'a str,
        registry: Registry,
        known: Known,
    ) -> Self {
        Self { store, pipeline, registry, read: RefCell::new(known) }
    }

    /// The records that are known now.
    pub(super) fn into_known(self) -> Known {
        self.read.into_inner()
    }

    fn known(&self, kind: &str, fingerprint: &Digest) -> Option<Arc<Record>> {
        self.read.borrow().get(fingerprint).filter(|record| record.kind() == kind).cloned()
    }

    /// What is wrong with a record; `gone` when it is not there.
    fn fault(
        &self,
        kind: &str,
        fingerprint: &Digest,
        gone: Option<ReasonCode>,
    ) -> Option<ReasonCode> {
        if self.known(kind, fingerprint).is_some() {
            return None;
        }
        match self.store.lookup(kind, fingerprint) {
            Lookup::Intact(_) => None,
            Lookup::Absent => gone,
            Lookup::Damaged(_) => Some(ReasonCode::RecordDamaged),
            Lookup::Unreadable(_) => Some(ReasonCode::Unreadable),
        }
    }
}

impl Knowledge for StoreKnowledge<'_> {
    fn shown(&self, stage: &StageInstance) -> Option<Pointer> {
        self.store.pointer(self.pipeline, &stage.id.0).intact()
    }

    fn find(&self, kind: &str, fingerprint: &Digest) -> Option<Arc<Record>> {
        if let Some(known) = self.known(kind, fingerprint) {
            return Some(known);
        }
        let record = Arc::new(self.store.record(kind, fingerprint)?);
        self.read.borrow_mut().insert(*fingerprint, Arc::clone(&record));
        Some(record)
    }

    fn recall(
        &self,
        inputs: StageInputs,
        fingerprint: &Digest,
    ) -> Result<Arc<Record>, Box<StageInputs>> {
        self.store.find_by_inputs(inputs, fingerprint).map(Arc::new)
    }

    fn damage(&self, stage: &StageInstance, fingerprint: Option<&Digest>) -> Vec<Reason> {
        let id = &stage.id.0;
        let of_shown = match self.store.pointer(self.pipeline, id) {
            Lookup::Absent => None,
            Lookup::Damaged(_) => Some(ReasonCode::PointerDamaged),
            Lookup::Unreadable(_) => Some(ReasonCode::Unreadable),
            Lookup::Intact(Pointer { kind, fingerprint }) => {
                self.fault(&kind, &fingerprint, Some(ReasonCode::RecordGone))
            }
        };
        let of_wanted = fingerprint.and_then(|wanted| self.fault(stage.kind.name, wanted, None));
        let mut codes: Vec<ReasonCode> = of_shown.into_iter().chain(of_wanted).collect();
        codes.dedup();
        codes.into_iter().map(|code| Reason::new(code, id)).collect()
    }

    fn missing(&self, record: &Record) -> Vec<String> {
        self.store.missing(record)
    }

    fn is_shown(&self, stage: &StageInstance, record: &Record) -> bool {
        self.store.is_published(self.pipeline, &stage.id.0, record)
    }

    fn attempt(&self, stage: &StageInstance, fingerprint: &Digest) -> Option<Reason> {
        // What lies beside a checkpoint is nothing to go on from.
        let has_any = || match Found::at((self.store, self.registry), stage.kind, fingerprint) {
            Found::Never => true,
            found => found == Found::Checkpoint,
        };
        let resumes =
            || self.registry.get(stage.kind).is_ok_and(|kind| kind.resumes()) && has_any();
        match self.store.last_attempt(fingerprint) {
            LastAttempt::None => None,
            LastAttempt::Running => Some(Reason::new(ReasonCode::UnderWay, "")),
            LastAttempt::Failed(FailedAttempt { run, message }) => {
                let new = Some(message).filter(|message| !message.is_empty());
                Some(Reason { new, ..Reason::new(ReasonCode::Failed, run) })
            }
            LastAttempt::Interrupted { resumable } if resumable && resumes() => {
                Some(Reason::new(ReasonCode::Resumes, ""))
            }
            LastAttempt::Interrupted { .. } => Some(Reason::new(ReasonCode::Interrupted, "")),
        }
    }
}
