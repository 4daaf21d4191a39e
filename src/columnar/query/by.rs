//! Counts of rows by the values of a column.

use polars::prelude::{IntoLazy, SortMultipleOptions, col, len};

use super::error::QueryError;
use super::frame::{Column, Format, Frame, Value};
use super::load::Loaded;
use super::workarounds::run_polars;
use super::{Table, convert};

/// Columns whose mean describes a group of rows. The mean of most others (a division, a seed, a first measure) is
/// meaningless, but only of our own tables do we know which.
const MEANINGFUL_MEANS: &str = "measures notes tempo duration off_grid bytes_unread onsets density beat_strength \
     mean_pitch distinct_measures loss reconstruction kl validation_loss validation_f1 active_units value";

impl Table {
    /// Returns one row per value of `column`: the number of rows, their share of all rows (0 to 1), and the means of
    /// meaningful numeric columns (of a table that is not ours: of every other numeric column; no mean if a group has
    /// no value). The largest groups come first. A row with a list counts once for each value in it, and for an empty value
    /// if the list is empty.
    ///
    /// # Errors
    /// Returns an error if there is no such column, or if its values cannot be grouped.
    pub fn by(&self, column: &str) -> Result<Frame, QueryError> {
        self.require(&[column])?;
        let free = |name: &str| if column == name { format!("{name}_") } else { name.to_owned() };
        let (count, share) = (free("count"), free("share"));
        let numeric = self.columns.iter().filter(|(name, kind)| name != column && is_number(kind));
        let mut numeric: Vec<&str> = numeric.map(|(name, _)| name.as_str()).collect();
        let is_meaningful = |name: &&str| MEANINGFUL_MEANS.split(' ').any(|known| known == *name);
        if numeric.iter().any(is_meaningful) {
            numeric.retain(is_meaningful);
        }
        let data = Loaded::read(&self.path, Some(&[&[column], &numeric[..]].concat()))?;
        let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
        let mean = |name: &str| format!("mean_{}", name.trim_start_matches("mean_"));
        let means = numeric.iter().map(|&name| col(name).mean().alias(mean(name)));
        let is_list = self.columns.iter().any(|(name, kind)| name == column && is_list(kind));
        let mut rows = 0;
        let answer = run_polars(|| {
            let data = data.frame()?;
            rows = data.height();
            let data = if is_list { data.lazy().explode([col(column)]) } else { data.lazy() };
            data.group_by([col(column)])
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
        let values = counts.map(|count| Value::Float(count / rows as f64)).collect();
        columns.insert(2, Column { name: share, values, format: Format::Share });
        Ok(Frame::new(columns))
    }
}

/// Returns true if a column of this type, in the name of polars, holds lists.
fn is_list(kind: &str) -> bool {
    kind.starts_with("list[")
}

/// Returns true if a column of this type, in the name of polars, holds numbers.
pub(super) fn is_number(kind: &str) -> bool {
    matches!(kind, "i32" | "i64" | "u32" | "u64" | "f32" | "f64")
}
