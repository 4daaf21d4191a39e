//! `scores.arrow`: the notes of every usable file content, so that whoever grids them needs neither the
//! files nor a MIDI reader. Arrow IPC, one row a content, in the order of their digests; read in place.

mod read;
mod write;

pub use read::ScoreSet;
pub use write::ScoreWriter;

use arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;

/// One file content's notes and meter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreRow {
    /// BLAKE3 of the file's bytes, 64 hex digits.
    pub digest: String,
    /// Ticks a quarter note.
    pub division: u16,
    /// Ticks from each note's onset to the next one's, the first from the start; below 2^32.
    pub deltas: Vec<u32>,
    /// MIDI pitch of each note.
    pub pitches: Vec<u8>,
    /// 1 for a note on a drum channel, else 0.
    pub drums: Vec<u8>,
    /// Tick of each time signature.
    pub signature_ticks: Vec<u64>,
    /// Numerator of each time signature.
    pub numerators: Vec<u8>,
    /// Denominator of each time signature.
    pub denominators: Vec<u8>,
    /// A sample of what the song plays, by which near-duplicates are found: at most 128 numbers, ascending.
    pub sketch: Vec<u32>,
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
            drums: &self.drums,
            signature_ticks: &self.signature_ticks,
            numerators: &self.numerators,
            denominators: &self.denominators,
            sketch: &self.sketch,
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
    /// MIDI pitch of each note.
    pub pitches: &'a [u8],
    /// 1 for a note on a drum channel, else 0.
    pub drums: &'a [u8],
    /// Tick of each time signature.
    pub signature_ticks: &'a [u64],
    /// Numerator of each time signature.
    pub numerators: &'a [u8],
    /// Denominator of each time signature.
    pub denominators: &'a [u8],
    /// A sample of what the song plays; see [`ScoreRow::sketch`].
    pub sketch: &'a [u32],
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
        ("drums", list(DataType::UInt8)),
        ("signature_ticks", list(DataType::UInt64)),
        ("numerators", list(DataType::UInt8)),
        ("denominators", list(DataType::UInt8)),
        ("sketch", list(DataType::UInt32)),
    ];
    let fields = columns.map(|(name, kind)| Field::new(name, kind, false));
    Arc::new(Schema::new(fields.to_vec()))
}

/// Bytes of an element of each buffer of a batch; see [`mapped::decode`](super::mapped::decode).
const WIDTHS: [usize; 33] = [
    1, 4, 1, // digest
    1, 2, // division
    1, 4, 1, 4, // deltas
    1, 4, 1, 1, // pitches
    1, 4, 1, 1, // drums
    1, 4, 1, 8, // signature_ticks
    1, 4, 1, 1, // numerators
    1, 4, 1, 1, // denominators
    1, 4, 1, 4, // sketch
];

#[cfg(test)]
mod tests;
