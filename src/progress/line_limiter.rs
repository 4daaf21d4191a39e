//! Limits the lines of a large sweep: of stages that are fresh, blocked or not started, only the first few get a
//! line each. The run's last line counts them all.

use crate::event::{Event, Outcome};
use std::collections::HashMap;

/// Lines per outcome.
const MAX_LINES: usize = 20;

/// Counts the limited lines, by the text that is shown instead of further ones.
#[derive(Default)]
pub(super) struct LineLimiter(HashMap<&'static str, usize>);

/// Treatment of an event's line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Limited {
    /// Show the event.
    Show,
    /// Show this text instead of the first event beyond the limit.
    ShowInstead(&'static str),
    /// Show nothing.
    Drop,
}

impl LineLimiter {
    /// Counts the event and returns how to treat its line.
    pub(super) fn limit(&mut self, event: &Event) -> Limited {
        let &Event::StageFinished { outcome, .. } = event else {
            if matches!(event, Event::RunStarted { .. }) {
                *self = Self::default();
            }
            return Limited::Show;
        };
        let instead = match outcome {
            Outcome::Fresh => "more stages are fresh; the end counts them",
            Outcome::Blocked => "more stages are blocked; the end counts them",
            Outcome::NotStarted => "more stages did not start; the end counts them",
            Outcome::Ran | Outcome::Restored | Outcome::Failed | Outcome::Interrupted => {
                return Limited::Show;
            }
        };
        let lines = self.0.entry(instead).or_default();
        *lines += 1;
        match *lines {
            ..=MAX_LINES => Limited::Show,
            lines if lines == MAX_LINES + 1 => Limited::ShowInstead(instead),
            _ => Limited::Drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::testing;

    #[test]
    fn fresh_stages_beyond_twenty_share_one_line() {
        let mut limiter = LineLimiter::default();
        let fresh = testing::finished("a", Outcome::Fresh, 0.0, "");
        let lines: Vec<Limited> = (0..30).map(|_| limiter.limit(&fresh)).collect();
        assert!(lines[..20].iter().all(|line| *line == Limited::Show));
        assert!(matches!(lines[20], Limited::ShowInstead(_)));
        assert!(lines[21..].iter().all(|line| *line == Limited::Drop));
        let ran = testing::finished("a", Outcome::Ran, 1.0, "");
        assert!((0..30).all(|_| limiter.limit(&ran) == Limited::Show), "work is always shown");
        limiter.limit(&testing::run_started(1));
        assert_eq!(limiter.limit(&fresh), Limited::Show);
    }
}
