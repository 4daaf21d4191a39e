//! Keeps what happens to very many stages alike from drowning the rest: in a sweep of a thousand, a line
//! for each instance that is fresh tells nobody anything. The last line counts them all.

use crate::event::{Event, Outcome};

/// So many stages of an outcome have a line of their own.
const SHOWN: usize = 20;

/// Counts lines that are alike.
#[derive(Default)]
pub(super) struct Flood {
    fresh: usize,
    blocked: usize,
    unstarted: usize,
}

/// What to do with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Show,
    /// The first of those that have none: one line says so.
    Cut(&'static str),
    Drop,
}

impl Flood {
    /// Whether an event's line is one too many.
    pub(super) fn line(&mut self, event: &Event) -> Line {
        let &Event::StageFinished { outcome, seconds, .. } = event else {
            if matches!(event, Event::RunStarted { .. }) {
                *self = Self::default();
            }
            return Line::Show;
        };
        let (count, cut) = match outcome {
            Outcome::Fresh => (&mut self.fresh, "more stages are fresh; the end counts them"),
            Outcome::Blocked => (&mut self.blocked, "more stages are blocked; the end counts them"),
            Outcome::Interrupted if seconds == 0.0 => {
                (&mut self.unstarted, "more stages did not start; the end counts them")
            }
            Outcome::Ran | Outcome::Restored | Outcome::Failed | Outcome::Interrupted => {
                return Line::Show;
            }
        };
        *count += 1;
        match *count {
            ..=SHOWN => Line::Show,
            count if count == SHOWN + 1 => Line::Cut(cut),
            _ => Line::Drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::script;

    #[test]
    fn of_stages_alike_the_first_twenty_are_told_and_one_line_stands_for_the_others() {
        let mut flood = Flood::default();
        let fresh = script::finished("a", Outcome::Fresh, 0.0, "");
        let lines: Vec<Line> = (0..30).map(|_| flood.line(&fresh)).collect();
        assert!(lines[..20].iter().all(|line| *line == Line::Show));
        assert!(matches!(lines[20], Line::Cut(_)));
        assert!(lines[21..].iter().all(|line| *line == Line::Drop));
        let ran = script::finished("a", Outcome::Ran, 1.0, "");
        assert!((0..30).all(|_| flood.line(&ran) == Line::Show), "what was done is told");
        flood.line(&script::run_started(1));
        assert_eq!(flood.line(&fresh), Line::Show);
    }
}
