//! Samples, and their sparse form that kernels read.

use crate::rng;
use partita_music::roll::RollSize;
use rand_chacha::ChaCha8Rng;
use std::error::Error;

/// A set of songs that may be larger than memory, read one at a time in any order.
pub trait Samples: Sync {
    /// Returns the number of samples, which must not change during a training.
    fn len(&self) -> usize;

    /// Returns true if there is no sample.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Replaces the contents of `into` by the onset cells of one sample, each as
    /// `measure * cells + cell` and below `measures * cells`, in any order; a repeated cell counts once.
    ///
    /// # Errors
    /// Returns an error if the sample cannot be read.
    fn cells(&self, index: usize, into: &mut Vec<u32>) -> Result<(), SampleError>;
}

/// Why a sample cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The source failed.
    #[error("cannot read sample {index}")]
    Unreadable {
        /// Index of the sample.
        index: usize,
        /// The source's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A cell is outside the song.
    #[error("sample {index} has an onset in cell {cell}, but a song has {limit} cells")]
    OutOfRange {
        /// Index of the sample.
        index: usize,
        /// The cell.
        cell: u32,
        /// `measures * cells`.
        limit: usize,
    },
}

/// Measures of one or more samples, sparse: row `r` (sample-major) has its onsets at
/// `cells[starts[r]..starts[r + 1]]`, ascending and without repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    starts: Vec<usize>,
    /// The onset cells of all measures, one after the other.
    pub(crate) cells: Vec<u32>,
}

impl Rows {
    /// Creates empty rows.
    pub(crate) fn new() -> Self {
        Rows { starts: vec![0], cells: Vec::new() }
    }

    /// Reads the samples with these indices.
    pub(crate) fn read(
        samples: &dyn Samples,
        indices: impl IntoIterator<Item = usize>,
        geometry: RollSize,
    ) -> Result<Self, SampleError> {
        Self::read_with(samples, indices, geometry, |_, _| ())
    }

    /// Reads the samples with these indices and applies `change` to each.
    pub(crate) fn read_with(
        samples: &dyn Samples,
        indices: impl IntoIterator<Item = usize>,
        geometry: RollSize,
        mut change: impl FnMut(usize, &mut Vec<u32>),
    ) -> Result<Self, SampleError> {
        let (mut rows, mut song) = (Rows::new(), Vec::new());
        for index in indices {
            song.clear();
            samples.cells(index, &mut song)?;
            check_bounds(index, &song, geometry)?;
            change(index, &mut song);
            rows.push(index, &mut song, geometry)?;
        }
        Ok(rows)
    }

    /// Converts songs, given as onset cells in any order; errors number them from `first`.
    pub(crate) fn from_songs(
        songs: &[Vec<u32>],
        first: usize,
        geometry: RollSize,
    ) -> Result<Self, SampleError> {
        let mut rows = Rows::new();
        for (index, song) in songs.iter().enumerate() {
            rows.push(first + index, &mut song.clone(), geometry)?;
        }
        Ok(rows)
    }

    /// Returns the same samples with each onset dropped with the probability `dropout`, by its sample's
    /// stream.
    pub(crate) fn onset_dropped(
        &self,
        measures: usize,
        dropout: f64,
        streams: impl Iterator<Item = ChaCha8Rng>,
    ) -> Self {
        let mut rows = Rows::new();
        for (song, mut random) in streams.enumerate() {
            for row in song * measures..(song + 1) * measures {
                let is_kept = |_: &u32| rng::draw_keep(&mut random, dropout);
                rows.cells.extend(self.row(row).iter().copied().filter(is_kept));
                rows.starts.push(rows.cells.len());
            }
        }
        rows
    }

