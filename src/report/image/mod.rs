//! Pictures of songs as small, paletted PNG files.
//!
//! Time runs to the right, one pixel per step at the default shape; pitch runs upwards, four pixels per
//! semitone. Measure lines are numbered from 1, quarters of the measure are faint, and a line below every C
//! names its octave (C4 is MIDI 60). An onset is a block that starts at its step.
//!
//! The colour of a note is its pitch class, with hues along the circle of fifths: notes of one key
//! have similar hues, and others stand out. The notes of a melody have a red frame, a colour that no note has.

mod canvas;
mod colour;
mod font;
mod panel;
mod pianoroll;

pub use colour::Surface;
pub use pianoroll::{comparison, contact_sheet, roll_extent, score_sheet, with_melody};

use crate::music::roll::{CellsError, RollShapeError};

/// An error while drawing a picture.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The song does not have the expected shape.
    #[error(transparent)]
    Shape(#[from] CellsError),
    /// There is no such shape.
    #[error(transparent)]
    Size(#[from] RollShapeError),
    /// The picture cannot be encoded.
    #[error("cannot encode a picture")]
    Png(#[from] png::EncodingError),
}
