//! Descriptions of columns.

use std::collections::BTreeMap;

use super::Table;
use super::by::is_number;
use super::error::QueryError;
use super::frame::{Format, Frame, Value};
use crate::text::{count, sanitize, truncate_middle};

/// Statistics of every column.
const COMMON: [&str; 4] = ["column", "type", "empty", "distinct"];
/// Statistics of numbers.
const STATISTICS: [&str; 6] = ["min", "25%", "median", "75%", "max", "mean"];
/// The statistic of other columns.
const FREQUENT: &str = "most frequent";
/// Width of a frequent value, in terminal columns.
const VALUE: usize = 24;

/// Statistics of each column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Rows of the table.
    pub rows: usize,
    /// The numeric columns: type, number of nulls, distinct values, minimum, quartiles, maximum, mean.
    pub numbers: Frame,
    /// The other columns: type, number of nulls, distinct values and the most frequent of them.
    pub texts: Frame,
}

/// The distribution of some numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    /// Minimum, lower quartile, median, upper quartile, maximum; quartiles between two values are interpolated.
    pub quartiles: [f64; 5],
    /// Arithmetic mean.
    pub mean: f64,
}

impl Summary {
    /// The summary of `sorted` (ascending); `None` if it is empty.
    pub fn of(sorted: &[f64]) -> Option<Self> {
        let quartiles = [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| quantile(sorted, at));
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        (!sorted.is_empty()).then_some(Self { quartiles, mean })
    }
}

/// The quantile at `at` (0 to 1) of `sorted`, by linear interpolation like numpy; NaN if it is empty.
pub(crate) fn quantile(sorted: &[f64], at: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = at * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let weight = position - below as f64;
    sorted[below] + (sorted[above] - sorted[below]) * weight
}

impl Table {
    /// Describes every column. Columns are read one after the other, so the widest one determines the memory.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn describe(&self) -> Result<Description, QueryError> {
        let (mut numbers, mut texts, mut rows) = (Vec::new(), Vec::new(), 0);
        for (name, kind) in self.columns() {
            let frame = self.select(&[name])?;
            rows = frame.len();
            let values = frame.columns().first().map_or(&[][..], |column| &column.values);
            let target = if is_number(kind) { &mut numbers } else { &mut texts };
            target.push(describe_column(name, kind, values));
        }
        let numbers = Frame::of_rows(&[&COMMON[..], &STATISTICS].concat(), numbers);
        let numbers = STATISTICS
            .iter()
            .fold(numbers, |numbers, name| numbers.with_format(name, Format::Mixed));
        let texts = Frame::of_rows(&[&COMMON[..], &[FREQUENT]].concat(), texts);
        Ok(Description { rows, numbers, texts })
    }
}

impl Description {
    /// The numeric columns with the most useful statistics first: a narrow terminal omits the rest.
    pub(crate) fn numbers_by_use(&self) -> Frame {
        self.numbers.clone().in_order(&[&COMMON[..1], &STATISTICS, &["empty", "distinct"]].concat())
    }

    /// Everything in one frame; missing statistics are null.
    pub fn frame(&self) -> Frame {
        let mut columns = self.numbers.columns().to_vec();
        for (column, text) in columns.iter_mut().zip(&self.texts.columns()[..COMMON.len()]) {
            column.values.extend(text.values.iter().cloned());
        }
        let mut frequent = self.texts.columns()[COMMON.len()].clone();
        frequent.values.splice(0..0, vec![Value::Null; self.numbers.len()]);
        columns.push(frequent);
        Frame::new(columns)
    }
}

fn describe_column(name: &str, kind: &str, values: &[Value]) -> Vec<Value> {
    let empty = values.iter().filter(|value| **value == Value::Null).count();
    let mut row: Vec<Value> = vec![name.into(), kind.into(), empty.into()];
    if is_number(kind) {
        let mut sorted: Vec<f64> = values.iter().filter_map(Value::number).collect();
        sorted.sort_by(f64::total_cmp);
        let distinct = sorted.chunk_by(|a, b| a == b).count();
        row.push(distinct.into());
        if let Some(summary) = Summary::of(&sorted) {
            row.extend(summary.quartiles.map(Value::from));
            row.push(summary.mean.into());
        }
        return row;
    }
    let counts = count_values(values);
    row.push(counts.len().into());
    let frequent: Vec<String> = match counts.first() {
        Some((_, 1)) if counts.len() > 3 => vec!["(all different)".to_owned()],
        // The most frequent of thousands of names is meaningless.
        Some(_) if counts.len() > 3 && counts.len() * 10 > (values.len() - empty) * 9 => {
            vec!["(nearly all different)".to_owned()]
        }
        _ => counts.iter().take(3).map(|(value, count)| frequency(value, *count)).collect(),
    };
    row.push(frequent.join(", ").into());
    row
}

fn frequency(value: &str, times: usize) -> String {
    let value = if value.is_empty() {
        "(none)".to_owned()
    } else {
        truncate_middle(&sanitize(value), VALUE).into_owned()
    };
    format!("{value} ({})", count(times))
}

/// Counts each value, the most frequent first, ties by name; nulls are left out.
pub(crate) fn count_values(values: &[Value]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in values.iter().filter(|value| **value != Value::Null) {
        *counts.entry(value.plain()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts
}
