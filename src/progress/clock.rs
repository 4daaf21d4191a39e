//! Time as the sinks see it: since the run began, and how long since a stage last spoke.

use crate::spec::StageId;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A monotone clock, counted from any moment; tests bring their own.
pub(super) type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// The machine's clock, counted from now.
pub(super) fn machine() -> Clock {
    let origin = Instant::now();
    Box::new(move || origin.elapsed())
}

/// Lets one progress event per stage through in each interval.
pub(super) struct Pace {
    every: Duration,
    last: HashMap<StageId, Duration>,
}

impl Pace {
    /// At most one event per stage in `every`.
    pub(super) fn new(every: Duration) -> Self {
        Self { every, last: HashMap::new() }
    }

    /// How long the stage has been silent; `None`: it has not spoken yet.
    pub(super) fn silence(&self, stage: &StageId, now: Duration) -> Option<Duration> {
        self.last.get(stage).map(|last| now.saturating_sub(*last))
    }

    /// Whether the stage may speak now.
    pub(super) fn due(&self, stage: &StageId, now: Duration) -> bool {
        self.silence(stage, now).is_none_or(|silence| silence >= self.every)
    }

    /// The stage speaks now.
    pub(super) fn spoke(&mut self, stage: &StageId, now: Duration) {
        self.last.insert(stage.clone(), now);
    }

    /// The stage ended: should it run again, it may speak at once.
    pub(super) fn forget(&mut self, stage: &StageId) {
        self.last.remove(stage);
    }
}
