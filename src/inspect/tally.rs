use serde_json::{Value as Json, json};

use super::bars::bar;
use super::table::render_table;
use crate::columnar::{Format, Frame, Value, count_values};
use crate::text::{pad, truncate_middle, width};

/// Values that are listed by name; what is left is summed up.
const LISTED: usize = 7;
/// Columns of a value.
const VALUE: usize = 28;
/// Columns of a bar, at least and at most, and beside a remark.
const BAR: [usize; 3] = [4, 20, 10];
/// Columns of a screen on which a remark has room beside a bar.
const ROOMY: usize = 72;

/// How often each value occurs, the most frequent first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tally {
    /// What the values are.
    pub title: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// Heading of the remarks.
    pub remarks: &'static str,
    /// What the shares are of.
    pub total: u64,
    /// Value, count, and a remark (or nothing).
    pub entries: Vec<(String, u64, String)>,
}

impl Tally {
    pub fn new(title: &'static str, unit: &'static str, counts: Vec<(String, usize)>) -> Self {
        let entries = counts.into_iter().map(|(value, count)| (value, count as u64, String::new()));
        let entries: Vec<_> = entries.collect();
        let total = entries.iter().map(|(_, count, _)| count).sum();
        Self { title, unit, remarks: "", total, entries }
    }

    /// The tally of `values`; those that are no value are left out.
    pub fn of(
        title: &'static str,
        unit: &'static str,
        values: impl Iterator<Item = Value>,
    ) -> Self {
        Self::new(title, unit, count_values(&values.collect::<Vec<_>>()))
    }

    /// The tally as a table of at most `columns`, its bars as long as there is room.
    pub fn render(&self, columns: usize) -> String {
        let mut listed = self.entries.clone();
        if listed.len() > LISTED + 1 {
            let rest = listed.split_off(LISTED);
            let count = rest.iter().map(|(_, count, _)| count).sum();
            listed.push((format!("{} others", rest.len()), count, String::new()));
        }
        let remarks = listed.iter().any(|(_, _, remark)| !remark.is_empty());
        let [least, most, beside] = BAR;
        let bare = render_table(&self.table(&listed, 0, false), columns);
        let used = bare.lines().map(width).max().unwrap_or(0) + 2;
        let longest = match remarks {
            true if columns < ROOMY => 0,
            true => beside,
            false => most,
        };
        let room = columns.saturating_sub(used).min(longest);
        let room = if room < least { 0 } else { room };
        render_table(&self.table(&listed, room, remarks), columns)
    }

    /// The entries as rows; a bar of no length is no column.
    fn table(&self, entries: &[(String, u64, String)], length: usize, remarks: bool) -> Frame {
        let row = |(value, count, remark): &(String, u64, String)| {
            let value = if value.is_empty() { "(none)" } else { value };
            let mut row = vec![
                Value::Text(truncate_middle(value, VALUE).into_owned()),
                Value::Unsigned(*count),
                Value::Float(share(*count, self.total)),
            ];
            if length > 0 {
                row.push(Value::Text(pad(&bar(*count, self.total, length), length)));
            }
            if remarks {
                row.push(Value::Text(remark.clone()));
            }
            row
        };
        let mut names = vec![self.title, self.unit, "share"];
        names.extend((length > 0).then_some(""));
        names.extend(remarks.then_some(self.remarks));
        Frame::of_rows(&names, entries.iter().map(row).collect())
            .with_format("share", Format::Percent)
    }

    pub fn to_json(&self) -> Json {
        let entry = |(value, count, _): &(String, u64, String)| json!({ "value": value, "count": count, "share": share(*count, self.total) });
        Json::Array(self.entries.iter().map(entry).collect())
    }
}

pub(super) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
