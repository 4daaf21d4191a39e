//! From a score to measures of cells.

use super::RollShape;
use super::grid_cursor::GridCursor;
use super::measure_builder::MeasureBuilder;
use super::quantized_score::{QuantizeError, QuantizedScore, first_measures};
use crate::meter::MeterSegment;
use crate::note::{Note, Pitch, Tick};
use crate::score::Score;
use strum::{EnumString, IntoStaticStr, VariantNames};

/// Treatment of drums.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum Drums {
    /// Left out: their pitches name instruments.
    #[default]
    Drop,
    /// Kept as pitches.
    Keep,
}

/// Quantizes a score to the steps and pitches of `shape`, with as many measures as the score has. The step of an onset
/// is the nearest one, halves up; an onset that rounds up to the end of a measure, whole or cut short by the next meter,
/// belongs to the next one.
///
/// # Errors
/// Returns an error if no note is left, or if there are more than [`MAX_MEASURES`](super::MAX_MEASURES) measures.
pub fn quantize(
    score: &Score,
    shape: &RollShape,
    drums: Drums,
) -> Result<QuantizedScore, QuantizeError> {
    let onset = |note: &Note| Onset { tick: note.onset, pitch: note.pitch, drum: note.drum };
    quantize_onsets(&score.meter(), score.notes.iter().map(onset), shape, drums)
}

/// The part of a note that the pianoroll needs.
#[derive(Clone, Copy, Debug)]
pub struct Onset {
    /// Time of the note-on.
    pub tick: Tick,
    /// The key.
    pub pitch: Pitch,
    /// Whether the channel plays drums at the onset.
    pub drum: bool,
}

/// Quantizes onsets, sorted by tick and pitch, as [`quantize()`] does those of a score. `meter` has at least one
/// segment, the first from tick 0.
///
/// # Errors
/// Those of [`quantize()`].
pub fn quantize_onsets(
    meter: &[MeterSegment],
    onsets: impl ExactSizeIterator<Item = Onset>,
    shape: &RollShape,
    drums: Drums,
) -> Result<QuantizedScore, QuantizeError> {
    let notes = onsets.len();
    let steps = shape.steps() as u16;
    let mut builder = MeasureBuilder::new(meter, steps, notes);
    let mut cursor = GridCursor::new(meter, steps);
    let (mut kept, mut outside_window, mut drum_notes, mut off_grid) = (0, 0, 0, 0);
    let mut tick = None;
    let (mut first_cell, mut is_off_grid, mut last_row) = (0, 0, None);
    for note in onsets {
        drum_notes += u64::from(note.drum);
        if note.drum && drums == Drums::Drop {
            continue;
        }
        let Some(row) = shape.row_of(note.pitch) else {
            outside_window += 1;
            continue;
        };
        if tick != Some(note.tick) {
            tick = Some(note.tick);
            let position = cursor.find(note.tick);
            first_cell = shape.cell(position.step.into(), 0);
            is_off_grid = u64::from(!position.on_grid);
            last_row = None;
            builder.advance_to((position.segment, position.measure))?;
        }
        kept += 1;
        off_grid += is_off_grid;
        if last_row != Some(row) {
            last_row = Some(row);
            builder.put(first_cell + u16::from(row));
        }
    }
    if kept == 0 {
        return Err(match notes as u64 {
            0 => QuantizeError::NoNotes,
            notes if outside_window == 0 => QuantizeError::OnlyDrums(notes),
            _ => QuantizeError::OutOfRange(outside_window),
        });
    }
    let (segments, leading_empty_measures) = builder.finish();
    let onsets = segments.iter().map(|segment| segment.measures.onsets() as u64).sum();
    Ok(QuantizedScore {
        segments,
        leading_empty_measures,
        onsets,
        outside_window,
        drums: drum_notes,
        merged: kept - onsets,
        off_grid_fraction: off_grid as f64 / kept as f64,
    })
}

/// Numbers every onset of a piece, ascending, each once: `step * pitches + (pitch - lowest_pitch)`, with steps counted
/// from the start of the file through all measures. Drums are left out, silence is kept. Other readers' pianorolls can
/// be compared with this, cell by cell. Numbers saturate at the end of `u64`.
pub fn onset_cells(score: &Score, shape: &RollShape) -> Vec<u64> {
    let meter = score.meter();
    let steps = shape.steps() as u16;
    let first_measures = first_measures(&meter, steps);
    let mut cursor = GridCursor::new(&meter, steps);
    let cell = |note: &Note| {
        let row = shape.row_of(note.pitch)?;
        let position = cursor.find(note.onset);
        let measure = first_measures[position.segment].saturating_add(position.measure);
        let cell = shape.cell(position.step.into(), row.into());
        Some(measure.saturating_mul(shape.cells_per_measure() as u64).saturating_add(cell.into()))
    };
    let pitched = score.notes.iter().filter(|note| !note.drum);
    let mut cells: Vec<u64> = pitched.filter_map(cell).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}
