use super::chart::{Axis, bar_width, bars, chart};
use super::panel::Panel;
use crate::columnar::{Summary, Value, quantile};
use crate::text::{percent, significant};
use serde_json::{Value as Json, json};

/// Maximum number of bins of a histogram in JSON.
const MAX_BINS: usize = 40;
/// Interquartile ranges beyond a quartile that are drawn; values farther away are counted.
const FENCE: f64 = 2.5;
/// If this share of the whole range would be drawn, all of it is.
const NEARLY_ALL: f64 = 0.75;
/// Possible numbers of bins for fractions.
const FRACTION_BINS: [usize; 7] = [2, 4, 5, 10, 20, 25, 40];

/// Unit of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A number, its unit in the title.
    Plain,
    /// A fraction, 0 to 1.
    Fraction,
}

/// A distribution of numbers.
pub(super) struct Distribution {
    /// The key in JSON.
    pub key: &'static str,
    title: &'static str,
    unit: Unit,
    sorted: Vec<f64>,
    summary: Summary,
}

/// Counts of equally wide bins, the first from `low`.
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
    /// Computes the distribution of the finite values in `sorted`, which need not be sorted yet; `None` if there are none.
    pub(super) fn compute(
        key: &'static str,
        title: &'static str,
        unit: Unit,
        mut sorted: Vec<f64>,
    ) -> Option<Self> {
        sorted.retain(|value| value.is_finite());
        sorted.sort_by(f64::total_cmp);
        let summary = Summary::of(&sorted)?;
        Some(Self { key, title, unit, sorted, summary })
    }

    /// Returns a table row: title, minimum, quartiles, maximum, mean.
    pub(super) fn row(&self) -> Vec<Value> {
        let numbers = self.summary.quartiles.into_iter().chain([self.summary.mean]);
        let numbers = numbers.map(|number| Value::Text(self.text(number)));
        std::iter::once(self.title.into()).chain(numbers).collect()
    }

    fn text(&self, number: f64) -> String {
        if self.unit == Unit::Fraction { percent(number) } else { significant(number, 3) }
    }

    fn axis_end(&self, number: f64) -> String {
        let is_fraction = self.unit == Unit::Fraction;
        if is_fraction { format!("{:.0} %", number * 100.0) } else { significant(number, 3) }
    }

    /// Returns the histogram in at most `bins` bins.
    fn histogram(&self, bins: usize) -> Histogram {
        let (min, max) = self.drawn_range();
        let whole = self.sorted.iter().all(|value| value.fract() == 0.0);
        let bins = bins.max(2);
        let is_fraction = self.unit == Unit::Fraction;
        let (step, low, drawn) = if is_fraction {
            let drawn = FRACTION_BINS.into_iter().rfind(|drawn| *drawn <= bins).unwrap_or(2);
            (1.0 / drawn as f64, 0.0, drawn)
        } else {
            let step = nice_step(max - min, whole, bins);
            let low = (min / step).floor() * step;
            (step, low, bin(max, low, step).min(bins - 1) + 1)
        };
        let mut counts = vec![0; drawn];
        let (mut below, mut above) = (0, 0);
        for &value in &self.sorted {
            // 100 % belongs to the last bin.
            let last = is_fraction && value >= 1.0;
            match counts.get_mut(if last { drawn - 1 } else { bin(value, low, step) }) {
                _ if value < low => below += 1,
                Some(count) => *count += 1,
                None => above += 1,
            }
        }
        let single = whole && step == 1.0 && !is_fraction;
        Histogram { low, step, single, counts, below, above }
    }

    /// Returns the range to draw: all values except outliers (Tukey's fences), which would leave the rest no room.
    fn drawn_range(&self) -> (f64, f64) {
        let [min, mut low, _, mut high, max] = self.summary.quartiles;
        if self.unit == Unit::Fraction {
            return (0.0, 1.0);
        }
        if low == high {
            (low, high) = (quantile(&self.sorted, 0.02), quantile(&self.sorted, 0.98));
        }
        let reach = FENCE * (high - low);
        let (from, to) = (min.max(low - reach), max.min(high + reach));
        if reach == 0.0 || to - from >= NEARLY_ALL * (max - min) { (min, max) } else { (from, to) }
    }
}

/// Returns the smallest round number (a whole one for whole numbers) as the width of at most `bins` bins.
fn nice_step(range: f64, whole: bool, bins: usize) -> f64 {
    let least = range / (bins - 1) as f64;
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

impl Panel for Distribution {
    fn render(&self, columns: usize) -> String {
        let Histogram { low, step, single, counts, below, above } = self.histogram(columns);
        let high = low + step * (counts.len() - usize::from(single)) as f64;
        let axis = Axis { low: self.axis_end(low), high: self.axis_end(high), below, above };
        let drawn = counts.len() * bar_width(counts.len(), columns);
        chart(self.title, bars(&counts, columns), axis.lines(drawn, columns), columns)
    }

    fn to_json(&self) -> Json {
        let [min, low, median, high, max] = self.summary.quartiles;
        let Histogram { low: from, step, counts, below, above, .. } = self.histogram(MAX_BINS);
        json!({
            "min": min, "25%": low, "median": median, "75%": high, "max": max, "mean": self.summary.mean,
            "histogram": { "from": from, "step": step, "counts": counts, "below": below, "above": above },
        })
    }
}
