//! What stands in a line, as functions of values and a width.

use super::super::{format, text};
use crate::event::Outcome;
use anstyle::{AnsiColor, Effects, Style};
use std::fmt;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().effects(Effects::DIMMED);

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// A bar is between these widths, in columns.
const BAR: (usize, usize) = (6, 24);

/// Words in a moving line get up to so many columns before a bar gets any, and are left out below
/// the smaller number.
const ABOUT: (usize, usize) = (12, 26);

/// Names take no more columns than this, nor more than a third of the line.
const NAME: usize = 28;

/// How far a stage has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount {
    pub(super) unit: &'static str,
    pub(super) done: u64,
    /// Zero: unknown.
    pub(super) total: u64,
}

impl fmt::Display for Amount {
    /// `625 files` when complete, else `412/625 files`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = if self.done == self.total { 0 } else { self.total };
        f.write_str(&format::amount(self.done, total, self.unit))
    }
}

/// The column for names, after this one was seen.
pub(super) fn column(before: usize, name: &str) -> usize {
    text::width(name).clamp(before, NAME.max(before))
}

/// A running stage's line.
pub(super) struct Live {
    name: String,
    /// How wide names stand.
    pub(super) column: usize,
    /// A few words: why it runs, where it is, what it noted; printable.
    pub(super) about: String,
    /// How far; `None`: it has not said yet.
    pub(super) amount: Option<Amount>,
}

impl Live {
    pub(super) fn new(name: &str, column: usize, reason: &str) -> Self {
        let clean = |text: &str| text::clean(text).into_owned();
        Self { name: clean(name), column, about: clean(reason), amount: None }
    }

    /// The line at a moment: `elapsed` seconds into the stage, `rate` units a second (0: unknown).
    ///
    /// Where room is short, the amount goes first, then the time left, the words, a bar, the rate.
    pub(super) fn line(&self, elapsed: f64, rate: f64, width: usize, colour: bool) -> String {
        let frame = (elapsed * 10.0) as usize % SPINNER.len();
        let name = name(&self.name, self.column, width);
        let mut room = width.saturating_sub(2 + text::width(&name));
        let fraction = self
            .amount
            .filter(|amount| amount.total > 0)
            .map(|amount| (amount.done as f64 / amount.total as f64).clamp(0.0, 1.0));
        let (amount, speed, time) = self.figures(elapsed, rate);
        let mut take = |wanted: usize| {
            let fits = wanted > 0 && wanted + 2 <= room;
            if fits {
                room -= wanted + 2;
            }
            fits
        };
        let mut parts = vec![String::new(); 5];
        if take(text::width(&amount)) {
            parts[1] = amount;
        }
        if take(time.len()) {
            parts[3] = time;
        }
        let about = text::width(&self.about);
        let shown = (ABOUT.0..=ABOUT.1).rev().map(|most| about.min(most)).find(|w| take(*w));
        let has_bar = fraction.is_some() && take(BAR.0);
        if take(speed.len()) {
            parts[2] = speed;
        }
        // What is left widens the words, then the bar.
        let wider = shown.map_or(0, |shown| (about - shown).min(room));
        if let Some(shown) = shown {
            parts[4] = text::cut(&self.about, shown + wider).into_owned();
        }
        if let Some(fraction) = fraction.filter(|_| has_bar) {
            parts[0] = bar(fraction, (BAR.0 + room - wider).min(BAR.1), colour);
        }
        parts.retain(|part| !part.is_empty());
        let spinner = paint(CYAN, SPINNER[frame], colour);
        format!("{spinner} {name}  {}", parts.join("  ")).trim_end().to_owned()
    }

    /// Amount, rate, and time left (elapsed, where the end is unknown); empty where not known.
    fn figures(&self, elapsed: f64, rate: f64) -> (String, String, String) {
        let Some(Amount { unit, done, total }) = self.amount else {
            return (String::new(), String::new(), format::clock(elapsed));
        };
        let amount = format::amount(done, total, unit);
        // As wide as it will get, so that nothing behind it moves.
        let widest = format::amount(done.max(total), total, unit).len();
        let known = rate.is_finite() && rate > 0.0;
        let left = total.saturating_sub(done) as f64 / rate;
        let time = match (total, known) {
            (0, _) => format::clock(elapsed),
            (_, true) => format!("{:>4}", format::clock(left)),
            (_, false) => String::new(),
        };
        let speed = if known { format!("{:>7}", format::rate(rate)) } else { String::new() };
        (format!("{amount:>widest$}"), speed, time)
    }
}

