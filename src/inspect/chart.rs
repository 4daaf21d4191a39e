//! Charts of counts and curves, with their axes.

use super::bars::histogram;
use super::panel::Panel;
use crate::text::{count, significant, truncate_middle, width};
use serde_json::{Value as Json, json};

/// Rows of a chart.
const ROWS: usize = 4;
/// Maximum columns of a bar.
const MAX_BAR: usize = 4;

/// A chart of counts at consecutive places, such as pitches.
pub(super) struct CountChart {
    pub title: String,
    /// Labels of some places, by index.
    pub marks: Vec<(usize, String)>,
    /// Names of the first and the last place, in JSON.
    pub ends: [String; 2],
    /// One count per place.
    pub counts: Vec<u64>,
}

impl CountChart {
    /// Returns the marks below their places; those without room are left out.
    fn axis(&self, columns: usize) -> String {
        let per_bar = places_per_bar(self.counts.len(), columns);
        let bar = bar_width(self.counts.len().div_ceil(per_bar), columns);
        let mut line = String::new();
        for (place, mark) in &self.marks {
            let (at, end) = (place / per_bar * bar, width(&line));
            let free = if line.is_empty() { 0 } else { end + 1 };
            if at >= free && at + width(mark) <= columns {
                line += &format!("{:space$}{mark}", "", space = at - end);
            }
        }
        line
    }
}

impl Panel for CountChart {
    fn render(&self, columns: usize) -> String {
        chart(&self.title, bars(&self.counts, columns), vec![self.axis(columns)], columns)
    }

    fn to_json(&self) -> Json {
        let [first, last] = &self.ends;
        json!({ "first": first, "last": last, "counts": self.counts })
    }
}

/// Joins title, bars and axis.
pub(super) fn chart(title: &str, bars: Vec<String>, axis: Vec<String>, columns: usize) -> String {
    let title = truncate_middle(title, columns).into_owned();
    let lines = std::iter::once(title).chain(bars).chain(axis);
    lines.map(|line| line + "\n").collect()
}

/// The ends of a histogram's axis.
pub(super) struct Axis {
    pub low: String,
    pub high: String,
    /// Number of values below the axis.
    pub below: u64,
    /// Number of values above the axis.
    pub above: u64,
}

impl Axis {
    /// Returns the axis of a chart that is `drawn` columns wide. Values beyond it are counted on the same line if
    /// there is room, otherwise on a second one.
    pub(super) fn lines(&self, drawn: usize, columns: usize) -> Vec<String> {
        let Self { low, high, below, above } = self;
        let space = drawn.saturating_sub(width(low) + width(high)).max(1);
        let axis = format!("{low}{:space$}{high}", "");
        let beyond = match [*below, *above] {
            [0, 0] => return vec![axis],
            [0, above] => format!("{} more", count(above)),
            [below, 0] => format!("{} less", count(below)),
            [below, above] => format!("{} less, {} more", count(below), count(above)),
        };
        let line = format!("{axis} … {beyond}");
        if width(&line) <= columns && *below == 0 {
            return vec![line];
        }
        vec![axis, truncate_middle(&format!("({beyond})"), columns).into_owned()]
    }
}

/// Draws counts as bars; if there are more counts than columns, neighbours share a bar.
pub(super) fn bars(counts: &[u64], columns: usize) -> Vec<String> {
    let chunks = counts.chunks(places_per_bar(counts.len(), columns));
    let merged: Vec<u64> = chunks.map(|chunk| chunk.iter().sum()).collect();
    histogram(&merged, ROWS, bar_width(merged.len(), columns))
}

fn places_per_bar(places: usize, columns: usize) -> usize {
    places.div_ceil(columns.max(1)).max(1)
}

/// Returns the columns of each of `bars` bars.
pub(super) fn bar_width(bars: usize, columns: usize) -> usize {
    (columns / bars.max(1)).clamp(1, MAX_BAR)
}

/// A chart of a number over time.
pub(super) struct Curve {
    pub title: &'static str,
    /// At least one value.
    pub values: Vec<f64>,
}

impl Panel for Curve {
    /// Draws a bar per value, starting a little below the smallest. Of more values than columns, some are skipped.
    fn render(&self, columns: usize) -> String {
        let bars = self.values.len().min(columns).max(1);
        let last = self.values.len().saturating_sub(1);
        let at = |bar: usize| self.values.get(bar * last / (bars - 1).max(1)).copied();
        let values: Vec<f64> = (0..bars).filter_map(at).collect();
        let finite = values.iter().copied().filter(|value| value.is_finite());
        let min = finite.clone().fold(f64::INFINITY, f64::min);
        let range = finite.fold(f64::NEG_INFINITY, f64::max) - min;
        let height = |value: &f64| match value.is_finite() {
            false => 0,
            true if range > 0.0 => 100 + ((value - min) / range * 900.0) as u64,
            true => 500,
        };
        let heights: Vec<u64> = values.iter().map(height).collect();
        let bar = bar_width(bars, columns);
        let text = |end: Option<&f64>| end.map(|value| significant(*value, 3)).unwrap_or_default();
        let (low, high) = (text(self.values.first()), text(self.values.last()));
        let axis = Axis { low, high, below: 0, above: 0 }.lines(bars * bar, columns);
        chart(self.title, histogram(&heights, ROWS, bar), axis, columns)
    }

    fn to_json(&self) -> Json {
        json!(self.values)
    }
}
