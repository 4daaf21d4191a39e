use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int8Builder, ListBuilder, StringBuilder, UInt16Builder, UInt32Builder,
};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::FileWriter;
use arrow::record_batch::RecordBatch;

use super::check::check_sample;
use super::schema::schema;
use crate::columnar::error::{ColumnarError, ShardProblem};
use crate::columnar::mapped::packing;
use crate::music::roll::RollShape;

/// Samples of a record batch: what the writer holds.
const BATCH: usize = 1_024;

/// A sample to be written; the cells of its measures are ascending ids below the shape's cells per measure.
#[derive(Debug, Clone)]
pub struct NewSample<'a, M = Vec<u16>> {
    /// Notes digest of the song.
    pub song: &'a str,
    /// Group of the song.
    pub group: &'a str,
    /// File that the sample was taken from.
    pub path: &'a str,
    /// First measure of the sample in the song, from 0.
    pub first_measure: u32,
    /// Semitones by which the sample was shifted.
    pub transposition: i8,
    /// Time signature, such as `4/4`.
    pub time_signature: &'a str,
    /// Cell ids of each measure.
    pub measures: &'a [M],
}

/// Writes the samples of one shard; [`ShardBoundaries`](super::ShardBoundaries) tells which these are.
pub struct ShardWriter {
    path: PathBuf,
    shape: RollShape,
    schema: Arc<Schema>,
    writer: FileWriter<BufWriter<fs_err::File>>,
    columns: Columns,
    /// Samples that were written already.
    rows: usize,
}

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
    /// A writer into a new file. A split without samples has one shard without rows, which has a shape.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path, shape: RollShape) -> Result<Self, ColumnarError> {
        let schema = Arc::new(schema(shape));
        let file = BufWriter::new(fs_err::File::create(path)?);
        let writer = packing()
            .and_then(|options| FileWriter::try_new_with_options(file, &schema, options))
            .map_err(refused(path))?;
        Ok(Self { path: path.to_owned(), shape, schema, writer, columns: Columns::new(), rows: 0 })
    }

    /// Appends a sample.
    ///
    /// # Errors
    /// When its cells do not fit the grid, or it cannot be written.
    pub fn push<M: AsRef<[u16]>>(
        &mut self,
        sample: &NewSample<'_, M>,
    ) -> Result<(), ColumnarError> {
        let onsets: usize = sample.measures.iter().map(|measure| measure.as_ref().len()).sum();
        let onsets = u32::try_from(onsets).unwrap_or(u32::MAX);
        let measures = sample.measures.iter().map(AsRef::as_ref);
        check_sample(self.rows + self.columns.rows, self.shape, onsets, measures)
            .map_err(|problem| ColumnarError::Shard { path: self.path.clone(), problem })?;
        self.columns.push(sample, onsets);
        if self.columns.rows == BATCH { self.flush() } else { Ok(()) }
    }

    /// Completes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), ColumnarError> {
        self.flush()?;
        self.writer.finish().map_err(refused(&self.path))
    }

    fn flush(&mut self) -> Result<(), ColumnarError> {
        let rows = std::mem::take(&mut self.columns.rows);
        if rows == 0 {
            return Ok(());
        }
        self.rows += rows;
        RecordBatch::try_new(Arc::clone(&self.schema), self.columns.finish())
            .and_then(|batch| self.writer.write(&batch))
            .map_err(refused(&self.path))
    }
}

fn refused(path: &Path) -> impl Fn(arrow::error::ArrowError) -> ColumnarError + use<> {
    let path = path.to_owned();
    move |error| ColumnarError::Shard { path: path.clone(), problem: ShardProblem::Arrow(error) }
}

impl Columns {
    fn new() -> Self {
        let cells = ListBuilder::new(UInt16Builder::new()).with_field(Field::new(
            "item",
            DataType::UInt16,
            false,
        ));
        let measure = DataType::List(Arc::new(Field::new("item", DataType::UInt16, false)));
        Self {
            rows: 0,
            song: StringBuilder::new(),
            group: StringBuilder::new(),
            path: StringBuilder::new(),
            first_measure: UInt32Builder::new(),
            transposition: Int8Builder::new(),
            time_signature: StringBuilder::new(),
            onsets: UInt32Builder::new(),
            measures: ListBuilder::new(cells).with_field(Field::new("item", measure, false)),
        }
    }

    fn push<M: AsRef<[u16]>>(&mut self, sample: &NewSample<'_, M>, onsets: u32) {
        self.rows += 1;
        self.song.append_value(sample.song);
        self.group.append_value(sample.group);
        self.path.append_value(sample.path);
        self.first_measure.append_value(sample.first_measure);
        self.transposition.append_value(sample.transposition);
        self.time_signature.append_value(sample.time_signature);
        self.onsets.append_value(onsets);
        for measure in sample.measures {
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
