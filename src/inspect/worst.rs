//! The files that a person would look at first: one short list for each way in which a file can be bad.

use std::cmp::Ordering;

use serde_json::{Value as Json, json};

use super::columns::{Columns, within};
use super::table::render_table;
use crate::columnar::{Format, Frame, Value};
use crate::text::{count, percent};

/// Files of each list.
const LISTED: usize = 3;

/// A file, and what is bad about it.
#[derive(Debug, Clone, PartialEq)]
struct File {
    by: Badness,
    value: f64,
    path: String,
    status: String,
    reason: String,
}

/// Columns of a screen on which reasons have room beside paths.
const ROOMY: usize = 72;

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Badness {
    Unread,
    Faults,
    OffGrid,
    Length,
    Density,
}

/// The worst files of a catalog.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Worst {
    files: Vec<File>,
}

impl Badness {
    const ALL: [Self; 5] = [Self::Unread, Self::Faults, Self::OffGrid, Self::Length, Self::Density];

    /// What a person reads, what a program reads.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Unread => ("bytes unread", "bytes_unread"),
            Self::Faults => ("kinds of faults", "faults"),
            Self::OffGrid => ("notes off grid", "off_grid"),
            Self::Length => ("measures", "measures"),
            Self::Density => ("notes a measure", "notes_per_measure"),
        }
    }

    /// How bad a row is; nothing where it is not.
    fn of(self, data: &Columns, row: usize) -> Option<f64> {
        let number = |name: &str| data.at(name, row).number().filter(|number| *number > 0.0);
        let usable = || data.text("status", row) == "ok";
        match self {
            Self::Unread => number("bytes_unread"),
            // One fault of a known kind is no news.
            Self::Faults => Some(faults(data, row)).filter(|faults| *faults > 1.0),
            // The share of a handful of notes means nothing.
            Self::OffGrid => number("off_grid").filter(|share| usable() && *share > 0.5),
            Self::Length => {
                stated_measures(data, row).or_else(|| number("measures").filter(|_| usable()))
            }
            Self::Density => Some(number("notes")? / number("measures")?).filter(|_| usable()),
        }
    }

    fn reason(self, data: &Columns, row: usize) -> String {
        let count = |name: &str| data.at(name, row).number().map(count).unwrap_or_default();
        let minutes = || data.at("duration", row).number().map_or(0.0, |seconds| seconds / 60.0);
        match self {
            Self::Unread => {
                let of = data.at("bytes", row).number().unwrap_or(0.0).max(1.0);
                let unread = data.at("bytes_unread", row).number().unwrap_or(0.0);
                format!("{} of it: {}", percent((unread / of).min(1.0)), data.text("faults", row))
            }
            Self::Faults => data.text("faults", row),
            Self::OffGrid => {
                format!("division {}, {} notes", count("division"), count("notes"))
            }
            Self::Length if stated_measures(data, row).is_some() => data.text("detail", row),
            Self::Length | Self::Density => {
                format!("{} notes, {:.1} minutes", count("notes"), minutes())
            }
        }
    }
}

fn faults(data: &Columns, row: usize) -> f64 {
    data.text("faults", row).split_whitespace().count() as f64
}

/// The measures of a file that was left out for having so many: its row has none, its detail begins with them.
fn stated_measures(data: &Columns, row: usize) -> Option<f64> {
    let absurd = data.text("status", row) == "absurd_length";
    data.text("detail", row).split(' ').next().filter(|_| absurd)?.parse().ok()
}

impl Worst {
    /// The worst files; nothing where no file is bad in any way.
    pub fn of(data: &Columns) -> Option<Self> {
        let files: Vec<File> = Badness::ALL.into_iter().flat_map(|by| list(data, by)).collect();
        (!files.is_empty()).then_some(Self { files })
    }

    pub fn render(&self, columns: usize) -> String {
        let mut before = None;
        let paths = within(self.files.iter().map(|file| file.path.clone()).collect());
        let rows = self.files.iter().zip(paths).map(|(file, path)| {
            let first = before.replace(file.by) != Some(file.by);
            let value = match file.by {
                Badness::OffGrid => percent(file.value),
                _ => count(file.value.round()),
            };
            // A space: no name at all would be marked as missing.
            let label = if first { file.by.names().0 } else { " " };
            let told = file.status == "ok"
                || file.by == Badness::Length
                || file.reason.contains(&file.status);
            let left_out = if told { String::new() } else { format!("{}: ", file.status) };
            vec![label.into(), Value::Text(value), path.into(), (left_out + &file.reason).into()]
        });
        let names = ["the worst by", "", "path", "for"];
        let names = if columns < ROOMY { &names[..3] } else { &names };
        let frame = Frame::of_rows(names, rows.collect()).with_format("", Format::Mixed);
        render_table(&frame, columns)
    }

    pub fn to_json(&self) -> Json {
        let object = |file: &File| {
            json!({
                "by": file.by.names().1, "value": file.value, "path": file.path, "status": file.status,
                "reason": file.reason,
            })
        };
        Json::Array(self.files.iter().map(object).collect())
    }
}

fn list(data: &Columns, by: Badness) -> Vec<File> {
    let mut rows: Vec<(f64, usize)> =
        (0..data.rows()).filter_map(|row| Some((by.of(data, row)?, row))).collect();
    let notes = |row: usize| data.at("notes", row).number().unwrap_or(0.0);
    // Of equally bad files the one with more notes is the greater loss.
    let order = |a: &(f64, usize), b: &(f64, usize)| -> Ordering {
        b.0.total_cmp(&a.0).then(notes(b.1).total_cmp(&notes(a.1))).then(a.1.cmp(&b.1))
    };
    rows.sort_by(order);
    rows.truncate(LISTED);
    let file = |(value, row): (f64, usize)| File {
        by,
        value,
        path: data.text("path", row),
        status: data.text("status", row),
        reason: by.reason(data, row),
    };
    rows.into_iter().map(file).collect()
}
