//! Questions to a Parquet file, answered by polars, which only this module knows: rows that meet a condition (a
//! pipeline's `where:`), SQL, groups, a description. Answers are [`Frame`]s of plain values.

mod by;
mod condition;
mod convert;
mod describe;
mod error;
mod frame;

use std::path::{Path, PathBuf};

use polars::prelude::{LazyFrame, ScanArgsParquet, col};
use polars::sql::SQLContext;

pub use condition::check_condition;
pub use describe::Description;
pub use error::QueryError;
pub use frame::{Column, Format, Frame, Value};

pub(super) use describe::{Summary, count_values, quantile};

/// A Parquet file that can be asked. Only what a question needs is read, when it is asked.
pub struct Table {
    path: PathBuf,
    data: LazyFrame,
    columns: Vec<(String, String)>,
}

impl Table {
    /// Opens the Parquet file at `path`, whatever its name.
    ///
    /// # Errors
    /// [`QueryError::Unreadable`] when it is not there or no Parquet file.
    pub fn open(path: &Path) -> Result<Self, QueryError> {
        let unreadable = |reason| QueryError::Unreadable {
            path: path.to_owned(),
            reason,
        };
        // polars takes a folder for a set of files, and `[` for a pattern: a matrix instance's folder has it.
        fs_err::File::open(path).map_err(|error| unreadable(error.to_string()))?;
        let arguments = ScanArgsParquet {
            glob: false,
            cache: false,
            ..Default::default()
        };
        let schema = |data: &mut LazyFrame| data.collect_schema();
        let mut data =
            convert::reason(LazyFrame::scan_parquet(path, arguments)).map_err(unreadable)?;
        let schema = convert::reason(schema(&mut data)).map_err(unreadable)?;
        let columns = schema
            .iter()
            .map(|(name, kind)| (name.to_string(), kind.to_string()))
            .collect();
        Ok(Self {
            path: path.to_owned(),
            data,
            columns,
        })
    }

    /// Name and type of each column, in order.
    pub fn columns(&self) -> &[(String, String)] {
        &self.columns
    }

    /// The result of an SQL `query`; this table's name in it is `self`.
    ///
    /// # Errors
    /// When the query names an unknown column, is no SQL, or cannot be computed.
    pub fn sql(&self, query: &str) -> Result<Frame, QueryError> {
        let mut context = SQLContext::new();
        context.register("self", self.data.clone());
        let answer = context.execute(query).and_then(LazyFrame::collect);
        convert::reason(answer)
            .map(convert::frame)
            .map_err(|reason| {
                self.unknown_column_in(&reason)
                    .unwrap_or(QueryError::Sql { reason })
            })
    }

    /// Indices, ascending, of the rows that meet `condition`: an SQL expression over the columns. A row for which it
    /// is neither true nor false, for want of a value, does not meet it.
    ///
    /// # Errors
    /// When the condition names an unknown column, or is not a condition.
    pub fn filter(&self, condition: &str) -> Result<Vec<usize>, QueryError> {
        condition::matching_rows(self.data.clone(), &self.names(), condition)
    }

    /// The values of the named columns.
    pub(super) fn select(&self, names: &[&str]) -> Result<Frame, QueryError> {
        self.require(names)?;
        let columns: Vec<_> = names.iter().map(|&name| col(name)).collect();
        self.collect(self.data.clone().select(columns))
    }

    fn collect(&self, data: LazyFrame) -> Result<Frame, QueryError> {
        convert::reason(data.collect())
            .map(convert::frame)
            .map_err(|reason| QueryError::Unreadable {
                path: self.path.clone(),
                reason,
            })
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

    /// The error about an unknown column, when that is what polars complains about.
    fn unknown_column_in(&self, reason: &str) -> Option<QueryError> {
        let (_, rest) = reason.split_once("unable to find column \"")?;
        let (name, _) = rest.split_once('"')?;
        Some(QueryError::unknown_column(name, self.names()))
    }
}

#[cfg(test)]
mod tests;
