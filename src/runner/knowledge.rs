//! What a plan may ask, answered by the store.

use crate::fingerprint::Digest;
use crate::plan::Knowledge;
use crate::spec::Stage;
use crate::store::{Record, Store};

/// The store seen by one pipeline.
pub struct StoreKnowledge<'a> {
    /// The store.
    pub store: &'a Store,
    /// The pipeline's name.
    pub pipeline: &'a str,
}

impl Knowledge for StoreKnowledge<'_> {
    fn current(&self, stage: &Stage) -> Option<(Digest, Record)> {
        let current = self.store.current(self.pipeline, &stage.id.0)?;
        let record = self.store.record(&current.kind, &current.fingerprint)?;
        Some((current.fingerprint, record))
    }

    fn find(&self, kind: &str, fingerprint: &Digest) -> Option<Record> {
        self.store.record(kind, fingerprint)
    }

    fn missing(&self, record: &Record) -> Vec<String> {
        self.store.missing(record)
    }

    fn is_shown(&self, stage: &Stage, record: &Record) -> bool {
        self.store.is_shown(self.pipeline, &stage.id.0, record)
    }
}
