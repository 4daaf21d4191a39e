//! MIDI bytes to score, and back.
//!
//! [`read`] returns whether a file can be used ([`Status`]), its faults ([`Fault`]), the number of unread bytes, and the
//! music. Real files break every rule of the standard, and players accept them, so this reader does.
//!
//! ```text
//! bytes -> container (RIFF, MacBinary, other formats) -> read (header) -> chunks (tracks)
//!       -> events (in place, by midly, or by lenient where midly stops) -> collect -> Score
//! ```
//!
//! If bytes of a track are wrong, the file is read again with a map of where the rest of each track is intact
//! (`intact`), so that odd bytes cost only the event that they are in.
//!
//! midly silently ends a track at the first event that breaks a rule, and misreads some others. So it reads one event
//! at a time, and `lenient` reads again what midly cannot. Valid channel messages, nine events in ten, are read in
//! place, which makes reading several times as fast.
//!
//! No tick or length field decides an allocation: memory and time are proportional to the number of bytes.

mod channels;
mod charset;
mod chunks;
mod collect;
mod container;
mod event;
mod events;
mod fault_offsets;
mod intact;
mod lenient;
mod meters;
mod note_ends;
mod packed_notes;
mod polyphony;
mod read;
mod repair;
mod status;
mod sysex;
mod text;
mod texts;
mod write;

pub use charset::Charset;
pub use read::{MAX_BYTES, ReadOutcome, left_unread, read, too_large};
pub use status::{Fault, Faults, Status};
pub use text::clean_text;
pub use write::*;

#[cfg(test)]
mod tests;
