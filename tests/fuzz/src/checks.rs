//! Assertions that hold for any bytes.

use super::music::canonical::Canonical;
use super::music::meter::TimeSignature;
use super::music::midi::{Lengths, RollOptions, Status, read, roll_to_piece, write};
use super::music::near_duplicates::sketch;
use super::music::note::{Tick, Velocity};
use super::music::roll::{Drums, MAX_MEASURES, QuantizedScore, RollShape, onset_cells, quantize};
use super::music::score::Score;

/// Reads the bytes and processes them as `scan` and `extract` do, which both free the bytes after reading. Returns their
/// status.
///
/// # Panics
/// Panics if an assertion fails.
pub fn check(bytes: Vec<u8>) -> Status {
    let reading = read(&bytes);
    let size = bytes.len();
    drop(bytes);
    assert_eq!(reading.score.is_some(), reading.status == Status::Ok);
    assert!(reading.bytes_unread <= size as u64, "more unread than there is");
    assert!(reading.status == Status::Ok || !reading.detail.is_empty(), "no reason");
    assert!(reading.faults.iter().count() < 32);
    if let Some(score) = &reading.score {
        check_score(score, size);
        check_grids(score);
    }
    reading.status
}

/// Checks that reading the same bytes twice gives the same result.
///
/// # Panics
/// Panics if it does not.
pub fn check_deterministic(bytes: &[u8]) {
    assert_eq!(read(bytes), read(bytes));
}

fn check_score(score: &Score, bytes: usize) {
    assert!(!score.notes.is_empty() && 3 * score.notes.len() <= bytes, "notes out of nothing");
    assert!(score.notes.is_sorted_by_key(|note| (note.onset, note.pitch, note.channel)));
    assert!(score.notes.iter().all(|note| note.velocity.get() > 0 && note.program < 128));
    assert!(score.unended <= score.notes.len() as u64);
    assert_eq!(score.signatures[0].0, Tick(0));
    assert!(score.signatures.is_sorted_by(|a, b| a.0 < b.0));
    assert!(score.tempos.is_sorted_by(|a, b| a.0 < b.0));
    assert!(score.tempos.iter().all(|&(_, tempo)| tempo > 0));
    assert!(score.seconds().is_finite() && score.seconds() >= 0.0 && score.mean_bpm().is_finite());
    for name in &score.names {
        assert!(
            !name.is_empty() && name.chars().count() <= 200 && !name.contains(char::is_control)
        );
    }
}

fn check_grids(score: &Score) {
    let cells = onset_cells(score, &RollShape::THESIS);
    assert!(cells.is_sorted_by(|a, b| a < b));
    // Cells beyond the largest number are equal.
    let countable = cells.last().is_none_or(|&last| last < u64::MAX).then_some(cells.len() as u64);
    drop(cells);
    let sketch = sketch(score);
    assert!(sketch.len() <= 128 && sketch.is_sorted_by(|a, b| a < b));
    if let Ok(canonical) = Canonical::new(score) {
        let notes = canonical.notes();
        assert!(!notes.is_empty() && notes.len() == canonical.shape().len());
    }
    for drums in [Drums::Drop, Drums::Keep] {
        if let Ok(quantized) = quantize(score, &RollShape::THESIS, drums) {
            let expected = countable.filter(|_| drums == Drums::Drop);
            check_gridded(&quantized, expected);
        }
    }
}

fn check_gridded(quantized: &QuantizedScore, expected: Option<u64>) {
    assert!((1..=MAX_MEASURES).contains(&quantized.measures()));
    assert!((0.0..=1.0).contains(&quantized.off_grid_fraction));
    let measures = quantized.segments.iter().flat_map(|segment| segment.measures.iter());
    for measure in measures.clone() {
        assert!(measure.is_sorted_by(|a, b| a < b) && measure.iter().all(|&cell| cell < 9216));
    }
    let first = quantized.segments.first().and_then(|segment| segment.measures.iter().next());
    let last = quantized.segments.last().and_then(|segment| segment.measures.iter().next_back());
    assert!(first.is_some_and(|m| !m.is_empty()) && last.is_some_and(|m| !m.is_empty()));
    assert_eq!(measures.map(|measure| measure.len() as u64).sum::<u64>(), quantized.onsets);
    if let Some(expected) = expected {
        assert_eq!(quantized.onsets, expected, "the two ways to the grid disagree");
    }
    for sample in quantized.windows(16.try_into().unwrap(), 16.try_into().unwrap(), 0).take(2) {
        assert_eq!(sample.measures().len(), 16);
        let cells: Vec<Vec<u16>> = sample.measures().map(<[u16]>::to_vec).collect();
        if sample.onsets() > 0 {
            check_round_trip(&cells);
        }
    }
}

/// Checks that a sample that was written is read and quantized as the same sample.
fn check_round_trip(cells: &[Vec<u16>]) {
    let options = RollOptions {
        tempo: 120,
        signature: TimeSignature::COMMON,
        program: 0,
        title: "sample".into(),
        comment: None,
        velocity: Velocity::clamped(80),
        lengths: Lengths::UntilNext,
    };
    let piece = roll_to_piece(cells, &RollShape::THESIS, &options).expect("cells of the grid");
    let reading = read(&write(&piece));
    assert!(reading.faults.is_empty() && reading.bytes_unread == 0, "{}", reading.faults);
    let score = reading.score.expect("there are onsets");
    let back = quantize(&score, &RollShape::THESIS, Drums::Drop).expect("there are onsets");
    let silent = cells.iter().take_while(|measure| measure.is_empty()).count();
    assert_eq!(back.leading_empty_measures, silent as u64);
    let sounding = cells.len() - cells.iter().rev().take_while(|m| m.is_empty()).count();
    let back: Vec<&[u16]> =
        back.segments.iter().flat_map(|segment| segment.measures.iter()).collect();
    assert_eq!(back, cells[silent..sounding].iter().map(Vec::as_slice).collect::<Vec<_>>());
}
