//! Turns a stage's reports into events.

use crate::event::{Event, EventSink, PartCounts};
use crate::spec::StageId;
use crate::stage_api::Reporter;
use std::sync::{Mutex, PoisonError};

/// Emits the reports of one stage.
pub(super) struct EventReporter<'a> {
    sink: &'a dyn EventSink,
    stage: &'a StageId,
    /// The last counts.
    parts: Mutex<Option<PartCounts>>,
}

impl<'a> EventReporter<'a> {
    pub(super) fn new(sink: &'a dyn EventSink, stage: &'a StageId) -> Self {
        Self { sink, stage, parts: Mutex::new(None) }
    }

    /// Returns the last counts of parts.
    pub(super) fn into_parts(self) -> Option<PartCounts> {
        self.parts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for EventReporter<'_> {
    fn progress(&self, unit: &'static str, done: u64, total: u64, about: &str) {
        let stage = self.stage.clone();
        self.sink.emit(&Event::Progress { stage, unit, done, total, about: about.to_owned() });
    }

    fn note(&self, text: &str) {
        self.sink.emit(&Event::Note { stage: self.stage.clone(), text: text.to_owned() });
    }

    fn warning(&self, text: &str) {
        let stage = Some(self.stage.clone());
        self.sink.emit(&Event::Warning { stage, text: text.to_owned() });
    }

    fn parts(&self, parts: PartCounts) {
        *self.parts.lock().unwrap_or_else(PoisonError::into_inner) = Some(parts);
        self.sink.emit(&Event::Parts { stage: self.stage.clone(), parts });
    }
}
