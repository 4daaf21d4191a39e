use std::fs::File;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int8Array, ListArray, StringArray, UInt16Array, UInt32Array};
use arrow::buffer::Buffer;
use arrow::datatypes::{Int8Type, Schema, UInt16Type, UInt32Type};
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{Block, root_as_footer, root_as_message};
use arrow::record_batch::RecordBatch;
use memmap2::Mmap;

use super::check::check_sample;
use super::grid::{Grid, schema};
use crate::columnar::error::{ColumnarError, ShardProblem};

/// An Arrow IPC file begins with this, padded to 8 bytes, and ends with it.
const MAGIC: &[u8; 6] = b"ARROW1";
/// Length of the footer and the closing magic.
const TRAILER: usize = 4 + MAGIC.len();

/// All samples of a split: its shards, mapped into memory and read in place, addressed by one index that runs
/// through them in the order given. What it holds itself is some hundred bytes a thousand samples.
pub struct SampleSet {
    grid: Grid,
    batches: Vec<Batch>,
    samples: usize,
}

/// What is known of a sample beside its cells; see the columns of a shard.
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
    /// When a file cannot be read, is no shard, is cut short or damaged, when the grids differ, or when a cell
    /// leaves the grid. The error names the file.
    pub fn open(paths: &[PathBuf]) -> Result<Self, ColumnarError> {
        let mut set: Option<Self> = None;
        for path in paths {
            let buffer = map(path)?;
            let shard = |problem| ColumnarError::Shard {
                path: path.clone(),
                problem,
            };
            let (grid, batches) = decode(&buffer).map_err(shard)?;
            let set = set.get_or_insert_with(|| Self {
                grid,
                batches: Vec::new(),
                samples: 0,
            });
            if grid != set.grid {
                let (found, expected) = (grid.to_string(), set.grid.to_string());
                return Err(shard(ShardProblem::OtherGrid { found, expected }));
            }
            let mut rows = 0;
            for batch in batches {
                let batch =
                    Batch::new(&batch, set.samples).ok_or(ShardProblem::Damaged("column types"));
                let batch = batch.map_err(shard)?;
                batch.check(rows, grid).map_err(shard)?;
                rows += batch.len();
                set.samples += batch.len();
                set.batches.push(batch);
            }
        }
        set.ok_or(ColumnarError::NoShards)
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.samples
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// The grid that all samples lie on.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Replaces the content of `cells` by the onset cells of sample `index`, ascending, as `measure *
    /// cells_per_measure + cell`.
    ///
    /// # Panics
    /// When `index` is not below [`len`](Self::len), as a slice does.
    pub fn cells(&self, index: usize, cells: &mut Vec<u32>) {
        cells.clear();
        let (batch, row) = self.locate(index);
        let mut offset = 0;
        for measure in batch.measures_of(row) {
            cells.extend(measure.iter().map(|&cell| offset + u32::from(cell)));
            offset += self.grid.cells_per_measure();
        }
    }

    /// The cell ids of each measure of sample `index`, ascending.
    ///
    /// # Panics
    /// When `index` is not below [`len`](Self::len), as a slice does.
    pub fn measures(&self, index: usize) -> Vec<Vec<u16>> {
        let (batch, row) = self.locate(index);
        batch.measures_of(row).map(<[u16]>::to_vec).collect()
    }

    /// Where sample `index` comes from.
    ///
    /// # Panics
    /// When `index` is not below [`len`](Self::len), as a slice does.
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
        let text = |name| batch.column_by_name(name)?.as_string_opt::<i32>().cloned();
        let number = |name| {
            batch
                .column_by_name(name)?
                .as_primitive_opt::<UInt32Type>()
                .cloned()
        };
        let samples = batch
            .column_by_name("measures")?
            .as_list_opt::<i32>()?
            .clone();
        let measures = samples.values().as_list_opt::<i32>()?.clone();
        let cells = measures.values().as_primitive_opt::<UInt16Type>()?.clone();
        Some(Self {
            first,
            song: text("song")?,
            group: text("group")?,
            path: text("path")?,
            first_measure: number("first_measure")?,
            transposition: batch
                .column_by_name("transposition")?
                .as_primitive_opt::<Int8Type>()?
                .clone(),
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

    /// The measures of the sample at `row`, in place. Offsets are ascending and inside the values: Arrow's
    /// validation saw to that when the batch was decoded.
    fn measures_of(&self, row: usize) -> impl ExactSizeIterator<Item = &[u16]> {
        let bounds = |offsets: &[i32], at: usize| offsets[at] as usize..offsets[at + 1] as usize;
        let offsets = self.measures.value_offsets();
        let cells: &[u16] = self.cells.values();
        bounds(self.samples.value_offsets(), row)
            .map(move |measure| &cells[bounds(offsets, measure)])
    }

    fn check(&self, first_row: usize, grid: Grid) -> Result<(), ShardProblem> {
        (0..self.len()).try_for_each(|row| {
            check_sample(
                first_row + row,
                grid,
                self.onsets.value(row),
                self.measures_of(row),
            )
        })
    }
}

/// Maps the file at `path`.
fn map(path: &Path) -> Result<Buffer, ColumnarError> {
    let file: File = fs_err::File::open(path)?.into_file();
    if file.metadata()?.len() < (MAGIC.len() + 2 + TRAILER) as u64 {
        return Err(ColumnarError::Shard {
            path: path.to_owned(),
            problem: ShardProblem::NotArrow,
        });
    }
    // SAFETY: the mapping must not change under us. Shards are blobs of the store: read-only, written under another
    // name and renamed, never changed in place.
    let map = unsafe { Mmap::map(&file) }?;
    let (start, length) = (NonNull::from(&map[..]).cast::<u8>(), map.len());
    // SAFETY: `start` is valid for `length` bytes for as long as the map lives, which the buffer now owns; moving
    // the map does not move what it maps.
    Ok(unsafe { Buffer::from_custom_allocation(start, length, Arc::new(map)) })
}

/// The batches of a shard, their arrays in place. Arrow's decoder checks what is inside the arrays, but slices the
/// file by offsets that it takes from it: these are checked before.
fn decode(file: &Buffer) -> Result<(Grid, Vec<RecordBatch>), ShardProblem> {
    let trailer_start = file.len() - TRAILER;
    let mut trailer = [0; TRAILER];
    trailer.copy_from_slice(&file[trailer_start..]);
    if !file.starts_with(MAGIC) {
        return Err(ShardProblem::NotArrow);
    }
    if !trailer.ends_with(MAGIC) {
        return Err(ShardProblem::Damaged("its end is missing"));
    }
    let footer_length = read_footer_length(trailer)?;
    let footer_start = trailer_start
        .checked_sub(footer_length)
        .ok_or(ShardProblem::Damaged("footer length"))?;
    let footer = root_as_footer(&file[footer_start..trailer_start])
        .map_err(|_| ShardProblem::Damaged("footer"))?;
    let found = try_fb_to_schema(footer.schema().ok_or(ShardProblem::Damaged("no schema"))?)?;
    let describe = |schema: &Schema| {
        let columns: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| format!("{} {}", field.name(), field.data_type()))
            .collect();
        columns.join(", ")
    };
    let (found_columns, grid) = (describe(&found), Grid::from_metadata(found.metadata()));
    let expected = schema(*grid.as_ref().unwrap_or(&Grid {
        measures: 1,
        steps: 1,
        pitches: 1,
        lowest_pitch: 0,
    }));
    if found.fields() != expected.fields() {
        let expected = describe(&expected);
        return Err(ShardProblem::Columns {
            found: found_columns,
            expected,
        });
    }
    let grid = grid?;
    let decoder = FileDecoder::new(Arc::new(found), footer.version());
    let mut batches = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        let bytes = slice_block(file, block, footer_start)?;
        batches.extend(decoder.read_record_batch(block, &bytes)?);
    }
    Ok((grid, batches))
}

