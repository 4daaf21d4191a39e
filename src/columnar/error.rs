use std::path::{Path, PathBuf};

use crate::music::roll::{RollShape, RollShapeError};
use arrow::error::ArrowError;
use parquet::errors::ParquetError;

/// Why a table or a shard could not be written or read. Each names its file.
#[derive(Debug, thiserror::Error)]
pub enum ColumnarError {
    /// The file system refused; `fs_err` names the path.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file is no Parquet file, or a damaged one.
    #[error("{}: not a readable Parquet file: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the Parquet reader or writer found.
        source: ParquetError,
    },
    /// A column that this version writes is not there.
    #[error("{}: column `{column}` is missing; another version wrote this file", path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The absent column.
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
    /// A column that always has a value has gaps.
    #[error("{}: column `{column}` has {count} empty values, expected none", path.display())]
    EmptyValues {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// How many rows lack a value.
        count: usize,
    },
    /// No shard was given; even a split without samples has one.
    #[error("no shard of samples was given, expected at least one")]
    NoShards,
    /// A shard of samples is not what it should be.
    #[error("{}: {problem}", path.display())]
    Shard {
        /// The shard.
        path: PathBuf,
        /// What is wrong with it.
        problem: ShardProblem,
    },
}

/// What can be wrong with a shard of samples.
#[derive(Debug, thiserror::Error)]
pub enum ShardProblem {
    /// The file does not begin and end as Arrow IPC files do.
    #[error("not an Arrow IPC file")]
    NotArrow,
    /// A block lies outside the file, or a buffer outside its block.
    #[error("the Arrow IPC file is cut short or damaged: {0}")]
    Damaged(&'static str),
    /// The Arrow reader or writer refused.
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
    #[error("not a shard of samples: `{key}` is missing from its metadata or no number")]
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
        /// Measures of the grid.
        expected: usize,
    },
    /// A measure's cells leave the grid, or are not strictly ascending.
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
