//! The pianoroll: measures of `steps` x `pitches` cells, in which a cell is set where a note
//! starts.
//!
//! Cell ids run through pitches first: `step * pitches + (pitch - lowest_pitch)`. Only onsets
//! count, so tempo, durations and velocities play no part. [`grid()`] makes measures of a score in
//! exact integer arithmetic on ticks, [`windows`](Gridded::windows) cuts samples out of them.

mod gridding;
mod measures;
mod places;
mod rows;
mod windows;

pub use gridding::{
    Drums, Gridded, MOST_MEASURES, Onset, Segment, Ungriddable, grid, grid_onsets, onset_cells,
};
pub use measures::Measures;
pub use windows::Sample;

use super::note::Pitch;

/// The shape of a measure, and which pitches it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    steps: u16,
    pitches: u8,
    lowest_pitch: u8,
}

/// Why three numbers are no grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// No steps or no pitches.
    #[error("a grid needs at least one step and one pitch")]
    Empty,
    /// Cell ids would not fit into 16 bits.
    #[error("{steps} steps of {pitches} pitches are {} cells: at most 65536 are possible", u32::from(*steps) * u32::from(*pitches))]
    TooFine {
        /// Steps asked for.
        steps: u16,
        /// Pitches asked for.
        pitches: u8,
    },
    /// The window reaches beyond MIDI's pitches.
    #[error("{pitches} pitches from {lowest_pitch} on reach beyond 127, the highest pitch of MIDI")]
    OutOfRange {
        /// Pitches asked for.
        pitches: u8,
        /// Lowest pitch asked for.
        lowest_pitch: u8,
    },
}

impl Grid {
    /// The thesis' grid: 96 steps, pitches 16 to 111.
    pub const THESIS: Self = Self { steps: 96, pitches: 96, lowest_pitch: 16 };

    /// The thesis' steps, and every pitch of MIDI.
    pub const EVERY_PITCH: Self = Self { steps: 96, pitches: 128, lowest_pitch: 0 };

    /// A grid of `steps` per measure that shows `pitches` from `lowest_pitch` on.
    ///
    /// # Errors
    /// No cell at all, more than 65536 cells, a window beyond pitch 127.
    pub fn new(steps: u16, pitches: u8, lowest_pitch: u8) -> Result<Self, GridError> {
        if steps == 0 || pitches == 0 {
            Err(GridError::Empty)
        } else if u32::from(steps) * u32::from(pitches) > 1 << 16 {
            Err(GridError::TooFine { steps, pitches })
        } else if u16::from(lowest_pitch) + u16::from(pitches) > 128 {
            Err(GridError::OutOfRange { pitches, lowest_pitch })
        } else {
            Ok(Self { steps, pitches, lowest_pitch })
        }
    }

    /// Steps per measure.
    pub const fn steps(self) -> u16 {
        self.steps
    }

    /// Pitches of the window.
    pub const fn pitches(self) -> u8 {
        self.pitches
    }

    /// The window's lowest MIDI pitch.
    pub const fn lowest_pitch(self) -> u8 {
        self.lowest_pitch
    }

    /// Cells per measure, 1..=65536.
    pub const fn cells(self) -> usize {
        self.steps as usize * self.pitches as usize
    }

    /// Whether every pitch from `lowest` to `highest` is inside the window.
    pub const fn shows(self, lowest: u8, highest: u8) -> bool {
        let end = self.lowest_pitch as u16 + self.pitches as u16;
        self.lowest_pitch <= lowest && (highest as u16) < end
    }

    /// The row of a pitch, or `None` outside the window.
    pub const fn row(self, pitch: Pitch) -> Option<u8> {
        match pitch.get().checked_sub(self.lowest_pitch) {
            Some(row) if row < self.pitches => Some(row),
            _ => None,
        }
    }

    /// The id of a cell; `step` is taken modulo the steps. `None` outside the window.
    pub const fn cell(self, step: u16, pitch: Pitch) -> Option<u16> {
        match self.row(pitch) {
            // Below 65536, which `new` saw to.
            Some(row) => Some((step % self.steps) * self.pitches as u16 + row as u16),
            None => None,
        }
    }

    /// Step and MIDI pitch of a cell, or `None` for an id that the grid does not have.
    pub fn place(self, cell: u16) -> Option<(u16, Pitch)> {
        let (step, row) = (cell / u16::from(self.pitches), cell % u16::from(self.pitches));
        let pitch = u8::try_from(row).ok()?.checked_add(self.lowest_pitch)?;
        Some((step, Pitch::new(pitch)?)).filter(|_| step < self.steps)
    }
}

#[cfg(test)]
mod gridding_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_places_are_each_others_inverse() {
        for grid in [Grid::THESIS, Grid::new(16, 128, 0).unwrap(), Grid::new(512, 128, 0).unwrap()]
        {
            for cell in 0..grid.cells() {
                let cell = cell as u16;
                let (step, pitch) = grid.place(cell).unwrap();
                assert_eq!(grid.cell(step, pitch), Some(cell));
            }
        }
        assert_eq!(Grid::THESIS.place(9216), None);
        assert_eq!(Grid::THESIS.cell(1, Pitch::new(16).unwrap()), Some(96));
        assert_eq!(Grid::THESIS.cell(0, Pitch::new(15).unwrap()), None);
        assert_eq!(Grid::THESIS.cell(0, Pitch::new(112).unwrap()), None);
    }

    #[test]
    fn a_grid_that_cannot_be_is_refused() {
        assert_eq!(Grid::new(0, 96, 16), Err(GridError::Empty));
        let too_fine = Grid::new(1024, 96, 16).unwrap_err();
        assert_eq!(
            too_fine.to_string(),
            "1024 steps of 96 pitches are 98304 cells: at most 65536 are possible"
        );
        assert!(matches!(Grid::new(96, 96, 33), Err(GridError::OutOfRange { .. })));
    }
}
