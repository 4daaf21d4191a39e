use std::path::{Path, PathBuf};

use crate::music::roll::{RollShape, RollShapeError};
use arrow::error::ArrowError;
use parquet::errors::ParquetError;

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
    /// A column that this version writes is missing.
    #[error("{}: column `{column}` is missing; another version wrote this file", path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The missing column.
        column: String,
    },
    /// A column has another type than this version writes.
    #[error("{}: column `{column}` holds {found}, expected {expected}", path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The type that this version writes.
        expected: String,
        /// The type in the file.
        found: String,
    },
    /// A column without nulls has some.
    #[error("{}: column `{column}` has {count} empty values, expected none", path.display())]
    EmptyValues {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Number of rows without a value.
        count: usize,
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
    /// The columns are not those of a shard of samples.
    #[error("not a shard of samples: its columns are [{found}], expected [{expected}]")]
    Columns {
        /// Columns and types in the file.
        found: String,
        /// Columns and types of a shard.
        expected: String,
    },
    /// The file's metadata lacks a number of the shape.
    #[error("not a shard of samples: `{key}` is missing from its metadata or not a number")]
    Shape {
        /// The metadata's key.
        key: &'static str,
    },
    /// The numbers of the shape in the file's metadata are impossible.
    #[error("not a shard of samples: {0}")]
    InvalidShape(RollShapeError),
    /// The shard's shape differs from that of the first shard.
    #[error("its grid ({found}) differs from that of the first shard ({expected})")]
    OtherShape {
        /// This shard's shape.
        found: RollShape,
        /// The first shard's shape.
        expected: RollShape,
    },
    /// A sample has the wrong number of measures.
    #[error("sample {row} has {found} measures, expected {expected}")]
    Measures {
        /// Index of the sample in the shard.
        row: usize,
        /// Measures of the sample.
        found: usize,
        /// Measures of the shape.
        expected: usize,
    },
    /// A measure's cells are outside the shape, or not strictly ascending.
    #[error(
        "sample {row}, measure {measure}: cell {cell} is out of order or outside the {cells} cells"
    )]
    Cell {
        /// Index of the sample in the shard.
        row: usize,
        /// Index of the measure in the sample.
        measure: usize,
        /// The offending cell id.
        cell: u16,
        /// Cells of a measure.
        cells: usize,
    },
    /// The stated onset count is not the number of cells.
    #[error("sample {row} states {stated} onsets, but has {found} cells")]
    Onsets {
        /// Index of the sample in the shard.
        row: usize,
        /// The `onsets` column.
        stated: u32,
        /// Cells in all measures.
        found: usize,
    },
}

impl ShardProblem {
    /// The problem as an error of the file at `path`.
    pub(super) fn in_file(self, path: &Path) -> ColumnarError {
        ColumnarError::Shard { path: path.to_owned(), problem: self }
    }
}
