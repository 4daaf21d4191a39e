use crate::columnar::error::ColumnarError;

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
    /// A query is no SQL, or asks for what cannot be computed.
    #[error("the query failed: {reason}")]
    Sql {
        /// What is wrong with it.
        reason: String,
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
        let near = |column: &&String| {
            let (asked, column) = (name.to_lowercase(), column.to_lowercase());
            strsim::normalized_damerau_levenshtein(&asked, &column)
        };
        let nearest = columns
            .iter()
            .map(|column| (near(&column), column))
            .filter(|(similarity, _)| *similarity >= 0.5)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, column)| column.clone());
        Self::UnknownColumn { name: name.to_owned(), nearest, columns }
    }
}
