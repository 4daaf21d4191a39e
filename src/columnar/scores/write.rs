//! Writes rows into a shard.

use super::{ScoreView, schema};
use crate::columnar::error::{ColumnarError, ShardProblem};
use crate::columnar::ipc::{Compression, IpcWriter, ListBuilder};
use arrow::array::{ArrayRef, StringBuilder, UInt16Builder};
use arrow::datatypes::{UInt8Type, UInt32Type, UInt64Type};
use std::path::Path;
use std::sync::Arc;

/// Rows of a record batch, which the writer holds in memory.
const BATCH: usize = 256;
/// Notes after which a batch ends, so that songs of millions of notes do not add up.
const NOTES: usize = 1 << 22;

/// Writes rows one by one in bounded memory.
pub struct ScoreWriter {
    writer: IpcWriter,
    columns: Columns,
    last: String,
}

struct Columns {
    rows: usize,
    notes: usize,
    digest: StringBuilder,
    division: UInt16Builder,
    deltas: ListBuilder<UInt32Type>,
    pitches: ListBuilder<UInt8Type>,
    signature_ticks: ListBuilder<UInt64Type>,
    numerators: ListBuilder<UInt8Type>,
    denominators: ListBuilder<UInt8Type>,
}

impl ScoreWriter {
    /// Creates a file.
    ///
    /// # Errors
    /// Returns an error if it cannot be created.
    pub fn create(path: &Path) -> Result<Self, ColumnarError> {
        Self::with_capacity(path, 0)
    }

    /// Creates a file, with memory for `notes` from the start: lists that grow are copied.
    ///
    /// # Errors
    /// Returns an error if it cannot be created.
    pub fn with_capacity(path: &Path, notes: usize) -> Result<Self, ColumnarError> {
        let writer = IpcWriter::create(path, schema(), Compression::Zstd)?;
        let columns = Columns::with_capacity(notes.min(NOTES));
        Ok(Self { writer, columns, last: String::new() })
    }

    /// Appends a row, whose digest must be greater than the one before.
    ///
    /// # Errors
    /// Returns an error if it is not, or if the row cannot be written.
    pub fn push(&mut self, row: ScoreView<'_>) -> Result<(), ColumnarError> {
        if row.digest <= self.last.as_str() {
            return Err(ShardProblem::Damaged("digests out of order").in_file(self.writer.path()));
        }
        row.digest.clone_into(&mut self.last);
        self.columns.push(row);
        match self.columns.rows == BATCH || self.columns.notes >= NOTES {
            true => self.writer.write(self.columns.finish()),
            false => Ok(()),
        }
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Returns an error if it cannot be written.
    pub fn finish(mut self) -> Result<(), ColumnarError> {
        if self.columns.rows > 0 {
            self.writer.write(self.columns.finish())?;
        }
        self.writer.finish()
    }
}

impl Columns {
    fn with_capacity(notes: usize) -> Self {
        Self {
            rows: 0,
            notes: 0,
            digest: StringBuilder::new(),
            division: UInt16Builder::new(),
            deltas: ListBuilder::with_capacity(notes),
            pitches: ListBuilder::with_capacity(notes),
            signature_ticks: ListBuilder::with_capacity(0),
            numerators: ListBuilder::with_capacity(0),
            denominators: ListBuilder::with_capacity(0),
        }
    }

    fn push(&mut self, row: ScoreView<'_>) {
        self.rows += 1;
        self.notes += row.pitches.len();
        self.digest.append_value(row.digest);
        self.division.append_value(row.division);
        self.deltas.push(row.deltas);
        self.pitches.push(row.pitches);
        self.signature_ticks.push(row.signature_ticks);
        self.numerators.push(row.numerators);
        self.denominators.push(row.denominators);
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        (self.rows, self.notes) = (0, 0);
        vec![
            Arc::new(self.digest.finish()),
            Arc::new(self.division.finish()),
            self.deltas.finish(),
            self.pitches.finish(),
            self.signature_ticks.finish(),
            self.numerators.finish(),
            self.denominators.finish(),
        ]
    }
}
