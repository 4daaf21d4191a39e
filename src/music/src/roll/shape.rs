//! The shape of a pianoroll, and the numbering of its cells.

use crate::note::Pitch;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Measures of a pianoroll, steps of a measure and pitches of a step: each at least 1. The cells of a measure are
/// numbered by 16 bits, those of the whole pianoroll by 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "UncheckedSize")]
pub struct RollSize {
    measures: u32,
    steps: u16,
    pitches: u8,
}

/// The size of a pianoroll and the MIDI pitch of its lowest row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "UncheckedShape")]
pub struct RollShape {
    #[serde(flatten)]
    size: RollSize,
    lowest_pitch: u8,
}

/// Reasons why numbers describe no pianoroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollShapeError {
    /// No measures, no steps or no pitches.
    #[error("a pianoroll needs at least one measure, one step and one pitch")]
    Empty,
    /// The cell ids of a measure do not fit into 16 bits.
    #[error("{steps} steps of {pitches} pitches are {} cells: at most 65536 are possible", *steps as u64 * *pitches as u64)]
    TooFine {
        /// Steps per measure.
        steps: u32,
        /// Pitches per step.
        pitches: u32,
    },
    /// The cell ids of the whole pianoroll do not fit into 32 bits.
    #[error("{measures} measures of {cells} cells are more than 2^32 - 1 cells")]
    TooLong {
        /// Measures.
        measures: u32,
        /// Cells per measure.
        cells: u32,
    },
    /// Some pitches are beyond MIDI's.
    #[error("{pitches} pitches from {lowest_pitch} on reach beyond 127, the highest pitch of MIDI")]
    OutOfRange {
        /// Pitches per step.
        pitches: u32,
        /// MIDI pitch of the lowest row.
        lowest_pitch: u32,
    },
}

/// The first reason why measures of cells do not have a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CellsError {
    /// The number of measures differs.
    #[error("a song of {found} measures where {expected} are expected")]
    Measures {
        /// Measures of the song.
        found: usize,
        /// Measures of the shape.
        expected: usize,
    },
    /// A cell is outside its measure.
    #[error("measure {measure} holds cell {cell}, but cells are numbered 0 to {}", cells - 1)]
    Cell {
        /// The measure, from 0.
        measure: usize,
        /// The cell id found.
        cell: u16,
        /// Cells per measure.
        cells: usize,
    },
    /// The cells of a measure are not strictly ascending.
    #[error("the cells of measure {measure} are not sorted and distinct")]
    Order {
        /// The measure, from 0.
        measure: usize,
    },
}

impl RollSize {
    /// Creates a size of positive dimensions.
    ///
    /// # Errors
    /// Returns an error if a number is 0, or if cells or pitches would be too many.
    pub const fn new(measures: u32, steps: u32, pitches: u32) -> Result<Self, RollShapeError> {
        if measures == 0 || steps == 0 || pitches == 0 {
            return Err(RollShapeError::Empty);
        }
        if pitches > 128 {
            return Err(RollShapeError::OutOfRange { pitches, lowest_pitch: 0 });
        }
        if steps > u16::MAX as u32 || steps * pitches > 1 << 16 {
            return Err(RollShapeError::TooFine { steps, pitches });
        }
        if measures as u64 * (steps * pitches) as u64 > u32::MAX as u64 {
            return Err(RollShapeError::TooLong { measures, cells: steps * pitches });
        }
        Ok(Self { measures, steps: steps as u16, pitches: pitches as u8 })
    }

    /// Measures (16 in the thesis).
    pub const fn measures(self) -> usize {
        self.measures as usize
    }

    /// Steps per measure (96 in the thesis).
    pub const fn steps(self) -> usize {
        self.steps as usize
    }

    /// Pitches per step (96 in the thesis).
    pub const fn pitches(self) -> usize {
        self.pitches as usize
    }

    /// Cells per measure, `steps * pitches`: at most 65,536.
    pub const fn cells_per_measure(self) -> usize {
        self.steps() * self.pitches()
    }

    /// Cells of all measures, `measures * steps * pitches`: less than 2^32.
    pub const fn cells(self) -> usize {
        self.measures() * self.cells_per_measure()
    }
}

impl RollShape {
    /// The thesis' shape: 16 measures of 96 steps and 96 pitches, MIDI pitches 16 to 111.
    pub const THESIS: Self =
        Self { size: RollSize { measures: 16, steps: 96, pitches: 96 }, lowest_pitch: 16 };

    /// The thesis' measures and steps, and every pitch of MIDI.
    pub const EVERY_PITCH: Self =
        Self { size: RollSize { measures: 16, steps: 96, pitches: 128 }, lowest_pitch: 0 };

    /// Creates a shape of this size from this lowest pitch upwards.
    ///
    /// # Errors
    /// Returns an error if `size` is invalid, see [`RollSize::new`], or if the highest pitch is above 127.
    pub const fn new(
        measures: u32,
        steps: u32,
        pitches: u32,
        lowest_pitch: u32,
    ) -> Result<Self, RollShapeError> {
        match RollSize::new(measures, steps, pitches) {
            Ok(_) if lowest_pitch > 128 - pitches => {
                Err(RollShapeError::OutOfRange { pitches, lowest_pitch })
            }
            Ok(size) => Ok(Self { size, lowest_pitch: lowest_pitch as u8 }),
            Err(error) => Err(error),
        }
    }

