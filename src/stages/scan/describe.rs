//! Describes a file in a catalog row.

use crate::columnar::CatalogRow;
use crate::fingerprint::Digest;
use crate::music::canonical::Canonical;
use crate::music::midi::ReadOutcome;
use crate::music::note::Tick;
use crate::music::roll::{Drums, QuantizedScore, RollShape, quantize};
use crate::music::score::Score;

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
        faults: outcome.faults.to_string(),
        ..blank(digest, bytes)
    };
    let Some(score) = &outcome.score else { return row };
    let (notes, range) = pitches(score);
    let row = describe_score(score, notes, range, row);
    let canonical = Canonical::new(score);
    // If no pitch is outside the thesis' window, as in most songs, both grids have the same onsets.
    let has_all_rows = range.is_some_and(|(low, high)| RollShape::THESIS.has_rows_for(low, high));
    let windowed = (!has_all_rows).then(|| quantize(score, &RollShape::THESIS, Drums::Drop));
    let quantized = match &windowed {
        Some(windowed) => windowed.as_ref(),
        None => canonical.as_ref().map(Canonical::quantized),
    };
    match quantized {
        Ok(quantized) => describe_grid(quantized, canonical.as_ref().ok(), row),
        Err(error) => CatalogRow { status: error.status(), detail: error.to_string(), ..row },
    }
}

/// Returns the number of notes that are not drums, and their lowest and highest pitch.
fn pitches(score: &Score) -> (usize, Option<(u8, u8)>) {
    let (mut notes, mut low, mut high) = (0, u8::MAX, 0);
    for note in score.notes.iter().filter(|note| !note.drum) {
        notes += 1;
        low = low.min(note.pitch.get());
        high = high.max(note.pitch.get());
    }
    (notes, (notes > 0).then_some((low, high)))
}

/// Adds the values of a score.
fn describe_score(
    score: &Score,
    notes: usize,
    range: Option<(u8, u8)>,
    row: CatalogRow,
) -> CatalogRow {
    let signatures: Vec<String> =
        score.distinct_signatures().iter().map(ToString::to_string).collect();
    let programs: Vec<String> = score.programs.iter().map(ToString::to_string).collect();
    CatalogRow {
        notes: notes as i64,
        drums: (score.notes.len() - notes) as i64,
        lowest_pitch: range.map(|(low, _)| low.into()),
        highest_pitch: range.map(|(_, high)| high.into()),
        tempo: Some(score.initial_bpm()),
        tempo_changes: score.tempos.iter().filter(|(tick, _)| *tick > Tick(0)).count() as i64,
        time_signatures: signatures.join(" "),
        time_signature_source: score.signature_source().to_string(),
        programs: programs.join(" "),
        duration: score.seconds(),
        loop_points: score.loops.len() as i64,
        title: score.title.clone(),
        ..row
    }
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
