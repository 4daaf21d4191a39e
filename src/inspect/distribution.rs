use serde_json::{Value as Json, json};

use super::chart::{Axis, draw, thickness};
use crate::columnar::{Summary, Value, quantile};
use crate::text::{percent, significant};

/// Bins of a histogram in JSON, at most.
const BINS: usize = 40;
/// Interquartile ranges beyond a quartile that are drawn: what lies farther is counted.
const FENCE: f64 = 2.5;
/// Where this share of the whole range would be drawn anyway, all of it is.
const NEARLY_ALL: f64 = 0.75;

/// Into how many equal ranges shares of a whole may fall.
const SHARES: [usize; 7] = [2, 4, 5, 10, 20, 25, 40];

/// What the numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// What the title says.
    Plain,
    /// Fractions of something, 0 to 1.
    Share,
}

/// How some numbers are distributed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Distribution {
    title: &'static str,
    unit: Unit,
    sorted: Vec<f64>,
    summary: Summary,
}

/// Counts of equally wide ranges, the first from `low`.
struct Histogram {
    low: f64,
    step: f64,
    /// Whether each bin holds a single whole number, not a range.
    single: bool,
    counts: Vec<u64>,
    below: u64,
    above: u64,
}

impl Distribution {
    /// The distribution of `values`; nothing for no values.
    pub fn of(title: &'static str, unit: Unit, values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let summary = Summary::of(&sorted)?;
        Some(Self { title, unit, sorted, summary })
    }

    /// A row of a table: title, minimum, quartiles, maximum, mean.
    pub fn row(&self) -> Vec<Value> {
        let numbers = self.summary.quartiles.into_iter().chain([self.summary.mean]);
        let mut row = vec![Value::from(self.title)];
        row.extend(numbers.map(|number| Value::Text(self.text(number))));
        row
    }

    /// The histogram as a drawing.
    pub fn draw(&self, columns: usize) -> String {
        let shape = self.histogram(columns);
        let bins = shape.counts.len();
        let mut lines = vec![self.title.to_owned()];
        lines.extend(draw(&shape.counts, columns));
        let end = shape.low + shape.step * count(bins - usize::from(shape.single));
        let drawn = bins * thickness(bins, columns);
        lines.extend(
            Axis {
                low: self.end(shape.low),
                high: self.end(end),
                below: shape.below,
                above: shape.above,
            }
            .lines(drawn, columns),
        );
        lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    pub fn to_json(&self) -> Json {
        let [min, low, median, high, max] = self.summary.quartiles;
        let Histogram { low: from, step, counts, below, above, .. } = self.histogram(BINS);
        json!({
            "min": min, "25%": low, "median": median, "75%": high, "max": max, "mean": self.summary.mean,
            "histogram": { "from": from, "step": step, "counts": counts, "below": below, "above": above },
        })
    }

    fn text(&self, number: f64) -> String {
        match self.unit {
            Unit::Share => percent(number),
            Unit::Plain => significant(number, 3),
        }
    }

    /// An end of the axis.
    fn end(&self, number: f64) -> String {
        match self.unit {
            Unit::Share => format!("{:.0} %", number * 100.0),
            Unit::Plain => significant(number, 3),
        }
    }

    /// The histogram in at most so many bins.
    fn histogram(&self, bins: usize) -> Histogram {
        let (least, most) = self.drawn_range();
        let whole = self.sorted.iter().all(|value| value.fract() == 0.0);
        let bins = bins.max(2);
        let (step, low, drawn) = if self.unit == Unit::Share {
            let drawn = SHARES.into_iter().rfind(|drawn| *drawn <= bins).unwrap_or(2);
            (1.0 / count(drawn), 0.0, drawn)
        } else {
            let step = nice_step(most - least, whole, bins);
            let low = (least / step).floor() * step;
            (step, low, bin(most, low, step).min(bins - 1) + 1)
        };
        let mut counts = vec![0; drawn];
        let (mut below, mut above) = (0, 0);
        for &value in &self.sorted {
            // All of something belongs to the last share, which has no range beyond it.
            let last = self.unit == Unit::Share && value >= 1.0;
            match counts.get_mut(if last { drawn - 1 } else { bin(value, low, step) }) {
                _ if value < low => below += 1,
                Some(count) => *count += 1,
                None => above += 1,
            }
        }
        Histogram {
            low,
            step,
            single: whole && step == 1.0 && self.unit == Unit::Plain,
            counts,
            below,
            above,
        }
    }

    /// What is drawn: all, but for a few values far out (Tukey's fences), which would leave the rest no room.
    fn drawn_range(&self) -> (f64, f64) {
        let [least, mut low, _, mut high, most] = self.summary.quartiles;
        if self.unit == Unit::Share {
            return (0.0, 1.0);
        }
        if low == high {
            (low, high) = (quantile(&self.sorted, 0.02), quantile(&self.sorted, 0.98));
        }
        let reach = FENCE * (high - low);
        let (from, to) = (least.max(low - reach), most.min(high + reach));
        if reach == 0.0 || to - from >= NEARLY_ALL * (most - least) {
            (least, most)
        } else {
            (from, to)
        }
    }
}

/// The least round number (a whole one for whole numbers) that needs at most so many bins, wherever the first begins.
fn nice_step(range: f64, whole: bool, bins: usize) -> f64 {
    let least = range / count(bins - 1);
    if whole && least <= 1.0 || least <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 2.5, 4.0, 5.0, 8.0, 10.0, 20.0];
    let fits = |step: &f64| *step >= least && (!whole || step.fract() == 0.0);
    factors.into_iter().map(|factor| factor * power).find(fits).unwrap_or(least)
}

fn bin(value: f64, low: f64, step: f64) -> usize {
    ((value - low) / step).floor().clamp(0.0, 1e6) as usize
}

fn count(bins: usize) -> f64 {
    bins as f64
}
