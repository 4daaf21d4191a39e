//! Counts of rows by the values of a column.

use super::Table;
use super::error::QueryError;
use super::frame::{Column, Format, Frame, Value};

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
        let numeric = self.columns.iter().filter(|(name, kind)| name != column && is_number(kind));
        let mut numeric: Vec<&str> = numeric.map(|(name, _)| name.as_str()).collect();
        let is_meaningful = |name: &&str| MEANINGFUL_MEANS.split(' ').any(|known| known == *name);
        if numeric.iter().any(is_meaningful) {
            numeric.retain(is_meaningful);
        }
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let mean = |name: &&str| {
            let title = format!("mean_{}", name.trim_start_matches("mean_"));
            format!(", avg({}) as {}", quoted(name), quoted(&title))
        };
        let means: String = numeric.iter().map(mean).collect();
        let (key, count) = (quoted(column), quoted(&free("count")));
        let is_list = self.columns.iter().any(|(name, kind)| name == column && is_list(kind));
        let rows = match is_list {
            false => "self".to_owned(),
            true => {
                let numbers: String =
                    numeric.iter().map(|name| format!(", {}", quoted(name))).collect();
                let values = format!("case when len({key}) > 0 then {key} else [null] end");
                format!("(select unnest({values}) as {key}{numbers} from self)")
            }
        };
        let answer = self.sql(&format!(
            "select {key}, count(*) as {count}{means} from {rows} group by 1 order by 2 desc, 1"
        ))?;
        let rows = self.sql("select count(*) as rows from self")?;
        let rows = rows.columns().first().and_then(|column| column.values.first()?.number());
        let mut columns = answer.columns().to_vec();
        for mean in columns.iter_mut().skip(2).flat_map(|column| &mut column.values) {
            if matches!(mean, Value::Float(number) if number.is_nan()) {
                *mean = Value::Null;
            }
        }
        let counts = columns[1].values.iter().map(|value| value.number().unwrap_or(0.0));
        let rows = rows.unwrap_or(0.0);
        let values = counts.map(|count| Value::Float(count / rows)).collect();
        columns.insert(2, Column { name: free("share"), values, format: Format::Share });
        Ok(Frame::new(columns))
    }
}

/// Returns true if a column of this type, as [`Table::columns`] names it, holds lists.
fn is_list(kind: &str) -> bool {
    kind.starts_with("list[")
}

/// Returns true if a column of this type, as [`Table::columns`] names it, holds numbers.
pub(super) fn is_number(kind: &str) -> bool {
    let is_sized = |first: char| kind.starts_with(first) && kind[1..].parse::<u32>().is_ok();
    "iuf".chars().any(is_sized) || kind.starts_with("decimal")
}
