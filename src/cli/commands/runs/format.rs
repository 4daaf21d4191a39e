//! How the three commands word what they show.

use super::counts;
use crate::event::Outcome;
use crate::history::{Metric, PastRun, PastStage, RunStatus};
use crate::metrics::direction::YARDSTICK;
use crate::progress::tally_outcomes;
use crate::text::style::{BAD, BUSY, GOOD, HINT, PLAIN};
use crate::text::{count, duration};
use anstyle::Style;

/// Stands where nothing is known.
pub(super) const NOTHING: &str = "-";

pub(super) fn outcome(outcome: RunStatus) -> (&'static str, Style) {
    match outcome {
        RunStatus::Done => ("done", GOOD),
        RunStatus::Fresh => ("fresh", GOOD),
        RunStatus::Failed => ("failed", BAD),
        RunStatus::Interrupted => ("interrupted", BUSY),
        RunStatus::Running => ("running", HINT),
        RunStatus::Unfinished => ("unfinished", BUSY),
    }
}

/// A stage's outcome; one without an end had begun.
pub(super) fn stage(stage: &PastStage) -> (&'static str, Style) {
    match stage.outcome {
        None => ("begun", BUSY),
        Some(outcome) => {
            let style = match outcome {
                Outcome::Ran | Outcome::Restored => GOOD,
                Outcome::Fresh => PLAIN,
                Outcome::Failed => BAD,
                Outcome::Blocked | Outcome::Interrupted => BUSY,
            };
            (outcome.into(), style)
        }
    }
}

/// `2026-11-22 18:55:55` out of `2026-11-22T18:55:55Z`.
pub(super) fn time(utc: &str) -> String {
    utc.trim_end_matches('Z').replacen('T', " ", 1)
}

pub(super) fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| NOTHING.to_owned(), duration)
}

/// `2 ran, 4 fresh`, and what had begun when it was killed.
pub(super) fn tally(run: &PastRun) -> String {
    let begun = run.stages.iter().filter(|stage| stage.outcome.is_none()).count();
    let ended = tally_outcomes(&counts(run));
    match (ended.is_empty(), begun) {
        (_, 0) => ended,
        (true, _) => format!("{begun} begun"),
        (false, _) => format!("{ended}, {begun} begun"),
    }
}

/// Places after the point for numbers that stand beside each other: none where all are whole.
pub(super) fn places(numbers: &[f64]) -> usize {
    let largest = numbers.iter().copied().map(f64::abs).fold(0.0, f64::max);
    if largest == 0.0 || numbers.iter().all(|number| number.fract() == 0.0) {
        return 0;
    }
    // Four digits that count, at most six places.
    (3.0 - largest.log10().floor()).clamp(1.0, 6.0) as usize
}

pub(super) fn number(number: f64, places: usize) -> String {
    let sign = if number < 0.0 { "-" } else { "" };
    match places {
        0 if number.abs() < 1e15 => format!("{sign}{}", count(number.abs() as u64)),
        places => format!("{number:.places$}"),
    }
}

/// With its sign; one that would vanish among the places is given as a power of ten.
pub(super) fn difference(difference: f64, places: usize) -> String {
    let text = number(difference, places);
    if difference == 0.0 {
        return "=".to_owned();
    }
    if text.chars().all(|c| matches!(c, '-' | '0' | '.')) {
        return format!("{difference:+.0e}");
    }
    if difference > 0.0 { format!("+{text}") } else { text }
}

pub(super) fn figure(figure: Option<&Metric>, places: usize) -> String {
    match figure {
        Some(Metric::Number(value)) => number(*value, places),
        Some(Metric::Text(text)) => text.clone(),
        Some(Metric::Absent) | None => NOTHING.to_owned(),
    }
}

/// What a stage took; blank for one that had nothing to do.
pub(super) fn took(stage: &PastStage) -> String {
    let worked = stage.seconds >= 0.05 || stage.outcome == Some(Outcome::Ran);
    if worked { duration(stage.seconds) } else { String::new() }
}

/// The figures that a person is shown: a song's features are many, and the report draws them better;
/// of a baseline its F1 will do, of a distribution its median, and nats are bits.
pub(super) fn is_shown(name: &str) -> bool {
    let baseline = name.starts_with(YARDSTICK) && !name.ends_with(".f1");
    let nearest = name.contains(".nearest_training.") || name.contains(".nearest_moved.");
    let spread = nearest && !name.ends_with(".median");
    let feature = name.contains(".features.")
        || (name.contains(".within_quartiles.") && !name.ends_with(".count"));
    let reference = name.starts_with("two_sample.") && !name.starts_with("two_sample.drawn.");
    let part = name.contains(".sections.") && !name.ends_with(".named");
    let about_the_search = name.starts_with("copying.");
    let other = feature || baseline || spread || reference || part || about_the_search;
    !(other || name == "latent.kl_bits")
}

/// What matters most comes first.
pub(super) fn rank(name: &str) -> usize {
    const ORDER: [&str; 7] = [
        "reconstruction.f1",
        "reconstruction.baselines.",
        "reconstruction.",
        "latent.",
        "songs.",
        "real.",
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
            let places = places(&[a, b]);
            [number(a, places), number(b, places), difference(b - a, places)]
        };
        assert_eq!(both(0.29412, 0.301), ["0.2941", "0.3010", "+0.0069"]);
        assert_eq!(both(40.0, 38.0), ["40", "38", "-2"]);
        assert_eq!(both(1_234_567.0, 1_234_567.0), ["1,234,567", "1,234,567", "="]);
        assert_eq!(both(12.5, 12.500_001), ["12.50", "12.50", "+1e-6"]);
        assert_eq!(both(-3.25, 0.0), ["-3.250", "0.000", "+3.250"]);
    }

    #[test]
    fn of_what_is_many_numbers_a_person_is_shown_one() {
        for shown in [
            "reconstruction.average_precision",
            "songs.nearest_training.median",
            "songs.within_quartiles.count",
            "two_sample.drawn.classifier_accuracy",
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
            "two_sample.drawn.features.onsets.overlap",
        ] {
            assert!(!is_shown(hidden), "{hidden}");
        }
    }
}
