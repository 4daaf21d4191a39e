//! How long is waited, and for what: the only place where time passes.
//!
//! Nothing here gives up on a child that works: it may take hours. Time and processes come in through
//! small traits, so that a test lets hours pass at once.

use rustix::process::Signal;
use std::io;
use std::time::{Duration, Instant};

/// How long processes that were asked to end may take before they are ended.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// Between two looks: an eighth of the time that passed, within these bounds. So a short command ends
/// when it ends, and a long one costs next to nothing.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(50);

/// Time as waiting needs it.
pub(super) trait Clock {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;
    /// Returns when so much time has passed.
    fn wait(&self, time: Duration);
}

/// The clock of this machine.
pub(super) struct SystemClock(Instant);

impl SystemClock {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Processes that can be ended.
pub(super) trait Group {
    /// Whether none of them is left.
    fn is_empty(&self) -> bool;
    /// Sends a signal to each.
    fn signal(&self, signal: Signal);
}

/// Why waiting was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitOutcome {
    /// The child ended.
    Ended,
    /// The person asked to stop.
    Stopped,
}

/// Waits until a child has ended, however long that takes, or somebody asks to stop. `tell` hears the
/// seconds that passed, once each.
pub(super) fn wait_for_exit(
    clock: &dyn Clock,
    has_ended: &dyn Fn() -> io::Result<bool>,
    is_stopped: &dyn Fn() -> bool,
    tell: &mut dyn FnMut(u64),
) -> io::Result<WaitOutcome> {
    let start = clock.now();
    let mut told = None;
    loop {
        if has_ended()? {
            return Ok(WaitOutcome::Ended);
        }
        if is_stopped() {
            return Ok(WaitOutcome::Stopped);
        }
        let passed = clock.now().saturating_sub(start);
        if told != Some(passed.as_secs()) {
            told = Some(passed.as_secs());
            tell(passed.as_secs());
        }
        clock.wait(pause(passed));
    }
}

/// Asks all processes to end, and kills those that do not within [`GRACE`]. Tells whether all are gone:
/// one that hangs in the kernel, or belongs to somebody else, cannot be ended.
pub(super) fn terminate(group: &dyn Group, clock: &dyn Clock) -> bool {
    group.signal(Signal::TERM);
    // A stopped process hears nothing before it goes on.
    group.signal(Signal::CONT);
    is_gone_within_grace(group, clock, &|| {})
        // Killed again and again: a process may have made another one meanwhile.
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

    /// A clock that waits for nothing.
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

    /// A process that ends when it is sent the right signal, or never.
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
    fn a_child_that_works_for_hours_is_waited_for_and_told_of() {
        let clock = Paused::default();
        let mut told = Vec::new();
        let over =
            wait_for_exit(&clock, &|| Ok(clock.now() >= 5 * HOUR), &|| false, &mut |seconds| {
                told.push(seconds)
            });
        assert_eq!(over.unwrap(), WaitOutcome::Ended);
        assert!(clock.now() < 5 * HOUR + LONGEST, "the end is seen at once");
        assert_eq!(told, (0..5 * 3600).collect::<Vec<_>>(), "each second is told once");
    }

    #[test]
    fn a_stop_is_heard_within_a_blink_after_hours() {
        let clock = Paused::default();
        let over =
            wait_for_exit(&clock, &|| Ok(false), &|| clock.now() >= 3 * HOUR, &mut |_| {}).unwrap();
        assert_eq!(over, WaitOutcome::Stopped);
        assert!(clock.now() <= 3 * HOUR + LONGEST);
        assert_eq!(clock.longest.get(), LONGEST);
    }

    #[test]
    fn a_short_command_costs_an_eighth_more_than_it_takes() {
        for takes in [1_u64, 10, 80, 300].map(Duration::from_millis) {
            let clock = Paused::default();
            wait_for_exit(&clock, &|| Ok(clock.now() >= takes), &|| false, &mut |_| {}).unwrap();
            assert!(clock.now() <= takes + takes / 8 + SHORTEST, "{takes:?}: {:?}", clock.now());
        }
    }

    #[test]
    fn what_ends_politely_is_never_killed() {
        let clock = Paused::default();
        let group = Stubborn::new(&clock, Some(Signal::TERM));
        assert!(terminate(&group, &clock));
        assert_eq!(clock.now(), Duration::ZERO);
        assert!(group.heard.borrow().iter().all(|(_, signal)| *signal != Signal::KILL));
    }

    #[test]
    fn what_ignores_a_polite_word_is_killed_after_the_grace_and_not_before() {
        let clock = Paused::default();
        let group = Stubborn::new(&clock, Some(Signal::KILL));
        assert!(terminate(&group, &clock));
        let heard = group.heard.borrow();
        let times = |signal| heard.iter().filter(move |(_, s)| *s == signal).map(|(at, _)| *at);
        assert_eq!(times(Signal::TERM).collect::<Vec<_>>(), [Duration::ZERO], "asked once");
        let killed: Vec<_> = times(Signal::KILL).collect();
        assert!(killed[0] >= GRACE && killed[0] <= GRACE + LONGEST, "{killed:?}");
    }

    #[test]
    fn what_cannot_be_ended_is_given_up_and_said() {
        let clock = Paused::default();
        let group = Stubborn::new(&clock, None);
        assert!(!terminate(&group, &clock));
        assert!(clock.now() >= 2 * GRACE && clock.now() < 3 * GRACE);
    }
}
