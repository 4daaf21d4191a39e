//! Writes samples into a shard.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int8Builder, ListBuilder, StringBuilder, UInt16Builder, UInt32Builder,
};
use arrow::datatypes::{DataType, Field};

use super::check::check_sample;
use super::read::SampleMeta;
use super::schema::schema;
use crate::columnar::error::Result;
use crate::columnar::ipc::{Compression, IpcWriter, list_type};
use crate::music::roll::RollShape;

/// Samples of a record batch, which the writer holds in memory.
const BATCH: usize = 1_024;

/// Writes the samples of one shard, as [`ShardBoundaries`](super::ShardBoundaries) assigns them.
pub struct ShardWriter {
    shape: RollShape,
    writer: IpcWriter,
    columns: Columns,
    /// Samples written so far.
    rows: usize,
}

#[derive(Default)]
struct Columns {
    rows: usize,
    song: StringBuilder,
    group: StringBuilder,
    path: StringBuilder,
    first_measure: UInt32Builder,
    transposition: Int8Builder,
    time_signature: StringBuilder,
    onsets: UInt32Builder,
    measures: ListBuilder<ListBuilder<UInt16Builder>>,
}

impl ShardWriter {
    /// Creates a file. A split without samples has one shard without rows, which has a shape.
    ///
    /// # Errors
    /// Returns an error if it cannot be created.
    pub fn create(path: &Path, shape: RollShape) -> Result<Self> {
        let writer = IpcWriter::create(path, schema(shape), Compression::Zstd)?;
        Ok(Self { shape, writer, columns: Columns::new(), rows: 0 })
    }

    /// Appends a sample; the cells of its measures are ascending ids below the shape's cells per measure.
    ///
    /// # Errors
    /// Returns an error if a cell is outside the shape, if the number of onsets is wrong, or if the sample cannot be
    /// written.
    pub fn push<M: AsRef<[u16]>>(&mut self, sample: &SampleMeta<'_>, measures: &[M]) -> Result<()> {
        let row = self.rows + self.columns.rows;
        check_sample(row, self.shape, sample.onsets, measures.iter().map(AsRef::as_ref))
            .map_err(|problem| problem.in_file(self.writer.path()))?;
        self.columns.push(sample, measures);
        if self.columns.rows == BATCH { self.flush() } else { Ok(()) }
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Returns an error if it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.writer.finish()
    }

    fn flush(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.columns.rows);
        if rows == 0 {
            return Ok(());
        }
        self.rows += rows;
        self.writer.write(self.columns.finish())
    }
}

impl Columns {
    fn new() -> Self {
        let item = |kind| Field::new("item", kind, false);
        let cells = ListBuilder::new(UInt16Builder::new()).with_field(item(DataType::UInt16));
        let measures = ListBuilder::new(cells).with_field(item(list_type(DataType::UInt16)));
        Self { measures, ..Self::default() }
    }

    fn push<M: AsRef<[u16]>>(&mut self, sample: &SampleMeta<'_>, measures: &[M]) {
        self.rows += 1;
        self.song.append_value(sample.song);
        self.group.append_value(sample.group);
        self.path.append_value(sample.path);
        self.first_measure.append_value(sample.first_measure);
        self.transposition.append_value(sample.transposition);
        self.time_signature.append_value(sample.time_signature);
        self.onsets.append_value(sample.onsets);
        for measure in measures {
            self.measures.values().values().append_slice(measure.as_ref());
            self.measures.values().append(true);
        }
        self.measures.append(true);
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        vec![
            Arc::new(self.song.finish()),
            Arc::new(self.group.finish()),
            Arc::new(self.path.finish()),
            Arc::new(self.first_measure.finish()),
            Arc::new(self.transposition.finish()),
            Arc::new(self.time_signature.finish()),
            Arc::new(self.onsets.finish()),
            Arc::new(self.measures.finish()),
        ]
    }
}
