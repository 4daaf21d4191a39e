//! Rows counted by a column.

use polars::prelude::{IntoLazy, SortMultipleOptions, col, len};

use super::error::QueryError;
use super::frame::{Column, Format, Frame, Value};
use super::load::Loaded;
use super::{Table, convert};

/// Columns whose mean tells something of a group of rows. That of most others (a division, a seed, a first measure)
/// says nothing, but only of our own tables do we know which.
const MEANINGFUL_MEANS: [&str; 18] = [
    "measures",
    "notes",
    "tempo",
    "duration",
    "off_grid",
    "bytes_unread",
    "onsets",
    "density",
    "beat_strength",
    "mean_pitch",
    "distinct_measures",
    "loss",
    "reconstruction",
    "kl",
    "validation_loss",
    "validation_f1",
    "active_units",
    "value",
];

impl Table {
    /// One row for each value of `column`: how many rows have it, their share of all rows (0 to 1), and the means of
    /// the telling numeric columns among them (of a table that is not ours: of every other numeric column; no mean
    /// where a group has no value). The largest groups come first.
    ///
    /// # Errors
    /// When there is no such column, or its values cannot be grouped.
    pub fn by(&self, column: &str) -> Result<Frame, QueryError> {
        self.require(&[column])?;
        let free = |name: &str| if column == name { format!("{name}_") } else { name.to_owned() };
        let (count, share) = (free("count"), free("share"));
        let numeric = self.columns.iter().filter(|(name, kind)| name != column && is_number(kind));
        let mut numeric: Vec<&str> = numeric.map(|(name, _)| name.as_str()).collect();
        if numeric.iter().any(|name| MEANINGFUL_MEANS.contains(name)) {
            numeric.retain(|name| MEANINGFUL_MEANS.contains(name));
        }
        let data = Loaded::read(&self.path, Some(&[&[column], &numeric[..]].concat()))?;
        let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
        let mean = |name: &str| format!("mean_{}", name.trim_start_matches("mean_"));
        let means = numeric.iter().map(|&name| col(name).mean().alias(mean(name)));
        let answer = convert::run_polars(|| {
            data.frame()?
                .lazy()
                .group_by([col(column)])
                .agg([len().alias(&count)].into_iter().chain(means).collect::<Vec<_>>())
                .sort([count.as_str(), column], order)
                .collect()
        });
        let answer = convert::frame(answer.map_err(QueryError::computation)?);
        let mut columns = answer.columns().to_vec();
        for mean in columns.iter_mut().skip(2).flat_map(|column| &mut column.values) {
            if matches!(mean, Value::Float(number) if number.is_nan()) {
                *mean = Value::Null;
            }
        }
        let counts = columns[1].values.iter().map(|value| value.number().unwrap_or(0.0));
        let total: f64 = counts.clone().sum();
        let values = counts.map(|count| Value::Float(count / total)).collect();
        columns.insert(2, Column { name: share, values, format: Format::Share });
        Ok(Frame::new(columns))
    }
}

/// Whether a column of this type, as polars names it, holds numbers.
pub(super) fn is_number(kind: &str) -> bool {
    matches!(kind, "i32" | "i64" | "u32" | "u64" | "f32" | "f64")
}
