use serde_json::{Map, Value as Json, json};

use super::chart::{Curve, Places};
use super::distribution::Distribution;
use super::table::{render_description, render_table};
use super::tally::Tally;
use super::worst::Worst;
use crate::columnar::{Description, Format, Frame};
use crate::text::{count, pad, paragraph, truncate_middle, width};

/// Columns between two panels that stand side by side.
const GAP: usize = 4;
/// Columns of a histogram, at least.
const CHART: usize = 30;
/// Rows of a table of epochs.
const THINNED: usize = 24;

/// A part of an overview. The keys name it in JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// A sentence, and the numbers that it tells.
    Facts(String, Vec<(&'static str, u64)>),
    /// Drawings and tallies, side by side where so many columns for each leave room.
    Panels(usize, Vec<(&'static str, Panel)>),
    /// How some numbers are distributed: a row each, then the histograms of the first so many.
    Distributions(usize, Vec<(&'static str, Distribution)>),
    /// A table under a title (or none).
    Table(&'static str, String, Frame),
    /// A table that programs get in another way.
    Screen(Frame),
    /// A table whose rows stand for a course: of many, some are left out between the first and the last.
    Course(&'static str, Frame),
    /// The worst files.
    Worst(Worst),
    /// Named numbers for programs alone: other blocks show what a person needs of them.
    Numbers(Map<String, Json>),
    /// The columns of a table.
    Description(Description),
}

/// A drawing or a tally.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Panel {
    /// How often each value occurs.
    Tally(Tally),
    /// Counts of consecutive places.
    Places(Places),
    /// A number's course.
    Curve(Curve),
}

impl Block {
    pub fn render(&self, columns: usize) -> String {
        match self {
            Self::Facts(sentence, _) => paragraph(sentence, columns),
            Self::Panels(least, panels) => {
                beside(*least, columns, panels.iter().map(|(_, panel)| |width| panel.render(width)))
            }
            Self::Distributions(drawn, distributions) => summaries(*drawn, distributions, columns),
            Self::Table(_, title, frame) if title.is_empty() => render_table(frame, columns),
            Self::Table(_, title, frame) => {
                format!("{}\n{}", truncate_middle(title, columns), render_table(frame, columns))
            }
            Self::Screen(frame) => render_table(frame, columns),
            Self::Course(_, frame) => course(frame, columns),
            Self::Worst(worst) => worst.render(columns),
            Self::Numbers(_) => String::new(),
            Self::Description(description) => render_description(description, columns),
        }
    }

    pub fn add_to(&self, object: &mut Map<String, Json>) {
        let mut add = |key: &str, value: Json| object.insert(key.to_owned(), value);
        match self {
            Self::Facts(_, facts) => facts.iter().for_each(|(key, value)| {
                add(key, json!(value));
            }),
            Self::Panels(_, panels) => panels.iter().for_each(|(key, panel)| {
                add(key, panel.to_json());
            }),
            Self::Distributions(_, distributions) => {
                distributions.iter().for_each(|(key, distribution)| {
                    add(key, distribution.to_json());
                });
            }
            Self::Table(key, _, frame) | Self::Course(key, frame) => {
                add(key, frame.to_json());
            }
            Self::Worst(worst) => {
                add("worst", worst.to_json());
            }
            Self::Screen(_) => {}
            Self::Numbers(numbers) => object.extend(numbers.clone()),
            Self::Description(description) => {
                add("rows", json!(description.rows));
                add("columns", description.frame().to_json());
            }
        }
    }
}

impl Panel {
    fn render(&self, columns: usize) -> String {
        match self {
            Self::Tally(tally) => tally.render(columns),
            Self::Places(places) => places.draw(columns),
            Self::Curve(curve) => curve.draw(columns),
        }
    }

    fn to_json(&self) -> Json {
        match self {
            Self::Tally(tally) => tally.to_json(),
            Self::Curve(Curve { values, .. }) => json!(values),
            Self::Places(Places { ends: [first, last], counts, .. }) => {
                json!({ "first": first, "last": last, "counts": counts })
            }
        }
    }
}

/// A course in a few rows, and how many of them are not shown.
fn course(frame: &Frame, columns: usize) -> String {
    let mut text = render_table(&frame.thinned(THINNED), columns);
    if frame.len() > THINNED {
        text.push_str(&format!("… {} rows between these\n", count(frame.len() - THINNED)));
    }
    text
}

/// A table of summaries, and the first histograms below it.
fn summaries(
    drawn: usize,
    distributions: &[(&'static str, Distribution)],
    columns: usize,
) -> String {
    if distributions.is_empty() {
        return String::new();
    }
    let names = ["", "least", "25 %", "median", "75 %", "most", "mean"];
    let rows = distributions.iter().map(|(_, distribution)| distribution.row()).collect();
    let mixed = |frame: Frame, name: &&str| frame.with_format(name, Format::Mixed);
    let table = names[1..].iter().fold(Frame::of_rows(&names, rows), mixed);
    let charts = distributions.iter().take(drawn).map(|(_, shape)| |width| shape.draw(width));
    let charts = beside(CHART, columns, charts);
    if charts.is_empty() {
        render_table(&table, columns)
    } else {
        format!("{}\n{charts}", render_table(&table, columns))
    }
}

/// Panels that are rendered to a width, as many side by side as have `least` columns each; a single one has them all.
fn beside<F: Fn(usize) -> String>(
    least: usize,
    columns: usize,
    panels: impl Iterator<Item = F>,
) -> String {
    let panels: Vec<F> = panels.collect();
    let fit = ((columns + GAP) / (least + GAP)).min(panels.len()).max(1);
    let each = (columns + GAP) / fit - GAP;
    let texts: Vec<String> = panels.iter().map(|panel| panel(each)).collect();
    texts.chunks(fit).map(|band| join(band, each)).collect::<Vec<_>>().join("\n")
}

/// Texts, each in so many columns, side by side.
fn join(texts: &[String], each: usize) -> String {
    let height = texts.iter().map(|text| text.lines().count()).max().unwrap_or(0);
    let mut lines = String::new();
    for row in 0..height {
        let parts = texts.iter().map(|text| pad(text.lines().nth(row).unwrap_or(""), each));
        debug_assert!(texts.iter().flat_map(|text| text.lines()).all(|line| width(line) <= each));
        lines.push_str(parts.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end());
        lines.push('\n');
    }
    lines
}
