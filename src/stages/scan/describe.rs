//! Describes a file in a catalog row.

use crate::columnar::CatalogRow;
use crate::fingerprint::Digest;
use crate::music::canonical::Canonical;
use crate::music::midi::ReadOutcome;
use crate::music::note::Tick;
use crate::music::roll::{Drums, QuantizedScore, RollShape, deviations, quantize};
use crate::music::score::Score;

/// A performance has at least this many distinct velocities and deviations, and this fraction of notes off the grid.
const PLAYED_VELOCITIES: i64 = 8;
const PLAYED_DEVIATIONS: i64 = 3;
const PLAYED_OFF_GRID: f64 = 0.5;

/// Returns a row with only digest and size.
pub(super) fn blank(digest: &str, bytes: u64) -> CatalogRow {
    CatalogRow { bytes, digest: digest.to_owned(), ..CatalogRow::default() }
}

/// Describes what the reader found in a file.
pub(super) fn describe(outcome: &ReadOutcome, digest: &str, bytes: u64) -> CatalogRow {
    let row = CatalogRow {
        status: outcome.status,
        detail: outcome.detail.clone(),
        format: outcome.format.map(i32::from),
        division: outcome.division.map(i32::from),
        tracks: Some(outcome.tracks.into()),
        bytes_unread: outcome.bytes_unread,
        faults: outcome.faults.iter().map(|fault| fault.to_string()).collect(),
        ..blank(digest, bytes)
    };
    let Some(score) = &outcome.score else { return row };
    let notes = NoteSummary::new(score);
    let row = describe_texts(score, describe_notes(score, &notes, row));
    let canonical = Canonical::new(score);
    // If no pitch is outside the thesis' window, as in most songs, both grids have the same onsets.
    let has_all_rows =
        notes.range.is_some_and(|(low, high)| RollShape::THESIS.has_rows_for(low, high));
    let windowed = (!has_all_rows).then(|| quantize(score, &RollShape::THESIS, Drums::Drop));
    let quantized = match &windowed {
        Some(windowed) => windowed.as_ref(),
        None => canonical.as_ref().map(Canonical::quantized),
    };
    let row = match quantized {
        Ok(quantized) => describe_grid(quantized, canonical.as_ref().ok(), row),
        Err(error) => CatalogRow { status: error.status(), detail: error.to_string(), ..row },
    };
    describe_timing(score, row)
}

/// The notes of a score that are not drums.
struct NoteSummary {
    count: usize,
    /// Lowest and highest pitch.
    range: Option<(u8, u8)>,
    velocities: u32,
}

impl NoteSummary {
    fn new(score: &Score) -> Self {
        let (mut count, mut low, mut high, mut velocities) = (0, u8::MAX, 0, 0_u128);
        for note in score.notes.iter().filter(|note| !note.drum) {
            count += 1;
            low = low.min(note.pitch.get());
            high = high.max(note.pitch.get());
            velocities |= 1 << note.velocity.get();
        }
        let range = (count > 0).then_some((low, high));
        Self { count, range, velocities: velocities.count_ones() }
    }
}

/// Adds the values of the notes, the tempo and the meter.
fn describe_notes(score: &Score, notes: &NoteSummary, row: CatalogRow) -> CatalogRow {
    let tempos = score.bpm_range();
    CatalogRow {
        notes: notes.count as i64,
        drums: (score.notes.len() - notes.count) as i64,
        lowest_pitch: notes.range.map(|(low, _)| low.into()),
        highest_pitch: notes.range.map(|(_, high)| high.into()),
        polyphony: score.polyphony.into(),
        velocities: notes.velocities.into(),
        tempo: Some(score.initial_bpm()),
        lowest_tempo: tempos.map(|(lowest, _)| lowest),
        highest_tempo: tempos.map(|(_, highest)| highest),
        tempo_changes: score.tempos.iter().filter(|(tick, _)| *tick > Tick(0)).count() as i64,
        time_signatures: score.distinct_signatures().iter().map(ToString::to_string).collect(),
        time_signature_source: score.signature_source().to_string(),
        programs: score.programs.iter().map(|&program| program.into()).collect(),
        duration: score.seconds(),
        loop_points: score.loops.len() as i64,
        ..row
    }
}

/// Adds the values of texts and key signatures.
fn describe_texts(score: &Score, row: CatalogRow) -> CatalogRow {
    let keys = score.written_keys();
    let key = keys.first();
    CatalogRow {
        key: key.map(|key| key.tonic().to_owned()),
        mode: key.map(|key| key.mode().to_owned()),
        key_changes: keys.len().saturating_sub(1) as i64,
        title: score.title.clone(),
        track_names: score.names.clone(),
        instrument_names: score.texts.instruments.clone(),
        lyrics: score.texts.lyrics.join("\n"),
        copyright: score.texts.copyright.join("; "),
        ..row
    }
}

/// Adds the values of the timing, given the row with the other values.
fn describe_timing(score: &Score, row: CatalogRow) -> CatalogRow {
    if row.notes == 0 {
        return row;
    }
    // Notes of unusable files have no value there.
    let is_on_grid = row.measures.is_some() && row.off_grid == 0.0 && row.outside_window == 0;
    let (distinct, possible) = if is_on_grid {
        (1, u64::MAX)
    } else {
        let found = deviations(score, RollShape::THESIS.steps() as u16);
        (i64::from(found.distinct), found.possible)
    };
    let is_played = distinct >= PLAYED_DEVIATIONS
        && 2 * distinct.unsigned_abs() > possible
        && row.off_grid >= PLAYED_OFF_GRID
        && row.velocities >= PLAYED_VELOCITIES;
    CatalogRow { deviations: distinct, performance: Some(is_played), ..row }
}

/// Adds the values on the grid.
fn describe_grid(
    quantized: &QuantizedScore,
    canonical: Option<&Canonical>,
    row: CatalogRow,
) -> CatalogRow {
    let digest =
        |bytes: Option<Vec<u8>>| Some(Digest::compute(&bytes.unwrap_or_default()).to_string());
    CatalogRow {
        measures: i64::try_from(quantized.measures()).ok(),
        onsets: quantized.onsets.cast_signed(),
        segments: quantized.segments.len() as i64,
        off_grid: quantized.off_grid_fraction,
        outside_window: quantized.outside_window.cast_signed(),
        leading_empty: quantized.leading_empty_measures.cast_signed(),
        notes_digest: digest(canonical.map(Canonical::notes)),
        shape_digest: digest(canonical.map(Canonical::shape)),
        ..row
    }
}
