use polars::prelude::{IntoLazy, SortMultipleOptions, col, len};

use super::error::QueryError;
use super::frame::{Column, Format, Frame, Value};
use super::load::Loaded;
use super::{Table, convert};

impl Table {
    /// One row for each value of `column`: how many rows have it, their share of all rows (0 to 1), and the mean of
    /// every other numeric column among them. The largest groups come first.
    ///
    /// # Errors
    /// When there is no such column, or its values cannot be grouped.
    pub fn by(&self, column: &str) -> Result<Frame, QueryError> {
        self.require(&[column])?;
        let free = |name: &str| if column == name { format!("{name}_") } else { name.to_owned() };
        let (count, share) = (free("count"), free("share"));
        let numeric = self.columns.iter().filter(|(name, kind)| name != column && is_number(kind));
        let numeric: Vec<&str> = numeric.map(|(name, _)| name.as_str()).collect();
        let data = Loaded::read(&self.path, Some(&[&[column], &numeric[..]].concat()))?;
        let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
        let means = numeric.iter().map(|&name| col(name).mean().alias(format!("mean_{name}")));
        let answer = convert::computed(|| {
            data.frame()?
                .lazy()
                .group_by([col(column)])
                .agg([len().alias(&count)].into_iter().chain(means).collect::<Vec<_>>())
                .sort([count.as_str(), column], order)
                .collect()
        });
        let answer = convert::frame(answer.map_err(|reason| QueryError::Sql { reason })?);
        let mut columns = answer.columns().to_vec();
        let counts = columns[1].values.iter().map(|value| value.number().unwrap_or(0.0));
        let total: f64 = counts.clone().sum();
        let values = counts.map(|count| Value::Float(count / total)).collect();
        columns.insert(2, Column { name: share, values, format: Format::Percent });
        Ok(Frame::new(columns))
    }
}

/// Whether a column of this type, as polars names it, holds numbers.
pub(super) fn is_number(kind: &str) -> bool {
    matches!(kind, "i32" | "i64" | "u32" | "u64" | "f32" | "f64")
}
