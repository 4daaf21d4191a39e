//! A stage's reports as events.

use crate::event::{Event, EventSink};
use crate::spec::StageId;
use crate::stage::Reporter;

/// Tells the sink what one stage reports.
pub(super) struct EventReporter<'a> {
    pub(super) sink: &'a dyn EventSink,
    pub(super) stage: &'a StageId,
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
}
