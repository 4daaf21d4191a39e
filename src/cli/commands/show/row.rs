//! The row of a file in a catalog, a column per line.

use crate::columnar::{CatalogRow, Columns, Row, Value};
use crate::text::{pad, sanitize, significant, truncate, wrap};
use serde_json::Value as Json;

/// Columns that depend on other files, and those that the heading and the table of faults show.
const ELSEWHERE: [&str; 6] = ["path", "status", "detail", "group", "duplicate_of", "faults"];
/// Maximum number of lines of a value.
const MAX_LINES: usize = 4;

/// Returns the name and value of each column.
fn values(row: &CatalogRow) -> impl Iterator<Item = (&'static str, Value)> {
    let names = CatalogRow::column_docs().iter().map(|doc| doc.name);
    names.zip(row.values())
}

/// Returns the row as one JSON object.
pub(super) fn to_json(row: &CatalogRow) -> Json {
    let kept = values(row).filter(|(name, _)| !["path", "group", "duplicate_of"].contains(name));
    kept.map(|(name, value)| (name.to_owned(), value.to_json())).collect()
}

/// Renders the columns that have a value.
pub(super) fn render(row: &CatalogRow, columns: usize) -> String {
    let shown = values(row).filter(|(name, _)| !ELSEWHERE.contains(name));
    let shown: Vec<(&str, String)> = shown
        .map(|(name, value)| (name, text(&value)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let name_width = shown.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
    let room = columns.saturating_sub(name_width);
    let mut lines = String::new();
    for (name, text) in shown {
        let text = sanitize(&text).into_owned();
        let wrapped = wrap(&text, room);
        for (index, line) in wrapped.iter().take(MAX_LINES).enumerate() {
            let name = if index == 0 { name } else { "" };
            let is_cut = index + 1 == MAX_LINES && wrapped.len() > MAX_LINES;
            let line = match is_cut {
                true => format!("{} …", truncate(line, room.saturating_sub(2))),
                false => line.to_string(),
            };
            lines += &format!("{}{line}\n", pad(name, name_width));
        }
    }
    lines
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Float(number) => significant(*number, 6),
        Value::Text(text) => text.replace('\n', " / "),
        Value::List(values) => {
            let is_text = values.iter().any(|value| matches!(value, Value::Text(_)));
            let separator = if is_text { ", " } else { " " };
            values.iter().map(Value::plain).collect::<Vec<_>>().join(separator)
        }
        other => other.plain(),
    }
}
