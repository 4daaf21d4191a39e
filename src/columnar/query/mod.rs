//! Queries of Parquet and CSV files: rows that meet a condition (a pipeline's `where:`), SQL, groups, a description.
//! Results are [`Frame`]s of plain values. Only this module uses polars.

mod by;
mod condition;
mod convert;
mod csv;
mod describe;
mod error;
mod export;
mod export_parquet;
mod frame;
mod load;
mod polars_error;
mod sql;

use std::path::{Path, PathBuf};

use super::table;
use load::Loaded;
use sql::Kind;

pub use condition::check_condition;
pub use describe::Description;
pub use error::QueryError;
pub use frame::{Column, Format, Frame, Value};
pub use sql::Tables;

pub(crate) use describe::{Summary, count_values, quantile};

/// A file for queries. Each query reads only the columns that it needs.
///
/// Parquet is read by the `parquet` crate, not by polars, whose reader would bring its streaming engine and two network
/// stacks into the build.
pub struct Table {
    columns: Vec<(String, String)>,
    source: Source,
}

/// The values of a table.
enum Source {
    /// A Parquet file.
    Parquet(PathBuf),
    /// Values in memory, one column after the other.
    Values(Vec<(Kind, Vec<Value>)>),
}

impl Table {
    /// Opens the Parquet file at `path`, whatever its name.
    ///
    /// # Errors
    /// Returns [`QueryError::Table`] if it is missing or no Parquet file.
    pub fn open(path: &Path) -> Result<Self, QueryError> {
        let (schema, _) = table::batches(path, Some(&[]))?;
        let fields = schema.fields().iter();
        let columns =
            fields.map(|field| (field.name().clone(), load::type_name(field.data_type())));
        Ok(Self { columns: columns.collect(), source: Source::Parquet(path.to_owned()) })
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
        answer(query, &[("self".to_owned(), self)])
    }

    /// The values of the named columns, in the order of the file.
    pub(crate) fn select(&self, names: &[&str]) -> Result<Frame, QueryError> {
        self.require(names)?;
        let loaded = self.load(Some(names))?;
        let columns = loaded.columns().iter().map(|column| Column {
            name: column.name().to_string(),
            values: convert::values(column),
            format: Format::Plain,
        });
        Ok(Frame::new(columns.collect()))
    }

    /// Reads the named columns, or all.
    fn load(&self, names: Option<&[&str]>) -> Result<Loaded, QueryError> {
        match &self.source {
            Source::Parquet(path) => Ok(Loaded::read(path, names)?),
            Source::Values(values) => {
                let columns = self.columns.iter().zip(values);
                let columns = columns
                    .map(|((name, _), (kind, values))| (name.as_str(), kind, values.as_slice()));
                let wanted = |name: &str| names.is_none_or(|names| names.contains(&name));
                Ok(Loaded::of_values(
                    columns.filter(|(name, ..)| wanted(name)),
                    values.first().map_or(0, |(_, values)| values.len()),
                ))
            }
        }
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

/// Runs an SQL `query` over `tables`.
///
/// # Errors
/// Returns an error if the query names an unknown table or column, is not SQL, or cannot be computed.
pub fn answer(query: &str, tables: &Tables<'_>) -> Result<Frame, QueryError> {
    sql::answer(query, tables)
}

#[cfg(test)]
mod tests;
