use crate::columnar::error::ColumnarError;
use crate::text::{sanitize, suggest::nearest};

/// Why a question to a table has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The file cannot be read.
    #[error(transparent)]
    Table(#[from] ColumnarError),
    /// A column is named that the table does not have.
    #[error("unknown column `{name}`; {}", suggestion(nearest.as_deref(), columns))]
    UnknownColumn {
        /// The name, as it was written.
        name: String,
        /// The column with the most similar name.
        nearest: Option<String>,
        /// All columns.
        columns: Vec<String>,
    },
    /// A condition is no SQL, or compares what cannot be compared.
    #[error("`{condition}` is not a valid condition: {reason}")]
    Condition {
        /// The condition, as it was written.
        condition: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A query is no SQL, or asks for what cannot be run_polars.
    #[error("the query failed: {reason}")]
    Sql {
        /// What is wrong with it.
        reason: String,
        /// What to do about it, where that is known.
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
        // Another program's file may call its columns anything.
        let columns: Vec<String> =
            columns.iter().map(|column| sanitize(column).into_owned()).collect();
        let nearest = nearest(name, &columns).cloned();
        Self::UnknownColumn { name: name.to_owned(), nearest, columns }
    }

    /// What polars gives as `reason` for not computing what is no query of a person.
    pub(super) fn computation(reason: String) -> Self {
        Self::Sql { reason, hint: None }
    }
}
