//! When a training writes a checkpoint within an epoch.

use std::time::{Duration, Instant};

/// A timer that is due each time an interval has passed.
pub(super) struct CheckpointTimer {
    clock: Box<dyn Fn() -> Duration + Send>,
    /// `None` if it is never due.
    interval: Option<Duration>,
    last: Duration,
}

impl CheckpointTimer {
    /// A timer that is due every `minutes` from now on; never for 0.
    pub(super) fn new(minutes: f64) -> Self {
        let start = Instant::now();
        Self::with_clock(Box::new(move || start.elapsed()), minutes)
    }

    /// A timer with another clock than the machine's.
    fn with_clock(clock: Box<dyn Fn() -> Duration + Send>, minutes: f64) -> Self {
        let interval = (minutes > 0.0).then(|| Duration::from_secs_f64(60.0 * minutes));
        Self { last: clock(), clock, interval }
    }

    /// Returns whether a checkpoint is due, and restarts the interval if so.
    pub(super) fn is_due(&mut self) -> bool {
        let Some(interval) = self.interval else { return false };
        let now = (self.clock)();
        let due = now.saturating_sub(self.last) >= interval;
        if due {
            self.last = now;
        }
        due
    }

    /// Restarts the interval: a checkpoint was written for another reason.
    pub(super) fn restart(&mut self) {
        self.last = (self.clock)();
    }
}

#[cfg(test)]
mod tests {
    use super::CheckpointTimer;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    fn manual_clock(minutes: f64) -> (CheckpointTimer, impl Fn(u64)) {
        let hand = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&hand);
        let clock = Box::new(move || Duration::from_secs(read.load(Ordering::Relaxed)));
        (CheckpointTimer::with_clock(clock, minutes), move |seconds| {
            hand.store(seconds, Ordering::Relaxed)
        })
    }

    #[test]
    fn checkpoint_is_due_an_interval_after_the_last_one() {
        let (mut timer, set) = manual_clock(5.0);
        let mut due_at = |seconds| {
            set(seconds);
            timer.is_due()
        };
        // A late check does not make the next one due earlier.
        let due: Vec<u64> =
            [0, 299, 300, 301, 599, 720, 1019, 1020].into_iter().filter(|&at| due_at(at)).collect();
        assert_eq!(due, [300, 720, 1020]);
        set(1200);
        timer.restart();
        set(1499);
        assert!(!timer.is_due());
        set(1500);
        assert!(timer.is_due());
    }

    #[test]
    fn half_minutes_work_and_zero_is_never_due() {
        let (mut timer, set) = manual_clock(0.5);
        set(30);
        assert!(timer.is_due());
        let (mut never, set) = manual_clock(0.0);
        set(1_000_000);
        assert!(!never.is_due());
    }
}
