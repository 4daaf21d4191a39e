//! Notes, meter, MIDI bytes to score and back, score to pianoroll and back. No I/O.
//!
//! ```text
//! bytes --midi::read--> Score --roll::quantize--> QuantizedScore --windows--> Sample (16 measures)
//! drawn cells --midi::roll_to_piece--> Piece --midi::write--> bytes
//! ```
//!
//! Untrusted bytes become validated values here: past [`midi::read`] a pitch is at most 127, a
//! meter has measures, and time is exact integers throughout.

pub mod canonical;
pub mod compose;
pub mod meter;
pub mod midi;
pub mod near_duplicates;
pub mod note;
pub mod roll;
pub mod score;
