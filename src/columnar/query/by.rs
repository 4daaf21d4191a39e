use polars::prelude::{SortMultipleOptions, col, len, lit};

use super::error::QueryError;
use super::frame::{Format, Frame};
use super::{Table, convert};

impl Table {
    /// One row for each value of `column`: how many rows have it, their share of all rows (0 to 1), and the mean of
    /// every other numeric column among them. The largest groups come first.
    ///
    /// # Errors
    /// When there is no such column, or its values cannot be grouped.
    pub fn by(&self, column: &str) -> Result<Frame, QueryError> {
        self.require(&[column])?;
        let free = |name: &str| {
            if column == name {
                format!("{name}_")
            } else {
                name.to_owned()
            }
        };
        let (count, share) = (free("count"), free("share"));
        let mut answers = vec![len().alias(&count)];
        let numbers = self
            .columns
            .iter()
            .filter(|(name, kind)| name != column && is_number(kind));
        answers.extend(numbers.map(|(name, _)| col(name).mean().alias(format!("mean_{name}"))));
        let total = len_of(self)?;
        let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
        let groups = self
            .data
            .clone()
            .group_by([col(column)])
            .agg(answers)
            .with_column((col(&count) / lit(total.max(1.0))).alias(&share))
            .sort([count.as_str(), column], order);
        let mut names = vec![column.to_owned(), count, share.clone()];
        let numbers = self
            .columns
            .iter()
            .filter(|(name, kind)| name != column && is_number(kind));
        names.extend(numbers.map(|(name, _)| format!("mean_{name}")));
        let names: Vec<_> = names.iter().map(col).collect();
        let answer = convert::reason(groups.select(names).collect());
        let answer = answer.map_err(|reason| QueryError::Sql { reason })?;
        Ok(convert::frame(answer).with_format(&share, Format::Percent))
    }
}

fn len_of(table: &Table) -> Result<f64, QueryError> {
    let rows = table.collect(table.data.clone().select([len()]))?;
    let count = rows
        .columns()
        .first()
        .and_then(|column| column.values.first()?.number());
    Ok(count.unwrap_or(0.0))
}

/// Whether a column of this type, as polars names it, holds numbers.
pub(super) fn is_number(kind: &str) -> bool {
    matches!(
        kind,
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "f32" | "f64"
    )
}
