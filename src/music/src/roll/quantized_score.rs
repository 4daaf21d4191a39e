//! The measures of a score, and why a score has none.

use super::Measures;
use crate::meter::{MeterSegment, TimeSignature};
use crate::midi::Status;

/// Maximum number of measures from the first onset to the last. More are a broken time, not music.
pub const MAX_MEASURES: u64 = 4096;

/// Consecutive measures of one meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The meter.
    pub signature: TimeSignature,
    /// Measures of the file before this segment, silent ones included.
    pub first_measure: u64,
    /// At least one measure, silent ones included.
    pub measures: Measures,
}

/// The measures of a score. Silent ones before the first onset and after the last are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedScore {
    /// At least one; the first starts with a measure that has onsets, the last ends with one.
    pub segments: Vec<Segment>,
    /// Silent measures before the first onset.
    pub leading_empty_measures: u64,
    /// Set cells, at least one.
    pub onsets: u64,
    /// Notes left out because their pitch has no row.
    pub outside_window: u64,
    /// Notes on the drum channels.
    pub drums: u64,
    /// Notes in the same cell as another note.
    pub merged: u64,
    /// Fraction of the kept notes, 0..=1, that were not exactly on a step.
    pub off_grid_fraction: f64,
}

impl QuantizedScore {
    /// Measures in all segments.
    pub fn measures(&self) -> u64 {
        self.segments.iter().map(|segment| segment.measures.len() as u64).sum()
    }
}

/// Reasons why a score has no pianoroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantizeError {
    /// There are no notes.
    #[error("no note is struck")]
    NoNotes,
    /// There are only drums, which are left out.
    #[error("nothing but {0} drum notes")]
    OnlyDrums(u64),
    /// No note has a row.
    #[error("all {0} notes are outside the pitch window")]
    OutOfRange(u64),
    /// More than [`MAX_MEASURES`] measures.
    #[error("{0} measures: at most {MAX_MEASURES} are taken for music")]
    AbsurdLength(u64),
}

impl QuantizeError {
    /// Status of such a file in a catalog.
    pub const fn status(self) -> Status {
        match self {
            Self::NoNotes | Self::OnlyDrums(_) => Status::NoNotes,
            Self::OutOfRange(_) => Status::OutOfRange,
            Self::AbsurdLength(_) => Status::AbsurdLength,
        }
    }
}

/// Measures before each segment, from the start of the file, on a grid of `steps` per measure.
pub(super) fn first_measures(meter: &[MeterSegment], steps: u16) -> Vec<u64> {
    let before = |before: &mut u64, segment: &MeterSegment| {
        let first = *before;
        *before = before.saturating_add(segment.measures(steps).unwrap_or(0));
        Some(first)
    };
    meter.iter().scan(0, before).collect()
}
