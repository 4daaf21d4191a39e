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
mod shape;
mod windows;

pub use gridding::{
    Drums, Gridded, MOST_MEASURES, Onset, Segment, Ungriddable, grid, grid_onsets, onset_cells,
};
pub use measures::Measures;
pub use shape::{CellsError, RollShape, RollShapeError, RollSize, onsets};
pub use windows::Sample;

#[cfg(test)]
mod gridding_tests;
