//! MIDI bytes to score, and back.
//!
//! [`read`] takes the bytes of a file and tells everything about it: what became of it
//! ([`Status`]), what was odd ([`Fault`]), how many bytes made no sense, and the music. Real files
//! break every rule of the standard, and players play them all the same; so do we.
//!
//! ```text
//! bytes -> container (RIFF, MacBinary, what else it is) -> read (chunks, tracks)
//!       -> events (in place, by midly, by lenient where midly stops) -> collect -> Score
//! ```
//!
//! midly knows the format, but it ends a track in silence at the first event that breaks a rule,
//! and misreads some others. So it is asked for one event at a time, and `lenient` reads again what
//! midly cannot. Sound channel messages, nine events in ten, do not need it: read in place, the
//! whole is several times as fast.
//!
//! Nothing is allocated by a tick or by a length field: memory follows the number of bytes, time
//! too.

mod collect;
mod container;
mod drums;
mod event;
mod events;
mod lenient;
mod packed_notes;
mod read;
mod status;
mod text;
mod write;

pub use read::{MAX_BYTES, ReadOutcome, left_unread, read, too_large};
pub use status::{Fault, Faults, Status};
pub use text::clean_text;
pub use write::*;

#[cfg(test)]
mod tests;
