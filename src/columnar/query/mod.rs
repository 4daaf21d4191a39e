//! Queries of a Parquet file by polars, which only this module uses: rows that meet a condition (a pipeline's
//! `where:`), SQL, groups, a description. Results are [`Frame`]s of plain values.

mod by;
mod condition;
mod convert;
mod describe;
mod error;
mod export;
mod frame;
mod load;
mod workarounds;

use std::path::{Path, PathBuf};

use arrow::datatypes::Field;
use polars::prelude::IntoLazy;
use polars::sql::SQLContext;

use super::table;
use condition::Condition;
use load::Loaded;
use workarounds::{explain_error, rewrite_count_star, run_polars};

pub use condition::check_condition;
pub use describe::Description;
pub use error::QueryError;
pub use frame::{Column, Format, Frame, Value};

pub(crate) use describe::{Summary, count_values, quantile};

/// A Parquet file for queries. Each query reads only the columns that it needs.
///
/// The file is read by the `parquet` crate, not by polars: this release of polars does not understand the column
/// orders that current writers state for floating point columns.
pub struct Table {
    path: PathBuf,
    columns: Vec<(String, String)>,
}

impl Table {
    /// Opens the Parquet file at `path`, whatever its name.
    ///
    /// # Errors
    /// Returns [`QueryError::Table`] if it is missing or no Parquet file.
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

    /// Runs an SQL `query`, in which this table is called `self`.
    ///
    /// # Errors
    /// Returns an error if the query names an unknown column, is not SQL, or cannot be computed.
    pub fn sql(&self, query: &str) -> Result<Frame, QueryError> {
        let data = Loaded::read(&self.path, None)?;
        let answer = run_polars(|| {
            let frame = data.frame()?;
            let whole = frame.get_columns().iter().find(|column| column.null_count() == 0);
            let query = match whole {
                Some(column) => rewrite_count_star(query, column.name()),
                None => query.to_owned(),
            };
            let mut context = SQLContext::new();
            context.register("self", frame.lazy());
            context.execute(&query)?.collect()
        });
        answer.map(convert::frame).map_err(|reason| explain_error(query, &reason, self.names()))
    }

    /// Returns the indices, ascending, of the rows that meet `condition`, an SQL expression over the columns. A row for
    /// which it is null does not meet it.
    ///
    /// # Errors
    /// Returns an error if the condition names an unknown column, or is no condition.
    pub fn filter(&self, condition: &str) -> Result<Vec<usize>, QueryError> {
        let condition = Condition::parse(condition, &self.names())?;
        condition.matching_rows(Loaded::read(&self.path, Some(&condition.columns()))?)
    }

    /// The values of the named columns, in the order of the file.
    pub(crate) fn select(&self, names: &[&str]) -> Result<Frame, QueryError> {
        self.require(names)?;
        let data = Loaded::read(&self.path, Some(names))?;
        let data = run_polars(|| data.frame());
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
