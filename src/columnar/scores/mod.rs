//! `scores/*.arrow`: the notes of every usable file content, so that later stages need neither the files nor a MIDI
//! reader. Arrow IPC, buffers compressed with zstd, one row per content, in the order of their digests.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `digest` | utf8 | BLAKE3 of the file, 64 hex digits |
//! | `division` | u16 | ticks per quarter note |
//! | `deltas` | list of u32 | ticks from each note's onset to the next one's, the first from the start |
//! | `pitches` | list of u8 | MIDI pitch of each note, plus 128 on a drum channel |
//! | `signature_ticks` | list of u64 | tick of each time signature |
//! | `numerators`, `denominators` | list of u8 | the time signatures |
//!
//! A shard holds a range of contents, of all that a scan found, usable or not, so the digests of a corpus determine
//! which shard holds which content ([`score_partitions`]). Adding or removing a content changes its own shard and
//! rarely a second one; the others keep their bytes, and so their blobs in the store.
//!
//! To add a column, change [`ScoreRow`] and [`ScoreView`], the schema, `read::Batch` and `write::Columns`. If it is
//! missing in one of them, the code does not compile or opening a file fails.

mod partition;
mod read;
mod write;

pub use partition::{score_partitions, score_shard};
pub use read::ScoreSet;
pub use write::ScoreWriter;

use super::ipc::list_type;
use arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;

/// Added to the pitch of a note on a drum channel.
pub const DRUM_OFFSET: u8 = 128;

/// One file content's notes and meter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreRow {
    /// BLAKE3 of the file's bytes, 64 hex digits.
    pub digest: String,
    /// Ticks per quarter note.
    pub division: u16,
    /// Ticks from each note's onset to the next one's, the first from the start; below 2^32.
    pub deltas: Vec<u32>,
    /// MIDI pitch of each note, plus [`DRUM_OFFSET`] on a drum channel.
    pub pitches: Vec<u8>,
    /// Tick of each time signature.
    pub signature_ticks: Vec<u64>,
    /// Numerator of each time signature.
    pub numerators: Vec<u8>,
    /// Denominator of each time signature.
    pub denominators: Vec<u8>,
}

impl ScoreRow {
    /// The row, borrowed.
    #[must_use]
    pub fn view(&self) -> ScoreView<'_> {
        ScoreView {
            digest: &self.digest,
            division: self.division,
            deltas: &self.deltas,
            pitches: &self.pitches,
            signature_ticks: &self.signature_ticks,
            numerators: &self.numerators,
            denominators: &self.denominators,
        }
    }
}

/// A borrowed [`ScoreRow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreView<'a> {
    /// BLAKE3 of the file's bytes, 64 hex digits.
    pub digest: &'a str,
    /// Ticks per quarter note.
    pub division: u16,
    /// Ticks from each note's onset to the next one's, the first from the start.
    pub deltas: &'a [u32],
    /// MIDI pitch of each note, plus [`DRUM_OFFSET`] on a drum channel.
    pub pitches: &'a [u8],
    /// Tick of each time signature.
    pub signature_ticks: &'a [u64],
    /// Numerator of each time signature.
    pub numerators: &'a [u8],
    /// Denominator of each time signature.
    pub denominators: &'a [u8],
}

fn schema() -> Arc<Schema> {
    let columns = [
        ("digest", DataType::Utf8),
        ("division", DataType::UInt16),
        ("deltas", list_type(DataType::UInt32)),
        ("pitches", list_type(DataType::UInt8)),
        ("signature_ticks", list_type(DataType::UInt64)),
        ("numerators", list_type(DataType::UInt8)),
        ("denominators", list_type(DataType::UInt8)),
    ];
    let fields = columns.map(|(name, kind)| Field::new(name, kind, false));
    Arc::new(Schema::new(fields.to_vec()))
}

#[cfg(test)]
mod tests;
