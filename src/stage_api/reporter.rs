//! A stage's reports.

use crate::event::{Event, EventSink, PartCounts};
use crate::spec::StageId;
use std::sync::{Mutex, PoisonError};

/// Emits the reports of one stage as events. Every call is cheap; sinks drop events that come too often.
pub struct Reporter<'a> {
    sink: &'a dyn EventSink,
    stage: &'a StageId,
    parts: Mutex<Option<PartCounts>>,
}

impl<'a> Reporter<'a> {
    /// Creates a reporter of a stage.
    pub fn new(sink: &'a dyn EventSink, stage: &'a StageId) -> Self {
        Self { sink, stage, parts: Mutex::new(None) }
    }

    /// Reports that `done` of `total` (zero if unknown) are done, counted in `unit`, with a few words.
    pub fn progress(&self, unit: &'static str, done: u64, total: u64, about: &str) {
        let stage = self.stage.clone();
        self.sink.emit(&Event::Progress { stage, unit, done, total, about: about.to_owned() });
    }

    /// Reports a fact.
    pub fn note(&self, text: &str) {
        self.sink.emit(&Event::Note { stage: self.stage.clone(), text: text.to_owned() });
    }

    /// Reports something that the user should check.
    pub fn warning(&self, text: &str) {
        let stage = Some(self.stage.clone());
        self.sink.emit(&Event::Warning { stage, text: text.to_owned() });
    }

    /// Reports how many parts of the outputs were computed and reused, once they are counted.
    pub fn parts(&self, parts: PartCounts) {
        *self.parts.lock().unwrap_or_else(PoisonError::into_inner) = Some(parts);
        self.sink.emit(&Event::Parts { stage: self.stage.clone(), parts });
    }

    /// Returns the last counts of parts.
    pub fn into_parts(self) -> Option<PartCounts> {
        self.parts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
