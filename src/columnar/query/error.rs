//! Errors of queries.

use crate::columnar::error::ColumnarError;
use crate::text::{sanitize, suggest::nearest};

/// A query that failed.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The file cannot be read.
    #[error(transparent)]
    Table(#[from] ColumnarError),
    /// The query names a column that the table does not have.
    #[error("unknown column `{name}`; {}", suggestion(nearest.as_deref(), columns))]
    UnknownColumn {
        /// The name, as written.
        name: String,
        /// The column with the most similar name.
        nearest: Option<String>,
        /// All columns.
        columns: Vec<String>,
    },
    /// A condition is not SQL, or compares values of different types.
    #[error("`{condition}` is not a valid condition: {reason}")]
    Condition {
        /// The condition, as written.
        condition: String,
        /// The reason.
        reason: String,
        /// How to fix it, if known.
        hint: Option<String>,
    },
    /// A query is not SQL, or cannot be computed.
    #[error("the query failed: {reason}")]
    Sql {
        /// The reason.
        reason: String,
        /// How to fix it, if known.
        hint: Option<String>,
    },
}

fn suggestion(nearest: Option<&str>, columns: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the columns are {}", columns.join(", ")),
    }
}

impl QueryError {
    /// The error about a column `name` that is not among `columns`.
    pub(super) fn unknown_column(name: &str, columns: Vec<String>) -> Self {
        // Names in files of other programs are untrusted.
        let columns: Vec<String> =
            columns.iter().map(|column| sanitize(column).into_owned()).collect();
        let nearest = nearest(name, &columns).cloned();
        Self::UnknownColumn { name: name.to_owned(), nearest, columns }
    }

    /// The error of a computation that is not the user's query.
    pub(super) fn computation(reason: String) -> Self {
        Self::Sql { reason, hint: None }
    }
}
