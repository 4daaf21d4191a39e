//! Samples in one file for random access.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use fs_err::File;
use fs_err::os::unix::fs::FileExt;

use super::read::SampleSet;
use super::schema::expect_same;
use crate::columnar::error::{ColumnarError, Result};
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;

/// Bytes of an onset cell in the file.
const CELL: usize = size_of::<u32>();

/// All samples of a split in one file for repeated reading in any order; takes eight bytes of memory per sample. The
/// file is read by its handle, not mapped, so that its cached pages do not count as the process's memory.
pub struct SampleFile {
    shape: RollShape,
    file: File,
    /// Where each sample's cells begin, in bytes, and where the last one's end.
    starts: Vec<u64>,
    /// Number of samples by time signature.
    signatures: BTreeMap<TimeSignature, u64>,
}

impl SampleFile {
    /// Copies the samples of `shards`, in their order, to an unnamed file in `folder`, which is deleted with this value
    /// or the process. Each sample is checked as by [`SampleSet::open`]; one shard is in memory at a time.
    ///
    /// # Errors
    /// Returns the errors of [`SampleSet::open`], or an error if the file cannot be written.
    pub fn create(folder: &Path, shards: &[PathBuf]) -> Result<Self> {
        let file = File::from_parts(tempfile::tempfile_in(folder)?, folder);
        let (mut shape, mut starts, mut signatures) = (None, vec![0], BTreeMap::new());
        let mut writer = BufWriter::new(&file);
        for shard in shards {
            let set = SampleSet::open(std::slice::from_ref(shard))?;
            expect_same(set.shape(), *shape.get_or_insert(set.shape()))
                .map_err(|problem| problem.in_file(shard))?;
            append(&set, &mut writer, &mut starts)?;
            count_signatures(&set, &mut signatures);
        }
        writer.flush()?;
        drop(writer);
        Ok(Self { shape: shape.ok_or(ColumnarError::NoShards)?, file, starts, signatures })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of all samples.
    pub fn shape(&self) -> RollShape {
        self.shape
    }

    /// Returns the time signature of most samples, and among equally frequent ones the one with the fewest beats; `None`
    /// without a sample.
    pub fn main_signature(&self) -> Option<TimeSignature> {
        // Of equal maxima, `max_by_key` returns the last.
        let counted = self.signatures.iter().rev();
        counted.max_by_key(|(_, samples)| **samples).map(|(&signature, _)| signature)
    }

    /// Onsets in all measures of sample `index`.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn onsets(&self, index: usize) -> u32 {
        // A song has fewer than 2^32 cells.
        (self.bytes(index) / CELL) as u32
    }

    /// Replaces the content of `cells` by the onset cells of sample `index`, like [`SampleSet::cells`].
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
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

/// Writes the cells of all samples of `set`, and adds where each ends to `starts`.
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

/// Counts the samples of `set` by time signature.
fn count_signatures(set: &SampleSet, signatures: &mut BTreeMap<TimeSignature, u64>) {
    let texts = (0..set.len()).map(|index| set.meta(index).time_signature);
    // Samples of a song are neighbours: most have the signature of the one before.
    let mut last = None;
    for text in texts {
        let signature = match last {
            Some((same, signature)) if same == text => signature,
            _ => text.parse().ok(),
        };
        last = Some((text, signature));
        if let Some(signature) = signature {
            *signatures.entry(signature).or_default() += 1;
        }
    }
}
