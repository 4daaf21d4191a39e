use crate::event::{Outcome, RunOutcome};
use crate::spec::StageId;
use crate::text::style::{BAD, BUSY, DIM, GOOD, HINT};
use crate::text::{duration, pad, sanitize, truncate_middle, width, wrap};
use anstyle::Style;

/// Initial and maximum width of the column of names, which also takes at most a third of a line.
pub(super) const NAME_WIDTH: (usize, usize) = (12, 28);

/// Returns the width of the column of names after this one is added.
pub(super) fn fit_name_column(before: usize, stage: &StageId) -> usize {
    width(&stage.0).clamp(before, NAME_WIDTH.1.max(before))
}

/// Shortens and pads a sanitized name into its column.
pub(super) fn name_cell(name: &str, column: usize, columns: usize) -> String {
    let column = column.min(columns / 3);
    pad(&truncate_middle(name, column), column)
}

/// Applies a style if colours are on.
pub(super) fn paint(style: Style, text: &str, colour: bool) -> String {
    if colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Lines that stay on the screen.
pub(super) struct Entry<'a> {
    mark: (Style, &'static str),
    stage: Option<&'a StageId>,
    /// Outcome and time, between name and text.
    middle: String,
    text: &'a str,
}

impl<'a> Entry<'a> {
    /// An entry about the whole run.
    pub(super) fn plain(text: &'a str) -> Self {
        Self { mark: (DIM, "·"), stage: None, middle: String::new(), text }
    }

    /// A stage's note.
    pub(super) fn note(stage: &'a StageId, text: &'a str) -> Self {
        Self { stage: Some(stage), ..Self::plain(text) }
    }

    /// A warning about a stage or the run.
    pub(super) fn warning(stage: Option<&'a StageId>, text: &'a str) -> Self {
        Self { mark: (BUSY, "!"), stage, ..Self::plain(text) }
    }

    /// The run's last line.
    pub(super) fn run_end(outcome: RunOutcome, text: &'a str) -> Self {
        let mark = match outcome {
            RunOutcome::Done | RunOutcome::Fresh => (GOOD, "✓"),
            RunOutcome::Failed => (BAD, "✗"),
            RunOutcome::Interrupted => (BUSY, "■"),
        };
        Self { mark, ..Self::plain(text) }
    }

    /// The end of a stage. For a blocked stage, `text` names the blocking one.
    pub(super) fn finished(
        stage: &'a StageId,
        outcome: Outcome,
        seconds: f64,
        text: &'a str,
    ) -> Self {
        let word = <&str>::from(outcome);
        let timed = || format!("{word:<8} {:>8}", duration(seconds));
        let (mark, middle) = match outcome {
            Outcome::Ran => ((GOOD, "✓"), timed()),
            Outcome::Fresh => ((DIM, "="), word.to_owned()),
            Outcome::Restored => ((HINT, "↺"), word.to_owned()),
            Outcome::Failed => ((BAD, "✗"), timed()),
            Outcome::Blocked if text.is_empty() => ((BUSY, "-"), word.to_owned()),
            Outcome::Blocked => ((BUSY, "-"), format!("{word} by")),
            Outcome::NotStarted => ((BUSY, "-"), word.to_owned()),
            Outcome::Interrupted => ((BUSY, "■"), timed()),
        };
        Self { mark, stage: Some(stage), middle, text }
    }

    /// Formats the entry as lines of at most `columns`. A text that does not fit beside its name is wrapped below
    /// it, indented, so that an error is shown in full.
    pub(super) fn lines(&self, name_width: usize, columns: usize, colour: bool) -> Vec<String> {
        let text = sanitize(self.text);
        let mut below = wrap(&text, columns.saturating_sub(4));
        let joint = match self.middle.as_str() {
            "" => "",
            middle if middle.ends_with("by") => " ",
            _ => "   ",
        };
        let name = self.stage.map(|stage| name_cell(&sanitize(&stage.0), name_width, columns));
        let mut head = name.map_or_else(String::new, |name| format!("{name}  {}", self.middle));
        let line = format!("{head}{joint}{text}");
        if width(&line) + 2 <= columns {
            below.clear();
            head = line;
        } else if self.stage.is_none() {
            head = below.remove(0).into_owned();
        }
        let (style, mark) = self.mark;
        let mut lines = vec![format!("{} {}", paint(style, mark, colour), head.trim_end())];
        lines.extend(below.iter().map(|line| format!("    {line}")));
        lines
    }
}
