//! From a score to measures.

use super::grid_cursor::{GridCursor, GridPosition};
use super::measure_builder::MeasureBuilder;
use super::{Measures, RollShape};
use crate::meter::{MeterSegment, TimeSignature};
use crate::midi::Status;
use crate::note::{Note, Pitch, Tick};
use crate::score::Score;
use std::convert::Infallible;

/// Measures of one piece, from its first onset to its last. More is a broken time, not music.
pub const MAX_MEASURES: u64 = 4096;

/// What becomes of drums.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum Drums {
    /// They are left out: their pitches name instruments.
    #[default]
    Drop,
    /// They are taken for pitches.
    Keep,
}

/// Consecutive measures of one meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The meter.
    pub signature: TimeSignature,
    /// Measures before this segment, counted from the start of the file, silent ones too.
    pub first_measure: u64,
    /// Its measures, silent ones too; at least one.
    pub measures: Measures,
}

/// A score on the grid. Silent measures before the first onset and after the last are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedScore {
    /// At least one; the first starts with a sounding measure, the last ends with one.
    pub segments: Vec<Segment>,
    /// Silent measures left out before the first onset.
    pub leading_empty_measures: u64,
    /// Set cells, at least one.
    pub onsets: u64,
    /// Notes outside the pitch window, which were left out.
    pub outside_window: u64,
    /// Notes on the drum channels.
    pub drums: u64,
    /// Notes that fell into a cell with another one.
    pub merged: u64,
    /// The part of the notes on the grid, 0..=1, that had to be moved to the nearest step.
    pub off_grid_fraction: f64,
}

impl QuantizedScore {
    /// Measures in all segments.
    pub fn measures(&self) -> u64 {
        self.segments.iter().map(|segment| segment.measures.len() as u64).sum()
    }
}

/// Why a score has no pianoroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantizeError {
    /// It has no note.
    #[error("no note is struck")]
    NoNotes,
    /// It has drums alone, which are left out.
    #[error("nothing but {0} drum notes")]
    OnlyDrums(u64),
    /// No note is inside the pitch window.
    #[error("all {0} notes are outside the pitch window")]
    OutOfRange(u64),
    /// More than [`MAX_MEASURES`] measures.
    #[error("{0} measures: at most {MAX_MEASURES} are taken for music")]
    AbsurdLength(u64),
}

impl QuantizeError {
    /// What a catalog says of such a file.
    pub const fn status(self) -> Status {
        match self {
            Self::NoNotes | Self::OnlyDrums(_) => Status::NoNotes,
            Self::OutOfRange(_) => Status::OutOfRange,
            Self::AbsurdLength(_) => Status::AbsurdLength,
        }
    }
}

/// Puts a score on the grid. The step of an onset is the nearest one, halves up; an onset that
/// rounds up to the end of a measure belongs to the next one.
///
/// # Errors
/// No note is left, or there are more than [`MAX_MEASURES`] measures.
pub fn quantize(
    score: &Score,
    shape: &RollShape,
    drums: Drums,
) -> Result<QuantizedScore, QuantizeError> {
    quantize_onsets(&score.meter(), score.notes.iter().map(Onset::of), shape, drums)
}

/// As much of a note as the grid asks for.
#[derive(Clone, Copy, Debug)]
pub struct Onset {
    /// When it is struck.
    pub tick: Tick,
    /// Which key.
    pub pitch: Pitch,
    /// Whether the channel plays drums at that moment.
    pub drum: bool,
}

impl Onset {
    fn of(note: &Note) -> Self {
        Self { tick: note.onset, pitch: note.pitch, drum: note.drum }
    }
}

