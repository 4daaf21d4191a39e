//! `scores/*.arrow`: the notes of every usable file content, so that whoever grids them needs neither the
//! files nor a MIDI reader. Arrow IPC, its buffers compressed with zstd, one row a content, in the order of their
//! digests.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `digest` | utf8 | BLAKE3 of the file, 64 hex digits |
//! | `division` | u16 | ticks a quarter note |
//! | `deltas` | list of u32 | ticks from each note's onset to the next one's, the first from the start |
//! | `pitches` | list of u8 | MIDI pitch of each note, and 128 more for one on a drum channel |
//! | `signature_ticks` | list of u64 | tick of each time signature |
//! | `numerators`, `denominators` | list of u8 | the time signatures |
//!
//! A shard is a stretch of contents: of all that a scan met, usable or not, so that who knows the digests of a corpus
//! knows which shard holds which ([`score_partitions`]). A content that joins or leaves changes the shard that it is in,
//! and rarely a second one; the others keep their bytes, and so their place in the store.
//!
//! A column is added in [`ScoreRow`] and [`ScoreView`], the schema, the widths, `read::Batch` and `write::Columns`;
//! that a column is missing anywhere does not compile or is refused when a file is opened.

mod partition;
mod read;
mod write;

pub use partition::{score_partitions, score_shard};
pub use read::ScoreSet;
pub use write::ScoreWriter;

use arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;

/// What a pitch has more when its note is on a drum channel.
pub const DRUM_OFFSET: u8 = 128;

/// One file content's notes and meter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreRow {
    /// BLAKE3 of the file's bytes, 64 hex digits.
    pub digest: String,
    /// Ticks a quarter note.
    pub division: u16,
    /// Ticks from each note's onset to the next one's, the first from the start; below 2^32.
    pub deltas: Vec<u32>,
    /// MIDI pitch of each note, and [`DRUM_OFFSET`] more for one on a drum channel.
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

/// A [`ScoreRow`] whose lists lie elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreView<'a> {
    /// BLAKE3 of the file's bytes, 64 hex digits.
    pub digest: &'a str,
    /// Ticks a quarter note.
    pub division: u16,
    /// Ticks from each note's onset to the next one's, the first from the start.
    pub deltas: &'a [u32],
    /// MIDI pitch of each note, and [`DRUM_OFFSET`] more for one on a drum channel.
    pub pitches: &'a [u8],
    /// Tick of each time signature.
    pub signature_ticks: &'a [u64],
    /// Numerator of each time signature.
    pub numerators: &'a [u8],
    /// Denominator of each time signature.
    pub denominators: &'a [u8],
}

fn list(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, false)))
}

fn schema() -> Arc<Schema> {
    let columns = [
        ("digest", DataType::Utf8),
        ("division", DataType::UInt16),
        ("deltas", list(DataType::UInt32)),
        ("pitches", list(DataType::UInt8)),
        ("signature_ticks", list(DataType::UInt64)),
        ("numerators", list(DataType::UInt8)),
        ("denominators", list(DataType::UInt8)),
    ];
    let fields = columns.map(|(name, kind)| Field::new(name, kind, false));
    Arc::new(Schema::new(fields.to_vec()))
}

/// Bytes of an element of each buffer of a batch; see [`mapped::decode`](super::mapped::decode).
const WIDTHS: [usize; 25] = [
    1, 4, 1, // digest
    1, 2, // division
    1, 4, 1, 4, // deltas
    1, 4, 1, 1, // pitches
    1, 4, 1, 8, // signature_ticks
    1, 4, 1, 1, // numerators
    1, 4, 1, 1, // denominators
];

#[cfg(test)]
mod tests;
