//! Errors of tables and shards.

use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

/// The result of reading or writing a table or shard.
pub type Result<T, E = ColumnarError> = std::result::Result<T, E>;

/// The result of decoding or checking a shard.
pub(super) type ShardResult<T = ()> = Result<T, ShardProblem>;

/// A table or shard that cannot be written or read. Each variant names its file.
#[derive(Debug, thiserror::Error)]
pub enum ColumnarError {
    /// An I/O error; `fs_err` names the path.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file is no Parquet file, or is damaged.
    #[error("{}: not a readable Parquet file: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The error of the Parquet reader or writer.
        source: ParquetError,
    },
    /// A line of a CSV file is malformed.
    #[error("{}:{line}: {problem}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The problem: `has a quote that does not end`.
        problem: String,
    },
    /// A column is missing, of another type, or has nulls that it may not have.
    #[error("{}: column `{column}` {problem}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The problem: `is missing; another version wrote this file`.
        problem: String,
    },
    /// No shards; even a split without samples has one.
    #[error("no shards of samples, expected at least one")]
    NoShards,
    /// A shard is invalid.
    #[error("{}: {problem}", path.display())]
    Shard {
        /// The shard.
        path: PathBuf,
        /// The problem.
        problem: ShardProblem,
    },
}

/// A problem of an Arrow IPC file.
#[derive(Debug, thiserror::Error)]
pub enum ShardProblem {
    /// The file does not begin and end like Arrow IPC files.
    #[error("not an Arrow IPC file")]
    NotArrow,
    /// A block is outside the file, or a buffer outside its block.
    #[error("the Arrow IPC file is truncated or damaged: {0}")]
    Damaged(&'static str),
    /// An error of the Arrow reader or writer.
    #[error("not a readable Arrow IPC file: {0}")]
    Arrow(#[from] ArrowError),
    /// The columns, the shape or a sample of a shard of samples are invalid.
    #[error("{0}")]
    Invalid(String),
}

impl ShardProblem {
    /// The problem as an error of the file at `path`.
    pub(super) fn in_file(self, path: &Path) -> ColumnarError {
        ColumnarError::Shard { path: path.to_owned(), problem: self }
    }
}
