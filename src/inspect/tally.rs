use super::bars::bar;
use super::panel::Panel;
use super::table::render_table;
use crate::columnar::{Format, Frame, Value, count_values};
use crate::text::{pad, truncate_middle, width};
use serde_json::{Value as Json, json};

/// Values listed by name; the others are summed up.
const MAX_LISTED: usize = 7;
/// Maximum width of a value.
const MAX_VALUE: usize = 28;
/// Minimum and maximum width of a bar.
const BAR: (usize, usize) = (4, 20);
/// Maximum width of a bar beside a remark, if there are at least [`REMARK_COLUMNS`] columns.
const BAR_BESIDE_REMARK: usize = 10;
/// Columns from which on bars are shown beside remarks.
const REMARK_COLUMNS: usize = 72;

/// A count of each value, the most frequent first.
pub(super) struct Tally {
    pub title: &'static str,
    /// The counted things.
    pub unit: &'static str,
    /// Heading of the remarks.
    pub remarks: &'static str,
    /// The whole that shares refer to.
    pub total: u64,
    pub entries: Vec<Entry>,
}

/// A value, its count, and a remark (may be empty).
#[derive(Clone)]
pub(super) struct Entry {
    pub value: String,
    pub count: u64,
    pub remark: String,
}

impl Tally {
    /// A tally of counted values.
    pub(super) fn new(
        title: &'static str,
        unit: &'static str,
        counts: Vec<(String, usize)>,
    ) -> Self {
        let entry = |(value, count)| Entry { value, count: count as u64, remark: String::new() };
        let entries: Vec<Entry> = counts.into_iter().map(entry).collect();
        let total = entries.iter().map(|entry| entry.count).sum();
        Self { title, unit, remarks: "", total, entries }
    }

    /// A tally of `values`, without missing ones.
    pub(super) fn from_values(
        title: &'static str,
        unit: &'static str,
        values: impl Iterator<Item = Value>,
    ) -> Self {
        Self::new(title, unit, count_values(&values.collect::<Vec<_>>()))
    }

    /// Returns the entries as rows, without bars if their width is 0.
    fn frame(&self, entries: &[Entry], bar_width: usize, remarks: bool) -> Frame {
        let row = |Entry { value, count, remark }: &Entry| {
            let value = if value.is_empty() { "(none)" } else { value };
            let value = truncate_middle(value, MAX_VALUE).into_owned();
            let share = share(*count, self.total).into();
            let mut row = vec![value.into(), Value::Unsigned(*count), share];
            let bar = || pad(&bar(*count, self.total, bar_width), bar_width).into();
            row.extend((bar_width > 0).then(bar));
            row.extend(remarks.then(|| remark.clone().into()));
            row
        };
        let mut names = vec![self.title, self.unit, "share"];
        names.extend((bar_width > 0).then_some(""));
        names.extend(remarks.then_some(self.remarks));
        Frame::of_rows(&names, entries.iter().map(row).collect())
            .with_format("share", Format::Percent)
    }
}

impl Panel for Tally {
    /// Renders a table, its bars as long as there is room.
    fn render(&self, columns: usize) -> String {
        let mut listed = self.entries.clone();
        if listed.len() > MAX_LISTED + 1 {
            let rest = listed.split_off(MAX_LISTED);
            let count = rest.iter().map(|entry| entry.count).sum();
            let value = format!("{} others", rest.len());
            listed.push(Entry { value, count, remark: String::new() });
        }
        let remarks = listed.iter().any(|entry| !entry.remark.is_empty());
        let bare = render_table(&self.frame(&listed, 0, false), columns);
        let used = bare.lines().map(width).max().unwrap_or(0) + 2;
        let max = match remarks {
            true if columns < REMARK_COLUMNS => 0,
            true => BAR_BESIDE_REMARK,
            false => BAR.1,
        };
        let bar_width = columns.saturating_sub(used).min(max);
        let bar_width = if bar_width < BAR.0 { 0 } else { bar_width };
        render_table(&self.frame(&listed, bar_width, remarks), columns)
    }

    fn to_json(&self) -> Json {
        let entries = self.entries.iter().map(|Entry { value, count, .. }| {
            json!({ "value": value, "count": count, "share": share(*count, self.total) })
        });
        entries.collect()
    }
}

/// Returns the fraction `part / whole`.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
