use serde_json::{Value as Json, json};

use crate::columnar::query::{Format, Frame, Value};
use crate::columnar::render::{bar, cut};

/// Values that are listed by name; what is left is summed up.
const LISTED: usize = 8;
/// Columns of a value; a song may have a long list of time signatures.
const VALUE: usize = 24;

/// How often each value occurs, the most frequent first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tally {
    /// What the values are.
    pub title: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// Value, count, and a remark (or nothing).
    pub entries: Vec<(String, u64, String)>,
}

impl Tally {
    pub fn new(title: &'static str, unit: &'static str, counts: Vec<(String, usize)>) -> Self {
        let entries = counts.into_iter().map(|(value, count)| (value, count as u64, String::new()));
        Self { title, unit, entries: entries.collect() }
    }

    fn total(&self) -> u64 {
        self.entries.iter().map(|(_, count, _)| count).sum()
    }

    /// The tally as a table of at most `columns`, its bars `length` long.
    pub fn render(&self, columns: usize, length: usize) -> String {
        let total = self.total();
        let mut listed = self.entries.clone();
        if listed.len() > LISTED + 1 {
            let rest = listed.split_off(LISTED);
            let count = rest.iter().map(|(_, count, _)| count).sum();
            listed.push((format!("{} others", rest.len()), count, String::new()));
        }
        let remarks = listed.iter().any(|(_, _, remark)| !remark.is_empty());
        let rows = listed.into_iter().map(|(value, count, remark)| {
            let value = if value.is_empty() { "(none)".to_owned() } else { value };
            vec![
                Value::Text(cut(&value, VALUE)),
                Value::Unsigned(count),
                Value::Float(share(count, total)),
                Value::Text(bar(count, total, length)),
                Value::Text(remark),
            ]
        });
        let names = [self.title, self.unit, "share", "", "most frequent detail"];
        let names = if remarks { &names[..] } else { &names[..4] };
        Frame::of_rows(names, rows.collect())
            .with_format("share", Format::Percent)
            .render_table(columns)
    }

    pub fn to_json(&self) -> Json {
        let total = self.total();
        let entry = |(value, count, _): &(String, u64, String)| json!({ "value": value, "count": count, "share": share(*count, total) });
        Json::Array(self.entries.iter().map(entry).collect())
    }
}

pub(super) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
