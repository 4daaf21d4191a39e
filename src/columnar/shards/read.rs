//! Reads the samples of shards.

use std::path::PathBuf;

use arrow::array::{Array, AsArray, Int8Array, ListArray, StringArray, UInt16Array, UInt32Array};
use arrow::buffer::Buffer;
use arrow::datatypes::{Int8Type, UInt16Type, UInt32Type};
use arrow::record_batch::RecordBatch;

use super::check::check_sample;
use super::schema::{accept, expect_same};
use crate::columnar::error::{ColumnarError, Result, ShardProblem, ShardResult};
use crate::columnar::ipc::{decode_with, map};
use crate::music::roll::RollShape;

/// All samples of a split: its shards, decompressed in memory, with one index through all of them in the order given.
/// Takes about a kilobyte per sample; [`SampleFile`](super::SampleFile) takes eight bytes.
pub struct SampleSet {
    shape: RollShape,
    batches: Vec<Batch>,
    samples: usize,
}

/// A sample without its cells; see the columns of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleMeta<'a> {
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
    /// Onsets in all measures.
    pub onsets: u32,
}

struct Batch {
    first: usize,
    song: StringArray,
    group: StringArray,
    path: StringArray,
    first_measure: UInt32Array,
    transposition: Int8Array,
    time_signature: StringArray,
    onsets: UInt32Array,
    samples: ListArray,
    measures: ListArray,
    cells: UInt16Array,
}

impl SampleSet {
    /// Opens the shards at `paths`, whatever their names, and checks every sample in them.
    ///
    /// # Errors
    /// Returns an error, which names the file, if a file cannot be read, is no shard, is truncated or damaged, if the
    /// shapes differ, or if a cell is outside its measure.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        let mut set = None;
        for path in paths {
            Self::add(&mut set, &map(path)?).map_err(|problem| problem.in_file(path))?;
        }
        set.ok_or(ColumnarError::NoShards)
    }

    /// Adds the samples of a shard with these bytes to `set`.
    pub(super) fn add(set: &mut Option<Self>, shard: &Buffer) -> ShardResult {
        let (shape, batches) = decode_with(shard, accept)?;
        let set = set.get_or_insert_with(|| Self { shape, batches: Vec::new(), samples: 0 });
        expect_same(shape, set.shape)?;
        let before = set.samples;
        for batch in batches {
            let batch = Batch::new(&batch, set.samples);
            let batch = batch.ok_or(ShardProblem::Damaged("column types"))?;
            batch.check(set.samples - before, shape)?;
            set.samples += batch.len();
            set.batches.push(batch);
        }
        Ok(())
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.samples
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// The shape of all samples.
    pub fn shape(&self) -> RollShape {
        self.shape
    }

    /// Replaces the content of `cells` by the onset cells of sample `index`, ascending, as `measure *
    /// cells_per_measure + cell`.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn cells(&self, index: usize, cells: &mut Vec<u32>) {
        cells.clear();
        let (batch, row) = self.locate(index);
        let mut offset = 0;
        for measure in batch.measures_of(row) {
            cells.extend(measure.iter().map(|&cell| offset + u32::from(cell)));
            offset += self.shape.cells_per_measure() as u32;
        }
    }

    /// The cell ids of each measure of sample `index`, ascending.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn measures(&self, index: usize) -> Vec<Vec<u16>> {
        let (batch, row) = self.locate(index);
        batch.measures_of(row).map(<[u16]>::to_vec).collect()
    }

    /// Returns the group of each sample.
    pub fn groups(&self) -> Vec<&str> {
        (0..self.len()).map(|index| self.meta(index).group).collect()
    }

    /// Sample `index` without its cells.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn meta(&self, index: usize) -> SampleMeta<'_> {
        let (batch, row) = self.locate(index);
        SampleMeta {
            song: batch.song.value(row),
            group: batch.group.value(row),
            path: batch.path.value(row),
            first_measure: batch.first_measure.value(row),
            transposition: batch.transposition.value(row),
            time_signature: batch.time_signature.value(row),
            onsets: batch.onsets.value(row),
        }
    }

    fn locate(&self, index: usize) -> (&Batch, usize) {
        assert!(index < self.samples, "sample {index} of {}", self.samples);
        let after = self.batches.partition_point(|batch| batch.first <= index);
        let batch = &self.batches[after - 1];
        (batch, index - batch.first)
    }
}

impl Batch {
    fn new(batch: &RecordBatch, first: usize) -> Option<Self> {
        let column = |name| batch.column_by_name(name);
        let text = |name| column(name)?.as_string_opt::<i32>().cloned();
        let number = |name| column(name)?.as_primitive_opt::<UInt32Type>().cloned();
        let samples = column("measures")?.as_list_opt::<i32>()?.clone();
        let measures = samples.values().as_list_opt::<i32>()?.clone();
        let cells = measures.values().as_primitive_opt::<UInt16Type>()?.clone();
        Some(Self {
            first,
            song: text("song")?,
            group: text("group")?,
            path: text("path")?,
            first_measure: number("first_measure")?,
            transposition: column("transposition")?.as_primitive_opt::<Int8Type>()?.clone(),
            time_signature: text("time_signature")?,
            onsets: number("onsets")?,
            samples,
            measures,
            cells,
        })
    }

    fn len(&self) -> usize {
        self.samples.len()
    }

    /// The measures of the sample at `row`, borrowed. Offsets ascend and are inside the values: Arrow validated that
    /// when it decoded the batch.
    fn measures_of(&self, row: usize) -> impl ExactSizeIterator<Item = &[u16]> {
        let bounds = |offsets: &[i32], at: usize| offsets[at] as usize..offsets[at + 1] as usize;
        let offsets = self.measures.value_offsets();
        let cells: &[u16] = self.cells.values();
        bounds(self.samples.value_offsets(), row)
            .map(move |measure| &cells[bounds(offsets, measure)])
    }

    fn check(&self, first_row: usize, shape: RollShape) -> ShardResult {
        (0..self.len()).try_for_each(|row| {
            check_sample(first_row + row, shape, self.onsets.value(row), self.measures_of(row))
        })
    }
}
