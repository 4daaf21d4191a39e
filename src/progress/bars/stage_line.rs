use super::super::format::done_of_total;
use super::entry::{name_cell, paint};
use crate::spec::StageId;
use crate::text::style::{DIM, HINT};
use crate::text::{clock, rate, sanitize, truncate, width};
use std::fmt;

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Minimum and maximum width of a bar.
const BAR_WIDTH: (usize, usize) = (6, 24);

/// The words of a line get up to the larger width before a bar gets any, and are left out below the smaller.
const ABOUT_WIDTH: (usize, usize) = (12, 26);

/// Progress of a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StageProgress {
    pub(super) unit: &'static str,
    pub(super) done: u64,
    /// 0 if unknown.
    pub(super) total: u64,
}

impl fmt::Display for StageProgress {
    /// `625 files` if complete, otherwise `412/625 files`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = if self.done == self.total { 0 } else { self.total };
        f.write_str(&done_of_total(self.done, total, self.unit))
    }
}

/// A running stage's line.
pub(super) struct StageLine {
    name: String,
    /// Width of the column of names.
    pub(super) name_width: usize,
    /// Why the stage runs, where it is, or its last note; sanitized.
    pub(super) about: String,
    /// `None` before the first progress.
    pub(super) progress: Option<StageProgress>,
}

impl StageLine {
    /// The line of a stage that starts for `reason`.
    pub(super) fn new(stage: &StageId, name_width: usize, reason: &str) -> Self {
        let (name, about) = (sanitize(&stage.0).into_owned(), sanitize(reason).into_owned());
        Self { name, name_width, about, progress: None }
    }

    /// Formats the line `elapsed` seconds into the stage at `rate` units per second (0 if unknown).
    ///
    /// If there is not enough room, the first to get some is the amount, then the time left, the words, the bar,
    /// the rate.
    pub(super) fn format(&self, elapsed: f64, rate: f64, columns: usize, colour: bool) -> String {
        let frame = (elapsed * 10.0) as usize % SPINNER.len();
        let name = name_cell(&self.name, self.name_width, columns);
        let mut room = columns.saturating_sub(2 + width(&name));
        let mut fits = |wanted: usize| {
            let fits = wanted > 0 && wanted + 2 <= room;
            room -= if fits { wanted + 2 } else { 0 };
            fits
        };
        let [amount, speed, time] = self.numbers(elapsed, rate);
        let fraction = self.progress.filter(|progress| progress.total > 0);
        let fraction = fraction.map(|p| (p.done as f64 / p.total as f64).clamp(0.0, 1.0));
        let all = width(&self.about);
        let amount = Some(amount).filter(|amount| fits(width(amount)));
        let time = Some(time).filter(|time| fits(time.len()));
        let about =
            (ABOUT_WIDTH.0..=ABOUT_WIDTH.1).rev().map(|max| all.min(max)).find(|w| fits(*w));
        let fraction = fraction.filter(|_| fits(BAR_WIDTH.0));
        let speed = Some(speed).filter(|speed| fits(speed.len()));
        // The rest widens the words, then the bar.
        let wider = about.map_or(0, |about| (all - about).min(room));
        let about = about.map(|about| truncate(&self.about, about + wider).into_owned());
        let bar_width = (BAR_WIDTH.0 + room - wider).min(BAR_WIDTH.1);
        let bar = fraction.map(|fraction| bar(fraction, bar_width, colour));
        let parts: Vec<_> = [bar, amount, speed, time, about].into_iter().flatten().collect();
        let spinner = paint(HINT, SPINNER[frame], colour);
        format!("{spinner} {name}  {}", parts.join("  ")).trim_end().to_owned()
    }

    /// Returns amount, rate, and time left (elapsed if the total is unknown); empty if not known.
    fn numbers(&self, elapsed: f64, per_second: f64) -> [String; 3] {
        let Some(StageProgress { unit, done, total }) = self.progress else {
            return [String::new(), String::new(), clock(elapsed)];
        };
        // As wide as it will get, so that nothing behind it moves.
        let widest = done_of_total(done.max(total), total, unit).len();
        let amount = format!("{:>widest$}", done_of_total(done, total, unit));
        let is_known = per_second.is_finite() && per_second > 0.0;
        let left = total.saturating_sub(done) as f64 / per_second;
        let time = match (total, is_known) {
            (0, _) => clock(elapsed),
            (_, true) => format!("{:>4}", clock(left)),
            (_, false) => String::new(),
        };
        let speed = if is_known { format!("{:>7}", rate(per_second)) } else { String::new() };
        [amount, speed, time]
    }
}

/// Draws `━━━━━╸────`, `columns` wide.
fn bar(fraction: f64, columns: usize, colour: bool) -> String {
    let halves = (fraction * 2.0 * columns as f64) as usize;
    let half = if halves % 2 == 1 { "╸" } else { "" };
    let done = format!("{}{half}", "━".repeat(halves / 2));
    let rest = "─".repeat(columns - halves / 2 - halves % 2);
    format!("{}{}", paint(HINT, &done, colour), paint(DIM, &rest, colour))
}
