use serde_json::{Value as Json, json};

use crate::columnar::query::{Summary, quantile};
use crate::columnar::render::{cut, fixed_or_significant, histogram, thousands, width, wrap};

/// Bins of a histogram, at most.
const BINS: usize = 40;
/// Rows of a histogram on the screen.
const ROWS: usize = 3;

/// How some numbers are distributed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Distribution {
    title: &'static str,
    summary: Summary,
    low: f64,
    step: f64,
    /// Whether each bin holds a single whole number, not a range.
    single: bool,
    counts: Vec<u64>,
    above: u64,
}

impl Distribution {
    /// The distribution of `values`; nothing for no values. A long tail is counted, not drawn: where the maximum lies
    /// far beyond the 98th percentile, the histogram ends there.
    pub fn of(title: &'static str, values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let summary = Summary::of(&sorted)?;
        let (least, most) = (summary.quartiles[0], summary.quartiles[4]);
        let percentile = quantile(&sorted, 0.98);
        let end = if most - least > 1.5 * (percentile - least) { percentile } else { most };
        let whole = sorted.iter().all(|value| value.fract() == 0.0);
        let step = nice_step(end - least, whole);
        let low = (least / step).floor() * step;
        let mut counts = vec![0; bin(end, low, step) + 1];
        let mut above = 0;
        for value in sorted {
            match counts.get_mut(bin(value, low, step)) {
                Some(count) => *count += 1,
                None => above += 1,
            }
        }
        let single = whole && step == 1.0;
        Some(Self { title, summary, low, step, single, counts, above })
    }

    pub fn render(&self, columns: usize) -> String {
        let names = ["min", "25%", "median", "75%", "max", "mean"];
        let [min, low, median, high, max] = self.summary.quartiles;
        let numbers = [min, low, median, high, max, self.summary.mean];
        let words = names.iter().zip(numbers);
        let words = words.map(|(name, number)| format!("{name} {}", number_text(number)));
        let mut lines = wrap(&format!("{}:", self.title), &words.collect::<Vec<_>>(), columns);
        lines.extend(draw(&self.counts, columns));
        let drawn = self.counts.len() * thickness(self.counts.len(), columns);
        let end = self.low + self.step * count(self.counts.len() - usize::from(self.single));
        let mut axis = axis(&number_text(self.low), &number_text(end), drawn);
        if self.above > 0 {
            axis.push_str(&format!("  (and {} above)", thousands(self.above)));
        }
        lines.push(axis);
        lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    pub fn to_json(&self) -> Json {
        let [min, low, median, high, max] = self.summary.quartiles;
        json!({
            "min": min, "25%": low, "median": median, "75%": high, "max": max, "mean": self.summary.mean,
            "histogram": { "from": self.low, "step": self.step, "counts": self.counts, "above": self.above },
        })
    }
}

/// Counts of consecutive places, such as pitches: `(title, label of the first, label of the last, counts)`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Places {
    /// What the places are.
    pub title: String,
    /// Names of the first and the last.
    pub ends: [String; 2],
    /// One count a place.
    pub counts: Vec<u64>,
}

impl Places {
    pub fn render(&self, columns: usize) -> String {
        let mut lines = vec![cut(&self.title, columns)];
        lines.extend(draw(&self.counts, columns));
        let drawn = self.counts.len() * thickness(self.counts.len(), columns);
        lines.push(axis(&self.ends[0], &self.ends[1], drawn));
        lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}

fn draw(counts: &[u64], columns: usize) -> impl Iterator<Item = String> {
    // More places than columns: neighbours share a block.
    let together = counts.len().div_ceil(columns.saturating_sub(2).max(1)).max(1);
    let merged: Vec<u64> = counts.chunks(together).map(|chunk| chunk.iter().sum()).collect();
    let rows = histogram(&merged, ROWS, thickness(merged.len(), columns));
    rows.into_iter().map(|row| format!("  {row}"))
}

fn thickness(bins: usize, columns: usize) -> usize {
    (columns.saturating_sub(2) / bins.max(1)).clamp(1, 4)
}

/// The labels of both ends below a drawing of `drawn` columns.
fn axis(low: &str, high: &str, drawn: usize) -> String {
    let space = drawn.saturating_sub(width(low) + width(high)).max(1);
    format!("  {low}{}{high}", " ".repeat(space))
}

fn number_text(number: f64) -> String {
    fixed_or_significant(&[number]).concat()
}

/// The least of 1, 2, 5, 10, 20, ... (and, but for whole numbers, their fractions) that needs at most [`BINS`] bins.
fn nice_step(range: f64, whole: bool) -> f64 {
    let least = range / count(BINS - 1);
    if whole && least <= 1.0 || least <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    factors.into_iter().map(|factor| factor * power).find(|step| *step >= least).unwrap_or(least)
}

fn bin(value: f64, low: f64, step: f64) -> usize {
    ((value - low) / step).floor().clamp(0.0, 1e6) as usize
}

fn count(bins: usize) -> f64 {
    bins as f64
}