    /// The same shape with another number of measures.
    ///
    /// # Errors
    /// See [`RollSize::new`].
    pub fn with_measures(self, measures: usize) -> Result<Self, RollShapeError> {
        let measures = u32::try_from(measures).unwrap_or(u32::MAX);
        let (steps, pitches) = (u32::from(self.size.steps), u32::from(self.size.pitches));
        Self::new(measures, steps, pitches, self.lowest_pitch.into())
    }

    /// Measures, steps and pitches.
    pub const fn size(self) -> RollSize {
        self.size
    }

    /// See [`RollSize::measures`].
    pub const fn measures(self) -> usize {
        self.size.measures()
    }

    /// See [`RollSize::steps`].
    pub const fn steps(self) -> usize {
        self.size.steps()
    }

    /// See [`RollSize::pitches`].
    pub const fn pitches(self) -> usize {
        self.size.pitches()
    }

    /// See [`RollSize::cells_per_measure`].
    pub const fn cells_per_measure(self) -> usize {
        self.size.cells_per_measure()
    }

    /// See [`RollSize::cells`].
    pub const fn cells(self) -> usize {
        self.size.cells()
    }

    /// MIDI pitch of the lowest row.
    pub const fn lowest_pitch(self) -> u8 {
        self.lowest_pitch
    }

    /// MIDI pitch of the highest row.
    pub const fn highest_pitch(self) -> u8 {
        self.lowest_pitch + (self.size.pitches - 1)
    }

    /// Returns true if every pitch from `lowest` to `highest` has a row.
    pub const fn has_rows_for(self, lowest: u8, highest: u8) -> bool {
        self.lowest_pitch <= lowest && highest <= self.highest_pitch()
    }

    /// Returns the row of a pitch, or `None` if it has none.
    pub const fn row_of(self, pitch: Pitch) -> Option<u8> {
        match pitch.get().checked_sub(self.lowest_pitch) {
            Some(row) if row < self.size.pitches => Some(row),
            _ => None,
        }
    }

    /// Returns the id of a cell in its measure: `step * pitches + row`, with `row = pitch - lowest_pitch`.
    pub const fn cell(self, step: usize, row: usize) -> u16 {
        (step * self.pitches() + row) as u16
    }

    /// Returns the step of a cell in its measure.
    pub const fn step(self, cell: u16) -> usize {
        cell as usize / self.pitches()
    }

    /// Returns the row of a cell, 0 for the lowest pitch.
    pub const fn row(self, cell: u16) -> usize {
        cell as usize % self.pitches()
    }

    /// Returns the MIDI pitch of a cell.
    pub const fn pitch(self, cell: u16) -> usize {
        self.row(cell) + self.lowest_pitch as usize
    }

    /// Numbers the cells of a song through all measures, ascending.
    pub fn indices(self, song: &[Vec<u16>]) -> impl Iterator<Item = usize> {
        let size = self.cells_per_measure();
        song.iter().enumerate().flat_map(move |(measure, cells)| {
            cells.iter().map(move |&cell| measure * size + usize::from(cell))
        })
    }

    /// Returns the measures of the song whose cells, numbered through all measures, are `indices`, in any order.
    /// Leaves out indices past the last cell.
    pub fn song(self, indices: &[u32]) -> Vec<Vec<u16>> {
        let (mut song, size) = (vec![Vec::new(); self.measures()], self.cells_per_measure());
        for &index in indices {
            if let Some(cells) = song.get_mut(index as usize / size) {
                cells.push((index as usize % size) as u16);
            }
        }
        for cells in &mut song {
            cells.sort_unstable();
            cells.dedup();
        }
        song
    }

    /// Checks that `song` has as many measures, and sorted, distinct cells inside them.
    ///
    /// # Errors
    /// Returns the first difference.
    pub fn check(self, song: &[Vec<u16>]) -> Result<(), CellsError> {
        let (found, expected) = (song.len(), self.measures());
        if found != expected {
            return Err(CellsError::Measures { found, expected });
        }
        let size = self.cells_per_measure();
        for (measure, cells) in song.iter().enumerate() {
            if !cells.is_sorted_by(|a, b| a < b) {
                return Err(CellsError::Order { measure });
            }
            if let Some(&cell) = cells.last().filter(|&&cell| usize::from(cell) >= size) {
                return Err(CellsError::Cell { measure, cell, cells: size });
            }
        }
        Ok(())
    }
}

/// Counts the onsets of a song, given as the cells of each measure.
pub fn onsets(song: &[Vec<u16>]) -> usize {
    song.iter().map(Vec::len).sum()
}

impl fmt::Display for RollShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RollSize { measures, steps, pitches } = self.size;
        let lowest_pitch = self.lowest_pitch;
        write!(f, "{measures} measures of {steps} x {pitches} cells from pitch {lowest_pitch}")
    }
}

/// A [`RollSize`] as files have it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedSize {
    measures: u32,
    steps: u32,
    pitches: u32,
}

impl TryFrom<UncheckedSize> for RollSize {
    type Error = RollShapeError;

    fn try_from(size: UncheckedSize) -> Result<Self, RollShapeError> {
        Self::new(size.measures, size.steps, size.pitches)
    }
}

/// A [`RollShape`] as files have it.
#[derive(Deserialize)]
struct UncheckedShape {
    measures: u32,
    steps: u32,
    pitches: u32,
    lowest_pitch: u32,
}

impl TryFrom<UncheckedShape> for RollShape {
    type Error = RollShapeError;

    fn try_from(shape: UncheckedShape) -> Result<Self, RollShapeError> {
        Self::new(shape.measures, shape.steps, shape.pitches, shape.lowest_pitch)
    }
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