/// `━━━━━╸────`, `columns` wide.
fn bar(fraction: f64, columns: usize, colour: bool) -> String {
    let halves = (fraction * 2.0 * columns as f64) as usize;
    let half = if halves % 2 == 1 { "╸" } else { "" };
    let done = format!("{}{half}", "━".repeat(halves / 2));
    let rest = "─".repeat(columns - halves / 2 - halves % 2);
    format!("{}{}", paint(CYAN, &done, colour), paint(DIM, &rest, colour))
}

/// The name, cut and padded into its column.
fn name(name: &str, column: usize, width: usize) -> String {
    let column = column.min(width / 3);
    text::pad(&text::cut_middle(name, column), column)
}

fn paint(style: Style, text: &str, colour: bool) -> String {
    if colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Something that stays on the screen.
pub(super) struct Entry<'a> {
    mark: (Style, &'static str),
    name: Option<&'a str>,
    /// Between name and text: outcome and time.
    middle: String,
    text: &'a str,
}

impl<'a> Entry<'a> {
    /// The run as a whole.
    pub(super) fn plain(text: &'a str) -> Self {
        Self { mark: (DIM, "·"), name: None, middle: String::new(), text }
    }

    /// What a stage noted.
    pub(super) fn note(name: &'a str, text: &'a str) -> Self {
        Self { name: Some(name), ..Self::plain(text) }
    }

    /// A warning about a stage, or about the run.
    pub(super) fn warning(name: Option<&'a str>, text: &'a str) -> Self {
        Self { mark: (YELLOW, "!"), name, ..Self::plain(text) }
    }

    /// The run's last line; `outcome` is `done`, `failed` or `interrupted`.
    pub(super) fn closing(outcome: &str, text: &'a str) -> Self {
        let mark = match outcome {
            "done" => (GREEN, "✓"),
            "failed" => (RED, "✗"),
            _ => (YELLOW, "■"),
        };
        Self { mark, ..Self::plain(text) }
    }

    /// How a stage ended; of a blocked stage, `text` names what blocked it.
    pub(super) fn finished(name: &'a str, outcome: Outcome, seconds: f64, text: &'a str) -> Self {
        let word = format::outcome(outcome);
        let timed = || format!("{word:<8} {:>8}", format::seconds(seconds));
        let (mark, middle) = match outcome {
            Outcome::Ran => ((GREEN, "✓"), timed()),
            Outcome::Fresh => ((DIM, "="), word.to_owned()),
            Outcome::Restored => ((CYAN, "↺"), word.to_owned()),
            Outcome::Failed => ((RED, "✗"), timed()),
            Outcome::Blocked if text.is_empty() => ((YELLOW, "-"), word.to_owned()),
            Outcome::Blocked => ((YELLOW, "-"), format!("{word} by")),
            Outcome::Interrupted if seconds == 0.0 => ((YELLOW, "-"), "not started".into()),
            Outcome::Interrupted => ((YELLOW, "■"), timed()),
        };
        Self { mark, name: Some(name), middle, text }
    }

    /// The entry as lines of at most `width` columns. A text that does not fit beside its name
    /// goes beneath it, indented: an error is for reading, so nothing of it is cut.
    pub(super) fn lines(&self, column: usize, width: usize, colour: bool) -> Vec<String> {
        let mut head = match self.name {
            Some(stage) => format!("{}  {}", name(&text::clean(stage), column, width), self.middle),
            None => String::new(),
        };
        let content = text::clean(self.text);
        let joint = match (&*self.middle, self.name) {
            ("", _) => "",
            (middle, _) if middle.ends_with("by") => " ",
            _ => "   ",
        };
        let beside = 2 + text::width(&head) + joint.len() + text::width(&content) <= width;
        let mut beneath = Vec::new();
        match (beside, self.name) {
            (true, _) => head = format!("{head}{joint}{content}"),
            (false, None) => {
                let mut folded = text::fold(&content, width.saturating_sub(4)).into_iter();
                head = folded.next().unwrap_or_default().to_owned();
                beneath.extend(folded);
            }
            (false, Some(_)) => beneath = text::fold(&content, width.saturating_sub(4)),
        }
        let (style, mark) = self.mark;
        let mut lines = vec![format!("{} {}", paint(style, mark, colour), head.trim_end())];
        lines.extend(beneath.into_iter().map(|line| format!("    {line}")));
        lines
    }
}
