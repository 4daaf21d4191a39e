//! The worst files of a catalog: a short list for each way in which a file can be bad.

use super::columns::{Columns, strip_common_folder};
use super::table::render_table;
use crate::columnar::{Format, Frame, Value};
use crate::text::{count, count_of, percent};
use serde_json::{Value as Json, json};

/// Files per list.
const MAX_LISTED: usize = 3;
/// Columns from which on reasons are shown beside paths.
const REASON_COLUMNS: usize = 72;

/// A bad file.
pub(super) struct BadFile {
    order: Order,
    value: f64,
    path: String,
    status: String,
    reason: String,
}

/// Measure of badness that a list is ordered by.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Unread,
    Faults,
    OffGrid,
    Length,
    Density,
}

impl Order {
    const ALL: [Self; 5] = [Self::Unread, Self::Faults, Self::OffGrid, Self::Length, Self::Density];

    /// Returns the label and the key in JSON.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Unread => ("bytes unread", "bytes_unread"),
            Self::Faults => ("kinds of faults", "faults"),
            Self::OffGrid => ("notes off grid", "off_grid"),
            Self::Length => ("measures", "measures"),
            Self::Density => ("notes per measure", "notes_per_measure"),
        }
    }

    /// Returns the badness of a row; `None` if it is not bad.
    fn badness(self, data: &Columns, row: usize) -> Option<f64> {
        let number = |name: &str| data.number(name, row).filter(|number| *number > 0.0);
        let is_usable = || data.text("status", row) == "ok";
        match self {
            Self::Unread => number("bytes_unread"),
            // A single fault is common.
            Self::Faults => Some(data.text("faults", row).split_whitespace().count() as f64)
                .filter(|faults| *faults > 1.0),
            // The fraction of a few notes means nothing.
            Self::OffGrid => number("off_grid").filter(|share| is_usable() && *share > 0.5),
            Self::Length if is_usable() => number("measures"),
            Self::Length => stated_measures(data, row),
            Self::Density => Some(number("notes")? / number("measures")?).filter(|_| is_usable()),
        }
    }

    /// Returns what a row's badness comes from.
    fn reason(self, data: &Columns, row: usize) -> String {
        let number = |name: &str| data.number(name, row).unwrap_or(0.0);
        let whole = |name: &str| data.number(name, row).map(count).unwrap_or_default();
        let notes = || count_of(number("notes"), "note");
        match self {
            Self::Unread => {
                let unread = (number("bytes_unread") / number("bytes").max(1.0)).min(1.0);
                format!("{} of it: {}", percent(unread), data.text("faults", row))
            }
            Self::Faults => data.text("faults", row),
            Self::OffGrid => format!("division {}, {}", whole("division"), notes()),
            Self::Length if stated_measures(data, row).is_some() => data.text("detail", row),
            Self::Length | Self::Density => {
                format!("{}, {:.1} minutes", notes(), number("duration") / 60.0)
            }
        }
    }

    /// Returns the worst files. Among equally bad ones, those with more notes come first.
    fn list(self, data: &Columns) -> Vec<BadFile> {
        let bad = (0..data.rows()).filter_map(|row| Some((self.badness(data, row)?, row)));
        let mut bad: Vec<(f64, usize)> = bad.collect();
        let notes = |row: usize| data.number("notes", row).unwrap_or(0.0);
        bad.sort_by(|a, b| {
            b.0.total_cmp(&a.0).then(notes(b.1).total_cmp(&notes(a.1))).then(a.1.cmp(&b.1))
        });
        let file = |(value, row): (f64, usize)| BadFile {
            order: self,
            value,
            path: data.text("path", row),
            status: data.text("status", row),
            reason: self.reason(data, row),
        };
        bad.into_iter().take(MAX_LISTED).map(file).collect()
    }
}

/// Returns the measures of a file that was skipped for its length: its row has none, its detail starts with them.
fn stated_measures(data: &Columns, row: usize) -> Option<f64> {
    let is_absurd = data.text("status", row) == "absurd_length";
    data.text("detail", row).split(' ').next().filter(|_| is_absurd)?.parse().ok()
}

/// Returns the worst files by each measure.
pub(super) fn worst_files(data: &Columns) -> Vec<BadFile> {
    Order::ALL.into_iter().flat_map(|order| order.list(data)).collect()
}

pub(super) fn render(files: &[BadFile], columns: usize) -> String {
    let mut before = None;
    let paths = strip_common_folder(files.iter().map(|file| file.path.clone()).collect());
    let rows = files.iter().zip(paths).map(|(file, path)| {
        let BadFile { order, value, status, reason, .. } = file;
        let is_first = before.replace(*order) != Some(*order);
        let value = match order {
            Order::OffGrid => percent(*value),
            _ => count(value.round()),
        };
        // Not empty: an empty name would be shown as missing.
        let label = if is_first { order.names().0 } else { " " };
        let is_told = status == "ok" || *order == Order::Length || reason.contains(status);
        let reason = if is_told { reason.clone() } else { format!("{status}: {reason}") };
        vec![label.into(), Value::Text(value), path.into(), reason.into()]
    });
    let names = ["the worst by", "", "path", "for"];
    let names = if columns < REASON_COLUMNS { &names[..3] } else { &names };
    let frame = Frame::of_rows(names, rows.collect()).with_format("", Format::Mixed);
    render_table(&frame, columns)
}

pub(super) fn to_json(files: &[BadFile]) -> Json {
    let object = |BadFile { order, value, path, status, reason }: &BadFile| {
        let by = order.names().1;
        json!({ "by": by, "value": value, "path": path, "status": status, "reason": reason })
    };
    files.iter().map(object).collect()
}