/// The bytes of a block, when it lies before the footer and its buffers inside it.
fn slice_block(file: &Buffer, block: &Block, end: usize) -> Result<Buffer, ShardProblem> {
    let (offset, head, body) = (
        usize::try_from(block.offset()).ok(),
        usize::try_from(block.metaDataLength())
            .ok()
            .filter(|&length| length >= 8),
        usize::try_from(block.bodyLength()).ok(),
    );
    let (Some(offset), Some(head), Some(body)) = (offset, head, body) else {
        return Err(ShardProblem::Damaged("block size"));
    };
    let length = head.checked_add(body);
    let fits = length
        .and_then(|length| length.checked_add(offset))
        .is_some_and(|last| last <= end);
    let Some(length) = length.filter(|_| fits) else {
        return Err(ShardProblem::Damaged("block outside the file"));
    };
    let bytes = file.slice_with_length(offset, length);
    // Eight bytes lead: the continuation mark and the length.
    let message =
        root_as_message(&bytes[8..head]).map_err(|_| ShardProblem::Damaged("block header"))?;
    let Some(batch) = message.header_as_record_batch() else {
        return Err(ShardProblem::Damaged("block without a record batch"));
    };
    if batch.compression().is_some() {
        return Err(ShardProblem::Damaged(
            "compressed blocks cannot be read in place",
        ));
    }
    let whole = |node: &arrow::ipc::FieldNode| {
        node.null_count() == 0 && i32::try_from(node.length()).is_ok_and(|length| length >= 0)
    };
    if !batch.nodes().iter().flatten().all(whole)
        || !i32::try_from(batch.length()).is_ok_and(|length| length >= 0)
    {
        return Err(ShardProblem::Damaged("row counts"));
    }
    let inside = |buffer: &arrow::ipc::Buffer| {
        let start = usize::try_from(buffer.offset()).ok();
        let length = usize::try_from(buffer.length()).ok();
        start
            .zip(length)
            .and_then(|(start, length)| start.checked_add(length))
            .is_some_and(|last| last <= body)
    };
    if !batch.buffers().iter().flatten().all(inside) {
        return Err(ShardProblem::Damaged("buffer outside its block"));
    }
    Ok(bytes)
}
