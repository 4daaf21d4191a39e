//! The parts of an overview, and panels side by side.

use super::Overview;
use super::distribution::Distribution;
use super::panel::{KeyedPanel, Panel};
use super::table::render_table;
use crate::columnar::{Format, Frame};
use crate::text::{pad, paragraph, truncate_middle, width};

/// Columns between two panels.
const GAP: usize = 4;
/// Minimum width of a histogram.
const MIN_CHART: usize = 30;

impl Overview {
    /// Adds text without JSON.
    pub(super) fn part(&mut self, render: impl Fn(usize) -> String + 'static) {
        self.parts.push(Box::new(render));
    }

    /// Adds a sentence and the numbers in it.
    pub(super) fn facts(&mut self, sentence: String, facts: &[(&str, u64)]) {
        self.json.extend(facts.iter().map(|&(key, value)| (key.to_owned(), value.into())));
        self.part(move |columns| paragraph(&sentence, columns));
    }

    /// Adds panels, as many side by side as have `min_width` columns each.
    pub(super) fn panels(&mut self, min_width: usize, panels: Vec<KeyedPanel>) {
        self.json.extend(panels.iter().map(|(key, panel)| ((*key).to_owned(), panel.to_json())));
        self.part(move |columns| {
            let panels: Vec<&dyn Panel> = panels.iter().map(|(_, panel)| &**panel).collect();
            side_by_side(min_width, columns, &panels)
        });
    }

    /// Adds a table of those distributions that have values, and the histograms of the first few.
    pub(super) fn distributions(&mut self, drawn: usize, all: Vec<Option<Distribution>>) {
        let all: Vec<Distribution> = all.into_iter().flatten().collect();
        self.json.extend(all.iter().map(|shape| (shape.key.to_owned(), shape.to_json())));
        if all.is_empty() {
            return;
        }
        let names = ["", "min", "25 %", "median", "75 %", "max", "mean"];
        let frame = Frame::of_rows(&names, all.iter().map(Distribution::row).collect());
        let frame = names[1..].iter().fold(frame, |frame, n| frame.with_format(n, Format::Mixed));
        self.part(move |columns| {
            let charts: Vec<&dyn Panel> = all.iter().take(drawn).map(|shape| shape as _).collect();
            let table = render_table(&frame, columns);
            match side_by_side(MIN_CHART, columns, &charts) {
                empty if empty.is_empty() => table,
                charts => format!("{table}\n{charts}"),
            }
        });
    }

    /// Adds a table under a title (may be empty).
    pub(super) fn table(&mut self, key: &str, title: String, frame: Frame) {
        self.json.insert(key.to_owned(), frame.to_json());
        self.part(move |columns| match title.as_str() {
            "" => render_table(&frame, columns),
            _ => format!("{}\n{}", truncate_middle(&title, columns), render_table(&frame, columns)),
        });
    }
}

/// Renders panels, as many side by side as have `min_width` columns each. A single one gets all columns.
fn side_by_side(min_width: usize, columns: usize, panels: &[&dyn Panel]) -> String {
    let fit = ((columns + GAP) / (min_width + GAP)).min(panels.len()).max(1);
    let each = (columns + GAP) / fit - GAP;
    let texts: Vec<String> = panels.iter().map(|panel| panel.render(each)).collect();
    texts.chunks(fit).map(|band| join(band, each)).collect::<Vec<_>>().join("\n")
}

/// Joins texts side by side, each in `each` columns.
fn join(texts: &[String], each: usize) -> String {
    debug_assert!(texts.iter().flat_map(|text| text.lines()).all(|line| width(line) <= each));
    let height = texts.iter().map(|text| text.lines().count()).max().unwrap_or(0);
    let line = |row: usize| {
        let cells = texts.iter().map(|text| pad(text.lines().nth(row).unwrap_or_default(), each));
        let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
        format!("{}\n", line.trim_end())
    };
    (0..height).map(line).collect()
}
