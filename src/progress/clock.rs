use crate::spec::StageId;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A monotonic clock with an arbitrary origin; tests use a fake one.
pub(super) type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// Returns the system's clock, starting at zero.
pub(super) fn system_clock() -> Clock {
    let origin = Instant::now();
    Box::new(move || origin.elapsed())
}

/// Lets one progress event per stage and interval pass.
pub(super) struct RateLimiter {
    interval: Duration,
    last: HashMap<StageId, Duration>,
}

impl RateLimiter {
    /// A limiter of one event per stage in each `interval`.
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, last: HashMap::new() }
    }

    /// Returns true if an event may pass, and records it. An event that `completes` the stage always may.
    pub(super) fn admit(&mut self, stage: &StageId, now: Duration, completes: bool) -> bool {
        let silence = self.silence(stage, now);
        let admitted = completes || silence.is_none_or(|silence| silence >= self.interval);
        if admitted {
            self.record(stage, now);
        }
        admitted
    }

    /// Returns the time since the stage's last recorded event; `None` if there is none.
    pub(super) fn silence(&self, stage: &StageId, now: Duration) -> Option<Duration> {
        self.last.get(stage).map(|last| now.saturating_sub(*last))
    }

    /// Records an event.
    pub(super) fn record(&mut self, stage: &StageId, now: Duration) {
        self.last.insert(stage.clone(), now);
    }

    /// Forgets a stage that ended, so that its next event passes at once.
    pub(super) fn forget(&mut self, stage: &StageId) {
        self.last.remove(stage);
    }
}
