//! Conditions on rows: a pipeline's `where:`.

use super::Table;
use super::error::QueryError;
use super::load::Loaded;
use super::sql::{columns_of, matching_rows};
use crate::columnar::table::Row;

/// Checks `condition` against the columns of `R` without any rows, so that an invalid pipeline fails before it runs.
///
/// # Errors
/// Returns the error that [`Table::filter`](super::Table::filter) would return on any table of `R`.
pub fn check_condition<R: Row>(condition: &str) -> Result<(), QueryError> {
    let fields = R::fields();
    let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
    let rows = matching_rows(condition, Loaded::empty(&fields), &names);
    rows.map(drop).map_err(|error| invalid(condition, error))
}

impl Table {
    /// Returns the indices, ascending, of the rows that meet `condition`, an SQL expression over the columns. A row for
    /// which it is null does not meet it.
    ///
    /// # Errors
    /// Returns an error if the condition names an unknown column, or is no condition.
    pub fn filter(&self, condition: &str) -> Result<Vec<usize>, QueryError> {
        let words = columns_of(condition);
        let names = self.names();
        let used: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| words.contains(&name.to_lowercase()))
            .collect();
        let rows = matching_rows(condition, self.load(Some(&used))?, &names);
        rows.map_err(|error| invalid(condition, error))
    }
}

fn invalid(condition: &str, error: QueryError) -> QueryError {
    match error {
        QueryError::Sql { reason, hint } => {
            QueryError::Condition { condition: condition.to_owned(), reason, hint }
        }
        other => other,
    }
}