    /// Appends one sample; sorts `song` in place.
    pub(crate) fn push(
        &mut self,
        index: usize,
        song: &mut Vec<u32>,
        geometry: RollSize,
    ) -> Result<(), SampleError> {
        song.sort_unstable();
        song.dedup();
        check_bounds(index, song, geometry)?;
        let mut rest = song.as_slice();
        for measure in 0..geometry.measures() {
            let first = (measure * geometry.cells_per_measure()) as u32;
            let end = rest
                .partition_point(|&cell| ((cell - first) as usize) < geometry.cells_per_measure());
            self.cells.extend(rest[..end].iter().map(|&cell| cell - first));
            self.starts.push(self.cells.len());
            rest = &rest[end..];
        }
        Ok(())
    }

    /// Returns the same songs with all measures of a song in one row.
    pub(crate) fn songs(&self, geometry: RollSize) -> Rows {
        let (measures, cells) = (geometry.measures(), geometry.cells_per_measure());
        let mut songs = Rows::new();
        for row in 0..self.len() {
            let first = (row % measures * cells) as u32;
            songs.cells.extend(self.row(row).iter().map(|cell| first + cell));
            if row % measures == measures - 1 {
                songs.starts.push(songs.cells.len());
            }
        }
        songs
    }

    /// Returns the number of measures.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the onset cells of one measure, ascending.
    pub(crate) fn row(&self, row: usize) -> &[u32] {
        &self.cells[self.starts[row]..self.starts[row + 1]]
    }

    /// Returns for each cell the rows in which it is set, ascending.
    pub(crate) fn by_cell(&self, cells: usize) -> Rows {
        let mut starts = vec![0; cells + 1];
        for &cell in &self.cells {
            starts[cell as usize + 1] += 1;
        }
        for cell in 0..cells {
            starts[cell + 1] += starts[cell];
        }
        let (mut next, mut rows) = (starts.clone(), vec![0; self.cells.len()]);
        for row in 0..self.len() {
            for &cell in self.row(row) {
                rows[next[cell as usize]] = row as u32;
                next[cell as usize] += 1;
            }
        }
        Rows { starts, cells: rows }
    }
}

/// Returns at most `max` evenly spread indices below `count`.
pub(crate) fn spread_indices(count: usize, max: usize) -> Vec<usize> {
    let chosen = count.min(max);
    (0..chosen).map(|at| at * count / chosen).collect()
}

/// Checks that all cells of a song are inside it.
fn check_bounds(index: usize, song: &[u32], geometry: RollSize) -> Result<(), SampleError> {
    let limit = geometry.cells();
    match song.iter().find(|&&cell| cell as usize >= limit) {
        Some(&cell) => Err(SampleError::OutOfRange { index, cell, limit }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::size;

    const GEOMETRY: RollSize = size(3, 2, 2);

    #[test]
    fn song_is_split_into_measures_with_cells_in_any_order_and_repeated() {
        let mut rows = Rows::new();
        rows.push(0, &mut vec![11, 1, 8, 1, 3], GEOMETRY).unwrap();
        rows.push(1, &mut vec![], GEOMETRY).unwrap();
        assert_eq!(rows.len(), 6);
        let measures: Vec<_> = (0..6).map(|row| rows.row(row)).collect();
        assert_eq!(measures, [&[1, 3][..], &[], &[0, 3], &[], &[], &[]]);
        let songs = rows.songs(GEOMETRY);
        assert_eq!((songs.len(), songs.row(0), songs.row(1)), (2, &[1, 3, 8, 11][..], &[][..]));
        let transposed = rows.by_cell(4);
        let cells: Vec<_> = (0..4).map(|cell| transposed.row(cell)).collect();
        assert_eq!(cells, [&[2][..], &[0], &[], &[0, 2]]);
    }

    #[test]
    fn cell_outside_the_song_is_an_error() {
        let error = Rows::new().push(5, &mut vec![12], GEOMETRY).unwrap_err();
        assert!(matches!(error, SampleError::OutOfRange { index: 5, cell: 12, limit: 12 }));
    }
}
