//! `samples.parquet`: the samples without their cells, in the order of the shards.

use super::error::Result;
use super::table::{Batch, Columns, batches, table};
use arrow::array::Array;
use std::path::Path;

table! {
    /// One sample. Read and written by [`read`](super::read) and [`write`](super::write).
    pub struct SampleRow, borrowed as SampleView from SampleBatch,
        sorted by (split, song, first_measure) {
        /// `train`, `validation` or `judging`
        pub split: String,
        /// Group of the song
        pub group: String,
        /// Notes digest of the song
        pub song: String,
        /// Path of the file that the sample was taken from
        pub path: String,
        /// First measure of the sample in the song, from 0
        pub first_measure: u32,
        /// Onsets in all measures
        pub onsets: u32,
        /// Lowest pitch; empty for a silent sample
        #[unit = "MIDI pitch"]
        pub lowest: Option<i32>,
        /// Highest pitch; empty for a silent sample
        #[unit = "MIDI pitch"]
        pub highest: Option<i32>,
        /// Number of distinct measures
        pub distinct_measures: u32,
        /// Time signature, such as `4/4`
        pub time_signature: String,
        /// Onsets as a fraction of the grid's cells, 0 to 1
        pub density: f64,
        /// Fraction of the onsets that start on a beat of the time signature, 0 to 1; empty for a silent sample
        pub beat_strength: Option<f64>,
        /// Mean pitch of the onsets; empty for a silent sample
        #[unit = "MIDI pitch"]
        pub mean_pitch: Option<f64>,
    }
}

/// `samples.parquet` in memory, by columns: takes a fifth of the memory of its rows.
pub struct SampleTable {
    /// Each batch with the index of its first row.
    batches: Vec<(usize, SampleBatch)>,
    rows: usize,
}

impl SampleTable {
    /// Reads `samples.parquet`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, is damaged, or lacks a column of [`SampleRow`].
    pub fn open(path: &Path) -> Result<Self> {
        let fields = SampleRow::fields();
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        let (mut parts, mut rows) = (Vec::new(), 0);
        for batch in &batches(path, Some(&names))?.1 {
            parts.push((rows, SampleBatch::new(&Batch { path, batch })?));
            rows += batch.num_rows();
        }
        Ok(Self { batches: parts, rows })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The sample at `index`; `None` if there are fewer.
    pub fn get(&self, index: usize) -> Option<SampleView<'_>> {
        let after = self.batches.partition_point(|(start, _)| *start <= index);
        let (start, batch) = self.batches.get(after.checked_sub(1)?)?;
        (index < self.rows).then(|| batch.row(index - start))
    }

    /// Every sample, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = SampleView<'_>> {
        let rows = |batch: &SampleBatch| 0..batch.song.len();
        self.batches.iter().flat_map(move |(_, batch)| rows(batch).map(|row| batch.row(row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::fixture::{sample_rows, written};
    use crate::columnar::write;

    #[test]
    fn sample_table_reads_and_writes_the_same_as_rows() {
        let folder = tempfile::tempdir().unwrap();
        let rows = sample_rows(20_000);
        let path = written(folder.path(), &rows);
        let overviews = SampleTable::open(&path).unwrap();
        assert_eq!((overviews.len(), overviews.get(rows.len())), (rows.len(), None));
        let views: Vec<SampleView<'_>> = overviews.iter().collect();
        assert!((0..rows.len()).all(|index| overviews.get(index) == Some(views[index])));
        let again = folder.path().join("again.parquet");
        write(&again, &views).unwrap();
        assert_eq!(fs_err::read(&again).unwrap(), fs_err::read(&path).unwrap());
    }
}
