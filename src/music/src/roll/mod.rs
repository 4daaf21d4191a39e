//! The onset pianoroll: measures of `steps` x `pitches` cells; a cell is set if a note starts in it.
//!
//! The id of a cell in its measure is `step * pitches + (pitch - lowest_pitch)`. Tempo, durations and velocities are
//! not part of it. [`quantize()`] turns a score into measures in exact integer arithmetic on ticks,
//! [`windows`](QuantizedScore::windows) returns samples of them.

mod deviations;
mod grid_cursor;
mod measure_builder;
mod measures;
mod quantize;
mod quantized_score;
mod shape;
mod windows;

pub use deviations::{Deviations, deviations};
pub use measures::Measures;
pub use quantize::{Drums, Onset, onset_cells, quantize, quantize_onsets};
pub use quantized_score::{MAX_MEASURES, QuantizeError, QuantizedScore, Segment};
pub use shape::{CellsError, RollShape, RollShapeError, RollSize, onsets};
pub use windows::Sample;

#[cfg(test)]
mod quantize_tests;
