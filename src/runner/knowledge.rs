//! What a plan may ask, answered by the store.

use crate::fingerprint::Digest;
use crate::plan::Knowledge;
use crate::spec::Stage;
use crate::store::{Attempt, Current, Record, Store};
use std::sync::Arc;

/// The store seen by one pipeline.
pub struct StoreKnowledge<'a> {
    /// The store.
    pub store: &'a Store,
    /// The pipeline's name.
    pub pipeline: &'a str,
}

impl Knowledge for StoreKnowledge<'_> {
    fn shown(&self, stage: &Stage) -> Option<Current> {
        self.store.current(self.pipeline, &stage.id.0)
    }

    fn find(&self, kind: &str, fingerprint: &Digest) -> Option<Arc<Record>> {
        self.store.record(kind, fingerprint).map(Arc::new)
    }

    fn missing(&self, record: &Record) -> Vec<String> {
        self.store.missing(record)
    }

    fn is_shown(&self, stage: &Stage, record: &Record) -> bool {
        self.store.is_shown(self.pipeline, &stage.id.0, record)
    }

    fn attempt(&self, fingerprint: &Digest) -> Attempt {
        self.store.attempt(fingerprint)
    }
}
