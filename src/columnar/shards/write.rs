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
use super::grid::{Grid, Split, schema};
use crate::columnar::error::{ColumnarError, ShardProblem};

/// Samples of a record batch: what the writer holds.
const BATCH: usize = 1_024;
/// Samples that a shard has before a song may end it.
const SHARD: usize = 3_072;
/// Samples after which a shard ends, wherever it is.
const SHARD_LIMIT: usize = 8_192;
/// One song in this many may end a shard.
const BOUNDARY: u64 = 64;

/// A sample to be written; the cells of its measures are ascending ids below the grid's cells per measure.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
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
    pub measures: &'a [Vec<u16>],
}

/// Writes the samples of one split into shards `train-00000.arrow`, `train-00001.arrow`, ... of a folder.
/// Push them ordered by song: the shards then follow from the set of songs alone.
pub struct ShardWriter {
    folder: PathBuf,
    split: Split,
    grid: Grid,
    schema: Arc<Schema>,
    columns: Columns,
    open: Option<Shard>,
    song: String,
    paths: Vec<PathBuf>,
}

struct Shard {
    path: PathBuf,
    writer: FileWriter<BufWriter<fs_err::File>>,
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
    /// A writer of the shards of `split` into `folder`, which exists.
    pub fn new(folder: &Path, split: Split, grid: Grid) -> Self {
        Self {
            folder: folder.to_owned(),
            split,
            grid,
            schema: Arc::new(schema(grid)),
            columns: Columns::new(),
            open: None,
            song: String::new(),
            paths: Vec::new(),
        }
    }

    /// Appends a sample.
    ///
    /// # Errors
    /// When its cells do not fit the grid, or a shard cannot be written.
    pub fn push(&mut self, sample: &Sample<'_>) -> Result<(), ColumnarError> {
        let rows = self.open.as_ref().map_or(0, |shard| shard.rows) + self.columns.rows;
        let new_song = sample.song != self.song;
        if rows >= SHARD_LIMIT || (rows >= SHARD && new_song && ends_shard(sample.song)) {
            self.close()?;
        }
        if new_song {
            sample.song.clone_into(&mut self.song);
        }
        let onsets: usize = sample.measures.iter().map(Vec::len).sum();
        let onsets = u32::try_from(onsets).unwrap_or(u32::MAX);
        let measures = sample.measures.iter().map(Vec::as_slice);
        check_sample(rows, self.grid, onsets, measures)
            .map_err(|problem| ColumnarError::Shard { path: self.next_path(), problem })?;
        self.columns.push(sample, onsets);
        if self.columns.rows == BATCH { self.flush() } else { Ok(()) }
    }

    /// Completes the last shard and returns the paths of all of them, in order. A split without samples has one
    /// shard without rows: the grid is known all the same.
    ///
    /// # Errors
    /// When a shard cannot be written.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, ColumnarError> {
        if self.columns.rows > 0 || self.open.is_some() || self.paths.is_empty() {
            self.close()?;
        }
        Ok(self.paths)
    }

    fn next_path(&self) -> PathBuf {
        self.folder.join(format!("{}-{:05}.arrow", self.split.as_str(), self.paths.len()))
    }

    fn shard(&mut self) -> Result<&mut Shard, ColumnarError> {
        let shard = match self.open.take() {
            Some(shard) => shard,
            None => {
                let path = self.next_path();
                let file = BufWriter::new(fs_err::File::create(&path)?);
                let writer = FileWriter::try_new(file, &self.schema).map_err(refused(&path))?;
                Shard { path, writer, rows: 0 }
            }
        };
        Ok(self.open.insert(shard))
    }

    fn flush(&mut self) -> Result<(), ColumnarError> {
        let rows = std::mem::take(&mut self.columns.rows);
        let columns = self.columns.finish();
        let schema = Arc::clone(&self.schema);
        let shard = self.shard()?;
        shard.rows += rows;
        RecordBatch::try_new(schema, columns)
            .and_then(|batch| shard.writer.write(&batch))
            .map_err(refused(&shard.path))
    }

    fn close(&mut self) -> Result<(), ColumnarError> {
        if self.columns.rows > 0 {
            self.flush()?;
        }
        self.shard()?;
        if let Some(mut shard) = self.open.take() {
            shard.writer.finish().map_err(refused(&shard.path))?;
            self.paths.push(shard.path);
        }
        Ok(())
    }
}

fn refused(path: &Path) -> impl Fn(arrow::error::ArrowError) -> ColumnarError + use<> {
    let path = path.to_owned();
    move |error| ColumnarError::Shard { path: path.clone(), problem: ShardProblem::Arrow(error) }
}

/// Whether a shard may end before this song. A hash of its digest alone decides (FNV-1a, its bits mixed by the
/// finalizer of MurmurHash3), so neighbours do not matter.
fn ends_shard(song: &str) -> bool {
    let hash = song.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash >> 33).is_multiple_of(BOUNDARY)
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

    fn push(&mut self, sample: &Sample<'_>, onsets: u32) {
        self.rows += 1;
        self.song.append_value(sample.song);
        self.group.append_value(sample.group);
        self.path.append_value(sample.path);
        self.first_measure.append_value(sample.first_measure);
        self.transposition.append_value(sample.transposition);
        self.time_signature.append_value(sample.time_signature);
        self.onsets.append_value(onsets);
        for measure in sample.measures {
            self.measures.values().values().append_slice(measure);
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
