//! Waits for processes.
//!
//! A working process has no time limit. Clock and processes are traits, so that tests can simulate hours.

use rustix::process::Signal;
use std::io;
use std::time::{Duration, Instant};

/// Time between SIGTERM and SIGKILL.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// Bounds of the polling interval, which is an eighth of the elapsed time: the end of a short command is noticed at once,
/// and a long one costs little.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(50);

/// A clock.
pub(super) trait Clock {
    /// Returns the time since a fixed moment.
    fn now(&self) -> Duration;
    /// Sleeps for this time.
    fn wait(&self, time: Duration);
}

/// The system clock, from this moment.
impl Clock for Instant {
    fn now(&self) -> Duration {
        self.elapsed()
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Processes that can receive signals.
pub(super) trait Group {
    /// Returns true if none of them is alive.
    fn is_empty(&self) -> bool;
    /// Sends a signal to each of them.
    fn signal(&self, signal: Signal);
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitOutcome {
    /// The process ended.
    Ended,
    /// The user asked to stop.
    Stopped,
}

/// Waits until a process has ended or the user asks to stop. Passes each elapsed second to `report` once.
pub(super) fn wait_for_exit(
    clock: &dyn Clock,
    has_ended: &dyn Fn() -> io::Result<bool>,
    is_stopped: &dyn Fn() -> bool,
    report: &mut dyn FnMut(u64),
) -> io::Result<WaitOutcome> {
    let start = clock.now();
    let mut reported = None;
    loop {
        if has_ended()? {
            return Ok(WaitOutcome::Ended);
        }
        if is_stopped() {
            return Ok(WaitOutcome::Stopped);
        }
        let passed = clock.now().saturating_sub(start);
        if reported.replace(passed.as_secs()) != Some(passed.as_secs()) {
            report(passed.as_secs());
        }
        clock.wait(pause(passed));
    }
}

/// Asks all processes to end, and kills those that do not within [`GRACE`]. Returns whether all have ended: a process that
/// hangs in the kernel, or belongs to another user, cannot be killed.
pub(super) fn terminate(group: &dyn Group, clock: &dyn Clock) -> bool {
    group.signal(Signal::TERM);
    // A stopped process receives the signal only when it continues.
    group.signal(Signal::CONT);
    is_gone_within_grace(group, clock, &|| {})
        // Repeatedly, because a process may have started another one.
        || is_gone_within_grace(group, clock, &|| group.signal(Signal::KILL))
}

fn is_gone_within_grace(group: &dyn Group, clock: &dyn Clock, act: &dyn Fn()) -> bool {
    let start = clock.now();
    loop {
        if group.is_empty() {
            return true;
        }
        let passed = clock.now().saturating_sub(start);
        if passed >= GRACE {
            return false;
        }
        act();
        clock.wait(pause(passed));
    }
}

fn pause(passed: Duration) -> Duration {
    (passed / 8).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};

    /// A clock that does not sleep.
    #[derive(Default)]
    struct Paused {
        now: Cell<Duration>,
        longest: Cell<Duration>,
    }

    impl Clock for Paused {
        fn now(&self) -> Duration {
            self.now.get()
        }

        fn wait(&self, time: Duration) {
            self.now.set(self.now.get() + time);
            self.longest.set(self.longest.get().max(time));
        }
    }

    /// A process that ends on a certain signal, or never.
    struct Stubborn<'a> {
        clock: &'a Paused,
        ends_on: Option<Signal>,
        alive: Cell<bool>,
        heard: RefCell<Vec<(Duration, Signal)>>,
    }

    impl<'a> Stubborn<'a> {
        fn new(clock: &'a Paused, ends_on: Option<Signal>) -> Self {
            Self { clock, ends_on, alive: Cell::new(true), heard: RefCell::default() }
        }
    }

    impl Group for Stubborn<'_> {
        fn is_empty(&self) -> bool {
            !self.alive.get()
        }

        fn signal(&self, signal: Signal) {
            self.heard.borrow_mut().push((self.clock.now(), signal));
            if self.ends_on == Some(signal) {
                self.alive.set(false);
            }
        }
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn process_that_works_for_hours_is_waited_for_and_reported() {
        let clock = Paused::default();
        let mut reported = Vec::new();
        let over =
            wait_for_exit(&clock, &|| Ok(clock.now() >= 5 * HOUR), &|| false, &mut |seconds| {
                reported.push(seconds)
            });
        assert_eq!(over.unwrap(), WaitOutcome::Ended);
        assert!(clock.now() < 5 * HOUR + LONGEST, "the end is seen at once");
        assert_eq!(reported, (0..5 * 3600).collect::<Vec<_>>(), "each second is reported once");
    }

    #[test]
    fn stop_is_noticed_at_once_after_hours() {
        let clock = Paused::default();
        let over =
            wait_for_exit(&clock, &|| Ok(false), &|| clock.now() >= 3 * HOUR, &mut |_| {}).unwrap();
        assert_eq!(over, WaitOutcome::Stopped);
        assert!(clock.now() <= 3 * HOUR + LONGEST);
        assert_eq!(clock.longest.get(), LONGEST);
    }

    #[test]
    fn end_of_a_short_command_is_noticed_within_an_eighth_of_its_time() {
        for takes in [1_u64, 10, 80, 300].map(Duration::from_millis) {
            let clock = Paused::default();
            wait_for_exit(&clock, &|| Ok(clock.now() >= takes), &|| false, &mut |_| {}).unwrap();
            assert!(clock.now() <= takes + takes / 8 + SHORTEST, "{takes:?}: {:?}", clock.now());
        }
    }

    #[test]
    fn process_that_ends_on_sigterm_is_not_killed() {
        let clock = Paused::default();
        let group = Stubborn::new(&clock, Some(Signal::TERM));
        assert!(terminate(&group, &clock));
        assert_eq!(clock.now(), Duration::ZERO);
        assert!(group.heard.borrow().iter().all(|(_, signal)| *signal != Signal::KILL));
    }

    #[test]
    fn process_that_ignores_sigterm_is_killed_after_the_grace_period() {
        let clock = Paused::default();
        let group = Stubborn::new(&clock, Some(Signal::KILL));
        assert!(terminate(&group, &clock));
        let heard = group.heard.borrow();
        let times = |signal| heard.iter().filter(move |(_, s)| *s == signal).map(|(at, _)| *at);
        assert_eq!(times(Signal::TERM).collect::<Vec<_>>(), [Duration::ZERO], "sent once");
        let killed: Vec<_> = times(Signal::KILL).collect();
        assert!(killed[0] >= GRACE && killed[0] <= GRACE + LONGEST, "{killed:?}");
    }

    #[test]
    fn process_that_cannot_be_killed_is_reported_after_the_grace_period() {
        let clock = Paused::default();
        let group = Stubborn::new(&clock, None);
        assert!(!terminate(&group, &clock));
        assert!(clock.now() >= 2 * GRACE && clock.now() < 3 * GRACE);
    }
}
