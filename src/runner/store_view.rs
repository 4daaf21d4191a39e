//! The store as the planner sees it, with the records that were read before.

use super::checkpoint::CheckpointState;
use crate::fingerprint::{Digest, Reason, StageInputs};
use crate::plan::StoreView;
use crate::spec::StageInstance;
use crate::stage_api::Registry;
use crate::store::{FailedAttempt, LastAttempt, Lookup, Pointer, Record, Store};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// Intact records by fingerprint: of a corpus of many files, one takes long to parse.
pub(super) type RecordCache = HashMap<Digest, Arc<Record>>;

/// The store as seen by one pipeline.
pub(super) struct CachedStoreView<'a> {
    pub(super) store: &'a Store,
    pub(super) pipeline_name: &'a str,
    pub(super) registry: Registry,
    pub(super) finish_early: bool,
    pub(super) cache: RefCell<RecordCache>,
}

impl CachedStoreView<'_> {
    fn cached(&self, kind: &str, fingerprint: &Digest) -> Option<Arc<Record>> {
        self.cache.borrow().get(fingerprint).filter(|record| record.kind() == kind).cloned()
    }

    /// Returns what is wrong with a record; `gone` if it does not exist.
    fn record_damage(
        &self,
        (kind, fingerprint): (&str, &Digest),
        id: &str,
        gone: Option<Reason>,
    ) -> Option<Reason> {
        if self.cached(kind, fingerprint).is_some() {
            return None;
        }
        match self.store.lookup(kind, fingerprint) {
            Lookup::Intact(_) => None,
            Lookup::Absent => gone,
            Lookup::Damaged(_) => Some(Reason::RecordDamaged(id.to_owned())),
            Lookup::Unreadable(_) => Some(Reason::Unreadable(id.to_owned())),
        }
    }
}

impl StoreView for CachedStoreView<'_> {
    fn published(&self, stage: &StageInstance) -> Option<Pointer> {
        self.store.pointer(self.pipeline_name, &stage.id.0).intact()
    }

    fn record(&self, kind: &str, fingerprint: &Digest) -> Option<Arc<Record>> {
        if let Some(record) = self.cached(kind, fingerprint) {
            return Some(record);
        }
        let record = Arc::new(self.store.record(kind, fingerprint)?);
        self.cache.borrow_mut().insert(*fingerprint, Arc::clone(&record));
        Some(record)
    }

    fn find_by_inputs(
        &self,
        inputs: StageInputs,
        fingerprint: &Digest,
    ) -> Result<Arc<Record>, Box<StageInputs>> {
        self.store.find_by_inputs(inputs, fingerprint).map(Arc::new)
    }

    fn damage(&self, stage: &StageInstance, fingerprint: Option<&Digest>) -> Vec<Reason> {
        let id = &stage.id.0;
        let published = match self.store.pointer(self.pipeline_name, id) {
            Lookup::Absent => None,
            Lookup::Damaged(_) => Some(Reason::PointerDamaged(id.clone())),
            Lookup::Unreadable(_) => Some(Reason::Unreadable(id.clone())),
            Lookup::Intact(Pointer { kind, fingerprint }) => {
                self.record_damage((&kind, &fingerprint), id, Some(Reason::RecordGone(id.clone())))
            }
        };
        let wanted = fingerprint
            .and_then(|fingerprint| self.record_damage((stage.kind.name, fingerprint), id, None));
        let mut reasons: Vec<Reason> = published.into_iter().chain(wanted).collect();
        reasons.dedup();
        reasons
    }

    fn missing_outputs(&self, record: &Record) -> Vec<String> {
        self.store.missing(record)
    }

    fn is_published(&self, stage: &StageInstance, record: &Record) -> bool {
        self.store.is_published(self.pipeline_name, &stage.id.0, record)
    }

    fn attempt(&self, stage: &StageInstance, fingerprint: &Digest) -> Vec<Reason> {
        let checkpoint =
            || CheckpointState::new((self.store, self.registry), stage.kind, fingerprint);
        let finishes = self.finish_early && checkpoint() == CheckpointState::Present;
        // Without its checkpoint, the other files in the resume folder are not enough to resume from.
        let resumes = || stage.kind.is_resumable && checkpoint() != CheckpointState::Missing;
        let last = match self.store.last_attempt(fingerprint) {
            LastAttempt::None => None,
            LastAttempt::Running => Some(Reason::InProgress),
            LastAttempt::Failed(FailedAttempt { run, message }) => {
                let message = Some(message).filter(|message| !message.is_empty());
                Some(Reason::Failed { run, message })
            }
            LastAttempt::Interrupted { resumable } if resumable && resumes() => {
                Some(Reason::Resumes).filter(|_| !finishes)
            }
            LastAttempt::Interrupted { .. } => Some(Reason::Interrupted),
        };
        finishes.then_some(Reason::FinishesEarly).into_iter().chain(last).collect()
    }
}
