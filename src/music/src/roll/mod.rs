//! The pianoroll: measures of `steps` x `pitches` cells, in which a cell is set where a note
//! starts.
//!
//! Cell ids run through pitches first: `step * pitches + (pitch - lowest_pitch)`. Only onsets
//! count, so tempo, durations and velocities play no part. [`quantize()`] makes measures of a score in
//! exact integer arithmetic on ticks, [`windows`](QuantizedScore::windows) cuts samples out of them.

mod grid_cursor;
mod measure_builder;
mod measures;
mod quantize;
mod shape;
mod windows;

pub use measures::Measures;
pub use quantize::{
    Drums, MAX_MEASURES, Onset, QuantizeError, QuantizedScore, Segment, onset_cells, quantize,
    quantize_onsets,
};
pub use shape::{CellsError, RollShape, RollShapeError, RollSize, onsets};
pub use windows::Sample;

#[cfg(test)]
mod quantize_tests;
