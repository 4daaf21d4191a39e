//! Formats values for all three commands.

use super::counts;
use crate::event::Outcome;
use crate::history::{Metric, PastRun, PastStage, RunStatus};
use crate::metrics::direction::BASELINES;
use crate::progress::tally_outcomes;
use crate::text::style::{BAD, BOLD, BUSY, GOOD, HINT, PLAIN};
use crate::text::{self, Cell, TextTable, duration, fixed};
use anstyle::Style;

/// Shown for a missing value.
pub(super) const NOTHING: &str = "-";

/// A heading of a table.
pub(super) fn heading(text: &str) -> Cell {
    Cell::styled(text, BOLD)
}

/// A titled table and the text below it; empty if both are.
pub(super) fn section(title: &str, table: &TextTable, below: &str, limit: usize) -> String {
    if table.is_empty() && below.is_empty() {
        return String::new();
    }
    format!("\n{BOLD}{title}{BOLD:#}\n{}{below}", table.render(limit))
}

pub(super) fn status(status: RunStatus) -> Cell {
    Cell::styled(<&str>::from(status), status_style(status))
}

pub(super) fn status_style(status: RunStatus) -> Style {
    match status {
        RunStatus::Done | RunStatus::Fresh => GOOD,
        RunStatus::Failed => BAD,
        RunStatus::Running => HINT,
        RunStatus::Interrupted | RunStatus::Unfinished => BUSY,
    }
}

/// A stage's outcome; `started` without an end.
pub(super) fn outcome(stage: &PastStage) -> Cell {
    let Some(outcome) = stage.outcome else { return Cell::styled("started", BUSY) };
    let style = match outcome {
        Outcome::Ran | Outcome::Restored => GOOD,
        Outcome::Fresh => PLAIN,
        Outcome::Failed => BAD,
        Outcome::Blocked | Outcome::Interrupted | Outcome::NotStarted => BUSY,
    };
    Cell::styled(<&str>::from(outcome), style)
}

/// `2026-11-22 18:55:55` of `2026-11-22T18:55:55Z`.
pub(super) fn time(utc: &str) -> String {
    utc.trim_end_matches('Z').replacen('T', " ", 1)
}

pub(super) fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| NOTHING.to_owned(), duration)
}

/// `2 ran, 4 fresh, 1 started`.
pub(super) fn tally(run: &PastRun) -> String {
    let started = run.stages.iter().filter(|stage| stage.outcome.is_none()).count();
    let started = (started > 0).then(|| format!("{started} started"));
    let ended = Some(tally_outcomes(&counts(run))).filter(|ended| !ended.is_empty());
    ended.into_iter().chain(started).collect::<Vec<_>>().join(", ")
}

/// Returns the number of decimals that shows four significant digits of the largest number; none if all are
/// whole.
pub(super) fn decimals<'a>(metrics: impl IntoIterator<Item = &'a Metric>) -> usize {
    let numbers: Vec<f64> = metrics.into_iter().filter_map(number).collect();
    let largest = numbers.iter().copied().map(f64::abs).fold(0.0, f64::max);
    let are_whole = numbers.iter().all(|number| number.fract() == 0.0);
    if are_whole { 0 } else { text::decimals(largest, 4).clamp(1, 6) }
}

fn number(metric: &Metric) -> Option<f64> {
    if let Metric::Number(number) = metric { Some(*number) } else { None }
}

/// A difference with its sign; as a power of ten if it would round to zero.
pub(super) fn difference(difference: f64, decimals: usize) -> String {
    let text = fixed(difference, decimals);
    if difference == 0.0 {
        return "=".to_owned();
    }
    if text.chars().all(|c| matches!(c, '-' | '0' | '.')) {
        return format!("{difference:+.0e}");
    }
    if difference > 0.0 { format!("+{text}") } else { text }
}

pub(super) fn metric(metric: Option<&Metric>, decimals: usize) -> String {
    match metric {
        Some(Metric::Number(value)) => fixed(*value, decimals),
        Some(Metric::Text(text)) => text.clone(),
        Some(Metric::Absent) | None => NOTHING.to_owned(),
    }
}

/// The run time of a stage; empty if it had nothing to do.
pub(super) fn took(stage: &PastStage) -> String {
    let worked = stage.seconds >= 0.05 || stage.outcome == Some(Outcome::Ran);
    if worked { duration(stage.seconds) } else { String::new() }
}

/// Returns whether a metric is shown. Left out are the many features of songs, which the report draws, all of
/// a baseline except its F1, all of a distribution except its median, and nats in bits.
pub(super) fn is_shown(name: &str) -> bool {
    let baseline = name.starts_with(BASELINES) && !name.ends_with(".f1");
    let nearest = name.contains(".nearest_training.") || name.contains(".nearest_moved.");
    let spread = nearest && !name.ends_with(".median");
    let feature = name.contains(".features.")
        || (name.contains(".within_quartiles.") && !name.ends_with(".count"));
    let reference = name.starts_with("two_sample.") && !name.starts_with("two_sample.drawn.");
    let judge = name.starts_with("judges.") && !name.starts_with("judges.worst.");
    let part = name.contains(".sections.") && !name.ends_with(".named");
    let about_the_search = name.starts_with("copying.");
    let other = feature || baseline || spread || reference || judge || part || about_the_search;
    !(other || name == "latent.kl_bits")
}

/// Sort key of a metric, the most important first.
pub(super) fn rank(name: &str) -> usize {
    const ORDER: [&str; 9] = [
        "reconstruction.f1",
        "reconstruction.baselines.",
        "reconstruction.",
        "latent.",
        "songs.",
        "real.",
        "judges.",
        "coder.",
        "two_sample.",
    ];
    ORDER.iter().position(|prefix| name.starts_with(prefix)).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits_and_tiny_differences_show() {
        let both = |a: f64, b: f64| {
            let decimals = decimals(&[a, b].map(Metric::Number));
            [fixed(a, decimals), fixed(b, decimals), difference(b - a, decimals)]
        };
        assert_eq!(both(0.29412, 0.301), ["0.2941", "0.3010", "+0.0069"]);
        assert_eq!(both(40.0, 38.0), ["40", "38", "-2"]);
        assert_eq!(both(1_234_567.0, 1_234_567.0), ["1,234,567", "1,234,567", "="]);
        assert_eq!(both(12.5, 12.500_001), ["12.50", "12.50", "+1e-6"]);
        assert_eq!(both(-3.25, 0.0), ["-3.250", "0.000", "+3.250"]);
    }

    #[test]
    fn one_metric_of_each_distribution_is_shown() {
        for shown in [
            "reconstruction.average_precision",
            "songs.nearest_training.median",
            "songs.within_quartiles.count",
            "two_sample.drawn.classifier_accuracy",
            "judges.worst.accuracy",
        ] {
            assert!(is_shown(shown), "{shown}");
        }
        for hidden in [
            "songs.features.onsets.median",
            "songs.nearest_training.q1",
            "songs.nearest_moved.max",
            "songs.sections.verse",
            "copying.shortlist",
            "songs.within_quartiles.pitch_range",
            "two_sample.noise.recall",
            "judges.trees.null",
            "two_sample.drawn.features.onsets.overlap",
        ] {
            assert!(!is_shown(hidden), "{hidden}");
        }
    }
}
