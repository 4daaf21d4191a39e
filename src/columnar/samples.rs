//! `samples.parquet`: an overview of the samples, without their cells, in the order of the shards.

use super::error::ColumnarError;
use super::table::{Columns, batches, column, table};
use arrow::array::{
    Array, ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, StringBuilder, UInt32Array,
};
use arrow::datatypes::Field;
use std::path::Path;
use std::sync::Arc;

table! {
    /// One sample. Read and written by [`read`](super::read) and [`write`](super::write).
    pub struct SampleRow {
        /// `train` or `validation`
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
        pub lowest: Option<i32>,
        /// Highest pitch; empty for a silent sample
        pub highest: Option<i32>,
        /// Number of different measures
        pub distinct_measures: u32,
        /// Time signature, such as `4/4`
        pub time_signature: String,
        /// Onsets as a fraction of the grid's cells, 0 to 1
        pub density: f64,
        /// Fraction of the onsets that start on a beat of the time signature, 0 to 1; empty for a silent sample
        pub beat_strength: Option<f64>,
        /// Mean pitch of the onsets; empty for a silent sample
        pub mean_pitch: Option<f64>,
    }
}

/// A [`SampleRow`] whose texts lie elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleView<'a> {
    /// `train` or `validation`.
    pub split: &'a str,
    /// Group of the song.
    pub group: &'a str,
    /// Notes digest of the song.
    pub song: &'a str,
    /// Path of the file that the sample was taken from.
    pub path: &'a str,
    /// First measure of the sample in the song, from 0.
    pub first_measure: u32,
    /// Onsets in all measures.
    pub onsets: u32,
    /// Lowest pitch.
    pub lowest: Option<i32>,
    /// Highest pitch.
    pub highest: Option<i32>,
    /// Number of different measures.
    pub distinct_measures: u32,
    /// Time signature, such as `4/4`.
    pub time_signature: &'a str,
    /// Onsets as a fraction of the grid's cells, 0 to 1.
    pub density: f64,
    /// Fraction of the onsets that start on a beat of the time signature, 0 to 1.
    pub beat_strength: Option<f64>,
    /// Mean pitch of the onsets.
    pub mean_pitch: Option<f64>,
}

impl Columns for SampleView<'_> {
    fn fields() -> Vec<Field> {
        SampleRow::fields()
    }

    fn arrays(rows: &[&Self]) -> Vec<ArrayRef> {
        let text = |of: fn(&Self) -> &str| -> ArrayRef {
            let bytes = rows.iter().map(|row| of(row).len()).sum();
            let mut builder = StringBuilder::with_capacity(rows.len(), bytes);
            rows.iter().for_each(|row| builder.append_value(of(row)));
            Arc::new(builder.finish())
        };
        let count = |of: fn(&Self) -> u32| -> ArrayRef {
            Arc::new(rows.iter().map(|row| Some(of(row))).collect::<UInt32Array>())
        };
        let pitch = |of: fn(&Self) -> Option<i32>| -> ArrayRef {
            Arc::new(rows.iter().map(|row| of(row)).collect::<Int32Array>())
        };
        let share = |of: fn(&Self) -> Option<f64>| -> ArrayRef {
            Arc::new(rows.iter().map(|row| of(row)).collect::<Float64Array>())
        };
        vec![
            text(|row| row.split),
            text(|row| row.group),
            text(|row| row.song),
            text(|row| row.path),
            count(|row| row.first_measure),
            count(|row| row.onsets),
            pitch(|row| row.lowest),
            pitch(|row| row.highest),
            count(|row| row.distinct_measures),
            text(|row| row.time_signature),
            share(|row| Some(row.density)),
            share(|row| row.beat_strength),
            share(|row| row.mean_pitch),
        ]
    }
}

/// An overview as it was read, column by column: a fifth of the memory that its rows would take one by one.
pub struct SampleTable {
    parts: Vec<Part>,
    rows: usize,
}

/// Some rows that follow each other.
struct Part {
    start: usize,
    split: StringArray,
    group: StringArray,
    song: StringArray,
    path: StringArray,
    first_measure: UInt32Array,
    onsets: UInt32Array,
    lowest: Int32Array,
    highest: Int32Array,
    distinct_measures: UInt32Array,
    time_signature: StringArray,
    density: Float64Array,
    beat_strength: Float64Array,
    mean_pitch: Float64Array,
}

impl SampleTable {
    /// Opens `samples.parquet`.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or holds other columns than [`SampleRow`] has.
    pub fn open(path: &Path) -> Result<Self, ColumnarError> {
        let fields = SampleRow::fields();
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        let (_, batches) = batches(path, Some(&names))?;
        let (mut parts, mut rows) = (Vec::with_capacity(batches.len()), 0);
        for batch in &batches {
            parts.push(Part::of(path, batch, rows)?);
            rows += batch.num_rows();
        }
        Ok(Self { parts, rows })
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The sample of this number; `None` when there are fewer.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<SampleView<'_>> {
        let after = self.parts.partition_point(|part| part.start <= index);
        let part = self.parts.get(after.checked_sub(1)?)?;
        (index < self.rows).then(|| part.row(index - part.start))
    }

    /// Every sample, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = SampleView<'_>> {
        self.parts.iter().flat_map(|part| (0..part.song.len()).map(|row| part.row(row)))
    }
}

impl Part {
    fn of(path: &Path, batch: &RecordBatch, start: usize) -> Result<Self, ColumnarError> {
        Ok(Self {
            start,
            split: column::<String>(path, batch, "split")?.clone(),
            group: column::<String>(path, batch, "group")?.clone(),
            song: column::<String>(path, batch, "song")?.clone(),
            path: column::<String>(path, batch, "path")?.clone(),
            first_measure: column::<u32>(path, batch, "first_measure")?.clone(),
            onsets: column::<u32>(path, batch, "onsets")?.clone(),
            lowest: column::<Option<i32>>(path, batch, "lowest")?.clone(),
            highest: column::<Option<i32>>(path, batch, "highest")?.clone(),
            distinct_measures: column::<u32>(path, batch, "distinct_measures")?.clone(),
            time_signature: column::<String>(path, batch, "time_signature")?.clone(),
            density: column::<f64>(path, batch, "density")?.clone(),
            beat_strength: column::<Option<f64>>(path, batch, "beat_strength")?.clone(),
            mean_pitch: column::<Option<f64>>(path, batch, "mean_pitch")?.clone(),
        })
    }

    fn row(&self, row: usize) -> SampleView<'_> {
        SampleView {
            split: self.split.value(row),
            group: self.group.value(row),
            song: self.song.value(row),
            path: self.path.value(row),
            first_measure: self.first_measure.value(row),
            onsets: self.onsets.value(row),
            lowest: self.lowest.is_valid(row).then(|| self.lowest.value(row)),
            highest: self.highest.is_valid(row).then(|| self.highest.value(row)),
            distinct_measures: self.distinct_measures.value(row),
            time_signature: self.time_signature.value(row),
            density: self.density.value(row),
            beat_strength: self.beat_strength.is_valid(row).then(|| self.beat_strength.value(row)),
            mean_pitch: self.mean_pitch.is_valid(row).then(|| self.mean_pitch.value(row)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::fixture::{sample_rows, written};
    use crate::columnar::write;

    #[test]
    fn an_overview_read_by_columns_tells_and_writes_what_its_rows_do() {
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
