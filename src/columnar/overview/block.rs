use serde_json::{Map, Value as Json, json};

use super::distribution::{Distribution, Places};
use super::tally::Tally;
use crate::columnar::query::{Description, Frame, Value};
use crate::columnar::render::{cut, pad, thousands, width};

/// Columns between two tallies that stand side by side.
const GAP: usize = 3;

/// A part of an overview. The keys name it in JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// A sentence, and the numbers that it tells.
    Facts(String, Vec<(&'static str, u64)>),
    /// Tallies, side by side where they fit.
    Tallies(Vec<(&'static str, Tally)>),
    /// How numbers are distributed.
    Distribution(&'static str, Distribution),
    /// Counts of consecutive places.
    Places(&'static str, Places),
    /// A table under a title.
    Table(&'static str, String, Frame),
    /// The columns of a table.
    Description(Description),
}

impl Block {
    pub fn render(&self, columns: usize) -> String {
        match self {
            Self::Facts(sentence, _) => format!("{}\n", cut(sentence, columns)),
            Self::Tallies(tallies) => beside(tallies, columns),
            Self::Distribution(_, distribution) => distribution.render(columns),
            Self::Places(_, places) => places.render(columns),
            Self::Table(_, title, frame) => {
                format!("{}\n{}", cut(title, columns), frame.render_table(columns))
            }
            Self::Description(description) => description.render_table(columns),
        }
    }

    pub fn add_to(&self, object: &mut Map<String, Json>) {
        let mut add = |key: &str, value: Json| object.insert(key.to_owned(), value);
        match self {
            Self::Facts(_, facts) => facts.iter().for_each(|(key, value)| {
                add(key, json!(value));
            }),
            Self::Tallies(tallies) => tallies.iter().for_each(|(key, tally)| {
                add(key, tally.to_json());
            }),
            Self::Distribution(key, distribution) => {
                add(key, distribution.to_json());
            }
            Self::Places(key, places) => {
                add(
                    key,
                    json!({ "first": places.ends[0], "last": places.ends[1], "counts": places.counts }),
                );
            }
            Self::Table(key, _, frame) => {
                add(key, frame.to_json());
            }
            Self::Description(description) => {
                add("rows", json!(description.rows));
                add("columns", description.frame().to_json());
            }
        }
    }
}

impl Description {
    /// The description as text: the number of rows, then the numeric columns, then the others.
    pub fn render_table(&self, columns: usize) -> String {
        let noun = if self.rows == 1 { "row" } else { "rows" };
        let mut text = format!("{} {noun}\n", thousands(self.rows));
        for frame in [&self.numbers, &self.texts].into_iter().filter(|frame| !frame.is_empty()) {
            text.push('\n');
            text.push_str(&frame.render_table(columns));
        }
        text
    }
}

/// The tallies, as many side by side as fit.
fn beside(tallies: &[(&'static str, Tally)], columns: usize) -> String {
    let length = if tallies.len() == 1 { 20 } else { 5 };
    let mut bands: Vec<Vec<(String, usize)>> = Vec::new();
    let mut used = 0;
    for (_, tally) in tallies {
        let text = tally.render(columns, length);
        let wide = text.lines().map(width).max().unwrap_or(0);
        match bands.last_mut().filter(|_| used + wide <= columns) {
            Some(band) => band.push((text, wide)),
            None => {
                bands.push(vec![(text, wide)]);
                used = 0;
            }
        }
        used += GAP + wide;
    }
    bands.iter().map(|band| join(band)).collect::<Vec<_>>().join("\n")
}

/// Texts, each with its width, side by side.
fn join(texts: &[(String, usize)]) -> String {
    let height = texts.iter().map(|(text, _)| text.lines().count()).max().unwrap_or(0);
    let mut lines = String::new();
    for row in 0..height {
        let parts =
            texts.iter().map(|(text, wide)| pad(text.lines().nth(row).unwrap_or(""), *wide, false));
        lines.push_str(parts.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end());
        lines.push('\n');
    }
    lines
}

/// The whole number in a column at `row`; 0 where there is none.
pub(super) fn whole(value: &Value) -> u64 {
    match value {
        Value::Unsigned(number) => *number,
        Value::Int(number) => u64::try_from(*number).unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Float(_) | Value::Text(_) | Value::List(_) => 0,
    }
}
