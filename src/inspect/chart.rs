//! Drawings of counts, and the axes below them.

use super::bars::histogram;
use crate::text::{count, significant, truncate_middle, width};

/// Rows of a drawing on the screen.
const ROWS: usize = 4;
/// Columns of a bar, at most.
const THICKEST: usize = 4;

/// Counts of consecutive places, such as pitches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Places {
    /// What the places are.
    pub title: String,
    /// Names of some places, by index.
    pub marks: Vec<(usize, String)>,
    /// Names of the first and the last, for programs.
    pub ends: [String; 2],
    /// One count a place.
    pub counts: Vec<u64>,
}

impl Places {
    pub fn draw(&self, columns: usize) -> String {
        let mut lines = vec![truncate_middle(&self.title, columns).into_owned()];
        lines.extend(draw(&self.counts, columns));
        lines.push(self.axis(columns));
        lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    /// The marks below their places; one without room is left out.
    fn axis(&self, columns: usize) -> String {
        let together = together(self.counts.len(), columns);
        let thick = thickness(self.counts.len().div_ceil(together), columns);
        let mut line = String::new();
        for (place, mark) in &self.marks {
            let at = place / together * thick;
            let free = if line.is_empty() { 0 } else { width(&line) + 1 };
            if at >= free && at + width(mark) <= columns {
                line.push_str(&" ".repeat(at - width(&line)));
                line.push_str(mark);
            }
        }
        line
    }
}

/// What stands below a histogram.
pub(super) struct Axis {
    /// Where it begins.
    pub low: String,
    /// Where it ends.
    pub high: String,
    /// Values below that are not drawn.
    pub below: u64,
    /// Values above that are not drawn.
    pub above: u64,
}

impl Axis {
    /// One line; where there is no room for the number of values that are not drawn, a second.
    pub fn lines(&self, drawn: usize, columns: usize) -> Vec<String> {
        let space = drawn.saturating_sub(width(&self.low) + width(&self.high)).max(1);
        let axis = format!("{}{}{}", self.low, " ".repeat(space), self.high);
        let beyond = match [self.below, self.above].map(count) {
            _ if self.below == 0 && self.above == 0 => return vec![axis],
            [_, above] if self.below == 0 => format!("{above} more"),
            [below, _] if self.above == 0 => format!("{below} less"),
            [below, above] => format!("{below} less, {above} more"),
        };
        let line = format!("{axis} … {beyond}");
        if width(&line) <= columns && self.below == 0 {
            vec![line]
        } else {
            vec![axis, truncate_middle(&format!("({beyond})"), columns).into_owned()]
        }
    }
}

/// The counts as bars; where there are more than columns, neighbours share one.
pub(super) fn draw(counts: &[u64], columns: usize) -> Vec<String> {
    let merged: Vec<u64> =
        counts.chunks(together(counts.len(), columns)).map(|chunk| chunk.iter().sum()).collect();
    histogram(&merged, ROWS, thickness(merged.len(), columns))
}

/// Places that share a bar.
fn together(places: usize, columns: usize) -> usize {
    places.div_ceil(columns.max(1)).max(1)
}

/// Columns of a bar.
pub(super) fn thickness(bars: usize, columns: usize) -> usize {
    (columns / bars.max(1)).clamp(1, THICKEST)
}

/// A number's course.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    /// What the number is.
    pub title: &'static str,
    /// Its values, at least one.
    pub values: Vec<f64>,
}

impl Curve {
    /// A bar for each value, from a little below the least of them; of many values, only so many as fit.
    pub fn draw(&self, columns: usize) -> String {
        let count = self.values.len().min(columns).max(1);
        let last = self.values.len().saturating_sub(1);
        let place = |bar: usize| bar * last / (count - 1).max(1);
        let values: Vec<f64> =
            (0..count).filter_map(|bar| self.values.get(place(bar)).copied()).collect();
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (least, most) =
            (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let scale = |value: &f64| match (most - least, value.is_finite()) {
            (_, false) => 0,
            (range, _) if range > 0.0 => 100 + ((value - least) / range * 900.0) as u64,
            _ => 500,
        };
        let thick = thickness(count, columns);
        let ends = [self.values.first(), self.values.last()]
            .map(|end| end.copied().map(|value| significant(value, 3)).unwrap_or_default());
        let mut lines = vec![truncate_middle(self.title, columns).into_owned()];
        lines.extend(histogram(&values.iter().map(scale).collect::<Vec<_>>(), ROWS, thick));
        let [low, high] = ends;
        lines.extend(Axis { low, high, below: 0, above: 0 }.lines(count * thick, columns));
        lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}
