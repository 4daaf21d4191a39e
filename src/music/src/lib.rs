//! Notes, meter, MIDI bytes to score and back, score to pianoroll and back, and a composer. No I/O.
//!
//! ```text
//! bytes --midi::read--> Score --roll::quantize--> QuantizedScore --windows--> Sample (16 measures)
//! cells of a generated song --midi::roll_to_piece--> Piece --midi::write--> bytes
//! ```
//!
//! Untrusted bytes become validated values: after [`midi::read`] a pitch is at most 127, a meter has measures, and
//! time is exact integers.

pub mod canonical;
pub mod compose;
pub mod inverted_index;
pub mod key;
pub mod meter;
pub mod midi;
pub mod near_duplicates;
pub mod note;
pub mod roll;
pub mod score;
