use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use fs_err::File;
use fs_err::os::unix::fs::FileExt;

use super::read::SampleSet;
use super::schema::expect_same;
use crate::columnar::error::ColumnarError;
use crate::music::roll::RollShape;

/// Bytes of an onset cell in the file.
const CELL: usize = size_of::<u32>();

/// All samples of a split laid out in one file for reading in any order, again and again: eight bytes a sample are held
/// in memory, whatever the samples weigh. The file is read by its handle, not mapped, so that what the system keeps of
/// it is its own cache.
pub struct SampleFile {
    shape: RollShape,
    file: File,
    /// Where each sample's cells begin, in bytes, and where the last one's end.
    starts: Vec<u64>,
}

impl SampleFile {
    /// Lays out the samples of `shards`, in their order, in a file without a name in `folder`, which goes with this
    /// value or the process; each is checked as [`SampleSet::open`] does. One shard is held in memory at a time.
    ///
    /// # Errors
    /// Those of [`SampleSet::open`], and when the file cannot be written.
    pub fn create(folder: &Path, shards: &[PathBuf]) -> Result<Self, ColumnarError> {
        let file = File::from_parts(tempfile::tempfile_in(folder)?, folder);
        let (mut shape, mut starts) = (None, vec![0]);
        let mut writer = BufWriter::new(&file);
        for shard in shards {
            let set = SampleSet::open(std::slice::from_ref(shard))?;
            expect_same(set.shape(), *shape.get_or_insert(set.shape()))
                .map_err(|problem| ColumnarError::Shard { path: shard.clone(), problem })?;
            append(&set, &mut writer, &mut starts)?;
        }
        writer.flush()?;
        drop(writer);
        Ok(Self { shape: shape.ok_or(ColumnarError::NoShards)?, file, starts })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of all samples.
    pub fn shape(&self) -> RollShape {
        self.shape
    }

    /// Onsets in all measures of sample `index`.
    ///
    /// # Panics
    /// When `index` is not below [`len`](Self::len), as a slice does.
    pub fn onsets(&self, index: usize) -> u32 {
        // A song has fewer than 2^32 cells.
        (self.bytes(index) / CELL) as u32
    }

    /// Replaces the content of `cells` by the onset cells of sample `index`, as [`SampleSet::cells`] does.
    ///
    /// # Errors
    /// When the file cannot be read.
    ///
    /// # Panics
    /// When `index` is not below [`len`](Self::len), as a slice does.
    pub fn cells(&self, index: usize, cells: &mut Vec<u32>) -> io::Result<()> {
        let mut bytes = vec![0; self.bytes(index)];
        self.file.read_exact_at(&mut bytes, self.starts[index])?;
        let (whole, _) = bytes.as_chunks::<CELL>();
        cells.clear();
        cells.extend(whole.iter().map(|&cell| u32::from_le_bytes(cell)));
        Ok(())
    }

    fn bytes(&self, index: usize) -> usize {
        (self.starts[index + 1] - self.starts[index]) as usize
    }
}

/// Writes the cells of all samples of `set`, and where each ends.
fn append(set: &SampleSet, writer: &mut impl Write, starts: &mut Vec<u64>) -> io::Result<()> {
    let mut cells = Vec::new();
    let mut end = starts.last().copied().unwrap_or(0);
    for index in 0..set.len() {
        set.cells(index, &mut cells);
        cells.iter().try_for_each(|cell| writer.write_all(&cell.to_le_bytes()))?;
        end += (cells.len() * CELL) as u64;
        starts.push(end);
    }
    Ok(())
}
