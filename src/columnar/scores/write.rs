//! Rows into a shard.

use super::{ScoreView, schema};
use crate::columnar::error::{ColumnarError, ShardProblem};
use crate::columnar::mapped::packing;
use arrow::array::{
    ArrayRef, ListBuilder, PrimitiveBuilder, RecordBatch, StringBuilder, UInt16Builder,
};
use arrow::datatypes::{ArrowPrimitiveType, Field, UInt8Type, UInt32Type, UInt64Type};
use arrow::ipc::writer::FileWriter;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a record batch: what a writer holds.
const BATCH: usize = 256;
/// Notes after which a batch ends, however few rows it has: songs of millions of notes do not add up.
const NOTES: usize = 1 << 22;

/// Writes rows one by one in bounded memory.
pub struct ScoreWriter {
    path: PathBuf,
    writer: FileWriter<BufWriter<fs_err::File>>,
    columns: Columns,
    last: String,
}

struct Columns {
    rows: usize,
    notes: usize,
    digest: StringBuilder,
    division: UInt16Builder,
    deltas: Lists<UInt32Type>,
    pitches: Lists<UInt8Type>,
    signature_ticks: Lists<UInt64Type>,
    numerators: Lists<UInt8Type>,
    denominators: Lists<UInt8Type>,
}

impl ScoreWriter {
    /// A writer into a new file.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path) -> Result<Self, ColumnarError> {
        Self::create_for(path, 0)
    }

    /// A writer into a new file, with room for so many notes from the start: lists that grow are copied.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create_for(path: &Path, notes: usize) -> Result<Self, ColumnarError> {
        let file = BufWriter::new(fs_err::File::create(path)?);
        let writer = packing()
            .and_then(|options| FileWriter::try_new_with_options(file, &schema(), options))
            .map_err(|error| refused(path, error))?;
        let columns = Columns::with_room(notes.min(NOTES));
        Ok(Self { path: path.to_owned(), writer, columns, last: String::new() })
    }

    /// Appends a row, whose digest comes after that of the row before.
    ///
    /// # Errors
    /// When it does not, or cannot be written.
    pub fn push(&mut self, row: ScoreView<'_>) -> Result<(), ColumnarError> {
        if row.digest <= self.last.as_str() {
            let problem = ShardProblem::Damaged("digests out of order");
            return Err(ColumnarError::Shard { path: self.path.clone(), problem });
        }
        row.digest.clone_into(&mut self.last);
        self.columns.push(row);
        if self.columns.rows == BATCH || self.columns.notes >= NOTES {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Completes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), ColumnarError> {
        self.flush()?;
        self.writer.finish().map_err(|error| refused(&self.path, error))
    }

    fn flush(&mut self) -> Result<(), ColumnarError> {
        if self.columns.rows == 0 {
            return Ok(());
        }
        RecordBatch::try_new(schema(), self.columns.finish())
            .and_then(|batch| self.writer.write(&batch))
            .map_err(|error| refused(&self.path, error))
    }
}

impl Columns {
    fn with_room(notes: usize) -> Self {
        Self {
            rows: 0,
            notes: 0,
            digest: StringBuilder::new(),
            division: UInt16Builder::new(),
            deltas: Lists::with_room(notes),
            pitches: Lists::with_room(notes),
            signature_ticks: Lists::with_room(0),
            numerators: Lists::with_room(0),
            denominators: Lists::with_room(0),
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

/// A column of lists.
struct Lists<T: ArrowPrimitiveType>(ListBuilder<PrimitiveBuilder<T>>);

impl<T: ArrowPrimitiveType> Lists<T> {
    fn with_room(values: usize) -> Self {
        let field = Field::new("item", T::DATA_TYPE, false);
        Self(ListBuilder::new(PrimitiveBuilder::with_capacity(values)).with_field(field))
    }

    fn push(&mut self, values: &[T::Native]) {
        self.0.values().append_slice(values);
        self.0.append(true);
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

fn refused(path: &Path, error: arrow::error::ArrowError) -> ColumnarError {
    ColumnarError::Shard { path: path.to_owned(), problem: ShardProblem::Arrow(error) }
}
