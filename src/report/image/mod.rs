//! Pictures of songs as small, paletted PNG files.
//!
//! Time runs to the right, one pixel a step at the default shape; pitch runs upwards, four pixels a
//! semitone. Measure lines are marked and numbered from 1, quarters of the measure are faint, a
//! line below every C names its octave (C4 is MIDI 60). An onset is a block that starts at its
//! step.
//!
//! A note's colour is its pitch class, and the hues go round the circle of fifths: notes of one key
//! have neighbouring hues, and a note from far away stands out. The notes of a melody have a red frame,
//! a colour that no note has.

mod canvas;
mod colour;
mod font;
mod heatmap;
mod panel;
mod pianoroll;

pub use colour::{Surface, pitch_class_colour};
pub use heatmap::heatmap;
pub use pianoroll::{comparison, contact_sheet, pianoroll, roll_extent, with_melody};

use crate::music::roll::CellsError;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The song is not one of the shape.
    #[error(transparent)]
    Shape(#[from] CellsError),
    /// Probabilities do not fill the shape.
    #[error("{found} probabilities where {expected} cells are expected")]
    Probabilities {
        /// Probabilities given.
        found: usize,
        /// Cells of the shape.
        expected: usize,
    },
    /// The picture could not be encoded.
    #[error("failed to encode a picture")]
    Png(#[from] png::EncodingError),
}