/// Puts onsets, sorted by tick and pitch, on the grid, as [`quantize()`] does with those of a score. `meter` has a
/// segment at least, the first from tick 0.
///
/// # Errors
/// As [`quantize()`].
pub fn quantize_onsets(
    meter: &[MeterSegment],
    onsets: impl ExactSizeIterator<Item = Onset>,
    shape: &RollShape,
    drums: Drums,
) -> Result<QuantizedScore, QuantizeError> {
    let notes = onsets.len();
    let mut builder = MeasureBuilder::new(meter, notes);
    let counts = walk(meter, onsets, *shape, drums, &mut builder)?;
    if counts.kept == 0 {
        return Err(match notes as u64 {
            0 => QuantizeError::NoNotes,
            notes if counts.outside_window == 0 => QuantizeError::OnlyDrums(notes),
            _ => QuantizeError::OutOfRange(counts.outside_window),
        });
    }
    let (segments, leading_empty_measures) = builder.finish();
    let onsets = segments.iter().map(|segment| segment.measures.onsets() as u64).sum();
    Ok(QuantizedScore {
        segments,
        leading_empty_measures,
        onsets,
        outside_window: counts.outside_window,
        drums: counts.drums,
        merged: counts.kept - onsets,
        off_grid_fraction: counts.off_grid as f64 / counts.kept as f64,
    })
}

/// Every onset of a piece as one number, ascending, each once: `step * pitches + (pitch -
/// lowest_pitch)`, steps counted from the start of the file through all measures. Drums are left
/// out, silence stays. This is what other readers' pianorolls can be compared with, cell by cell. A
/// number beyond `u64` stays at its end.
pub fn onset_cells(score: &Score, shape: &RollShape) -> Vec<u64> {
    let meter = score.meter();
    let mut numbers = Numbers {
        first_measures: first_measures(&meter),
        cells: shape.cells_per_measure() as u64,
        before: 0,
        numbers: Vec::with_capacity(score.notes.len()),
    };
    let onsets = score.notes.iter().map(Onset::of);
    let Ok(_) = walk(&meter, onsets, *shape, Drums::Drop, &mut numbers);
    let mut numbers = numbers.numbers;
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Collects cells as numbers that run through all measures.
struct Numbers {
    first_measures: Vec<u64>,
    /// Cells of a measure, and of all measures before this one.
    cells: u64,
    before: u64,
    numbers: Vec<u64>,
}

impl Sink for Numbers {
    type Error = Infallible;

    fn start(&mut self, position: GridPosition) -> Result<(), Infallible> {
        let measure = self.first_measures[position.segment].saturating_add(position.measure);
        self.before = measure.saturating_mul(self.cells);
        Ok(())
    }

    fn cell(&mut self, cell: u16) {
        self.numbers.push(self.before.saturating_add(u64::from(cell)));
    }
}

/// Measures before each segment, from the start of the file.
pub(super) fn first_measures(meter: &[MeterSegment]) -> Vec<u64> {
    let mut before: u64 = 0;
    let mut first = Vec::with_capacity(meter.len());
    for segment in meter {
        first.push(before);
        before = before.saturating_add(segment.measures().unwrap_or(0));
    }
    first
}

#[derive(Default)]
struct Counts {
    kept: u64,
    outside_window: u64,
    drums: u64,
    off_grid: u64,
}

/// What takes the notes on the grid.
pub(super) trait Sink {
    type Error;
    /// Another tick with notes, after the one before.
    fn start(&mut self, position: GridPosition) -> Result<(), Self::Error>;
    /// A cell at that tick; within a tick they ascend.
    fn cell(&mut self, cell: u16);
}

/// Hands over the notes inside the window; what was left out is counted.
fn walk<S: Sink>(
    meter: &[MeterSegment],
    onsets: impl Iterator<Item = Onset>,
    shape: RollShape,
    drums: Drums,
    sink: &mut S,
) -> Result<Counts, S::Error> {
    let mut cursor = GridCursor::new(meter, shape.steps() as u16);
    let mut counts = Counts::default();
    let mut tick = None;
    let (mut first, mut moved, mut last) = (0, 0, None);
    for note in onsets {
        if note.drum {
            counts.drums += 1;
            if drums == Drums::Drop {
                continue;
            }
        }
        let Some(row) = shape.row_of(note.pitch) else {
            counts.outside_window += 1;
            continue;
        };
        if tick != Some(note.tick) {
            tick = Some(note.tick);
            let position = cursor.find(note.tick);
            // Below the grid's cells, and so below 65536.
            first = position.step * shape.pitches() as u16;
            moved = u64::from(!position.on_grid);
            last = None;
            sink.start(position)?;
        }
        counts.kept += 1;
        counts.off_grid += moved;
        if last != Some(row) {
            last = Some(row);
            sink.cell(first + u16::from(row));
        }
    }
    Ok(counts)
}
