//! Questions to a Parquet file, answered by polars, which only this module knows: rows that meet a condition (a
//! pipeline's `where:`), SQL, groups, a description. Answers are [`Frame`]s of plain values.

mod by;
mod condition;
mod convert;
mod count;
mod describe;
mod error;
mod explain;
mod export;
mod frame;
mod load;

use std::path::{Path, PathBuf};

use arrow::datatypes::Field;
use polars::prelude::IntoLazy;
use polars::sql::SQLContext;

use super::table;
use condition::Condition;
use load::Loaded;

pub use condition::check_condition;
pub use describe::Description;
pub use error::QueryError;
pub use frame::{Column, Format, Frame, Value};

pub(crate) use describe::{Summary, count_values, quantile};

/// A Parquet file that can be asked. Only the columns that a question needs are read, when it is asked.
///
/// The file is read by the `parquet` crate, not by polars: its release does not understand the column orders that
/// today's writers state for floating point columns.
pub struct Table {
    path: PathBuf,
    columns: Vec<(String, String)>,
}

impl Table {
    /// Opens the Parquet file at `path`, whatever its name.
    ///
    /// # Errors
    /// [`QueryError::Table`] when it is not there or no Parquet file.
    pub fn open(path: &Path) -> Result<Self, QueryError> {
        let (schema, _) = table::batches(path, Some(&[]))?;
        let kind = |field: &Field| load::series(field, &[]).dtype().to_string();
        let columns =
            schema.fields().iter().map(|field| (field.name().clone(), kind(field))).collect();
        Ok(Self { path: path.to_owned(), columns })
    }

    /// Name and type of each column, in order.
    pub fn columns(&self) -> &[(String, String)] {
        &self.columns
    }

    /// The result of an SQL `query`; this table's name in it is `self`.
    ///
    /// # Errors
    /// When the query names an unknown column, is no SQL, or cannot be run_polars.
    pub fn sql(&self, query: &str) -> Result<Frame, QueryError> {
        let data = Loaded::read(&self.path, None)?;
        let answer = convert::run_polars(|| {
            let frame = data.frame()?;
            let whole = frame.get_columns().iter().find(|column| column.null_count() == 0);
            let query = match whole {
                Some(column) => count::rewrite_count_star(query, column.name()),
                None => query.to_owned(),
            };
            let mut context = SQLContext::new();
            context.register("self", frame.lazy());
            context.execute(&query)?.collect()
        });
        answer
            .map(convert::frame)
            .map_err(|reason| explain::explain_error(query, &reason, self.names()))
    }

    /// Indices, ascending, of the rows that meet `condition`: an SQL expression over the columns. A row for which it
    /// is neither true nor false, for want of a value, does not meet it.
    ///
    /// # Errors
    /// When the condition names an unknown column, or is not a condition.
    pub fn filter(&self, condition: &str) -> Result<Vec<usize>, QueryError> {
        let condition = Condition::parse(condition, &self.names())?;
        condition.matching_rows(Loaded::read(&self.path, Some(&condition.columns()))?)
    }

    /// The values of the named columns, in the order of the file.
    pub(crate) fn select(&self, names: &[&str]) -> Result<Frame, QueryError> {
        self.require(names)?;
        let data = Loaded::read(&self.path, Some(names))?;
        let data = convert::run_polars(|| data.frame());
        data.map(convert::frame).map_err(QueryError::computation)
    }

    fn names(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).collect()
    }

    fn require(&self, names: &[&str]) -> Result<(), QueryError> {
        let known = |name: &&&str| self.columns.iter().any(|(column, _)| column == **name);
        match names.iter().find(|name| !known(name)) {
            Some(name) => Err(QueryError::unknown_column(name, self.names())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
