//! Quantization of scores built note by note.

use super::{Drums, MAX_MEASURES, QuantizeError, QuantizedScore, RollShape, onset_cells, quantize};
use crate::canonical::Canonical;
use crate::meter::TimeSignature;
use crate::note::{Division, Note, Tick};
use crate::score::Score;

/// A score at 480 ticks per quarter; notes are (onset, pitch), meters (tick, numerator).
fn score(notes: &[(u64, u8)], meters: &[(u64, u8)]) -> Score {
    let meter = |&(tick, beats): &(u64, u8)| (Tick(tick), TimeSignature::new(beats, 4).unwrap());
    Score {
        notes: notes.iter().map(|&(onset, pitch)| Note::test(onset, pitch)).collect(),
        signatures: meters.iter().map(meter).collect(),
        first_written: Some(Tick(0)),
        length: Tick(notes.last().map_or(0, |note| note.0)),
        ..Score::empty(Division::new(480).unwrap())
    }
}

fn quantized(score: &Score) -> QuantizedScore {
    quantize(score, &RollShape::THESIS, Drums::Drop).unwrap()
}

/// (beats, first measure, cells of each measure) of each segment.
fn shape(quantized: &QuantizedScore) -> Vec<(u8, u64, Vec<Vec<u16>>)> {
    let cells = |s: &super::Segment| s.measures.iter().map(<[u16]>::to_vec).collect();
    let segments = quantized.segments.iter();
    segments.map(|s| (s.signature.numerator(), s.first_measure, cells(s))).collect()
}

/// The cell of pitch 60 at a step.
fn c4(step: u16) -> u16 {
    step * 96 + 44
}

#[test]
fn silent_measures_around_the_music_are_left_out_and_those_inside_kept() {
    let quantized = quantized(&score(&[(1920 * 3 + 20, 60), (1920 * 5, 60)], &[(0, 4)]));
    assert_eq!(shape(&quantized), [(4, 3, vec![vec![c4(1)], vec![], vec![c4(0)]])]);
    assert_eq!(
        (quantized.leading_empty_measures, quantized.measures(), quantized.onsets),
        (3, 3, 2)
    );
}

#[test]
fn pick_ups_keep_a_whole_measure_so_that_bar_lines_stay() {
    let quantized = quantized(&score(&[(1920 + 1440, 60), (1920 * 2, 62)], &[(0, 4)]));
    assert_eq!(shape(&quantized), [(4, 1, vec![vec![c4(72)], vec![c4(0) + 2]])]);
    assert_eq!(quantized.leading_empty_measures, 1);
}

#[test]
fn onsets_rounded_up_to_a_bar_line_belong_to_the_next_measure() {
    let inside = quantized(&score(&[(0, 60), (1909, 60), (1910, 61)], &[(0, 4)]));
    assert_eq!(shape(&inside)[0].2, [vec![c4(0), c4(95)], vec![c4(0) + 1]]);
    let across = quantized(&score(&[(0, 60), (1911, 60)], &[(0, 4), (1920, 3)]));
    assert_eq!(shape(&across), [(4, 0, vec![vec![c4(0)]]), (3, 1, vec![vec![c4(0)]])]);
    let first = quantized(&score(&[(1911, 60)], &[(0, 4), (1920, 3)]));
    assert_eq!(shape(&first), [(3, 1, vec![vec![c4(0)]])]);
}

#[test]
fn onsets_rounded_up_to_the_end_of_a_short_measure_belong_to_the_next_one() {
    // The second measure of 4/4 ends after four steps.
    let meters = [(0, 4), (2000, 3)];
    let inside = quantized(&score(&[(0, 60), (1989, 60)], &meters));
    assert_eq!(shape(&inside), [(4, 0, vec![vec![c4(0)], vec![c4(3)]])]);
    let across = quantized(&score(&[(0, 60), (1990, 60), (2000, 61)], &meters));
    let next = vec![c4(0), c4(0) + 1];
    assert_eq!(shape(&across), [(4, 0, vec![vec![c4(0)], vec![]]), (3, 2, vec![next])]);
    // Between two steps: 3.5 steps are left.
    let between = quantized(&score(&[(0, 60), (1989, 60), (1990, 60)], &[(0, 4), (1990, 3)]));
    assert_eq!(shape(&between)[0].2, [vec![c4(0)], vec![c4(3)]]);
    assert_eq!(shape(&between)[1], (3, 2, vec![vec![c4(0)]]));
}

#[test]
fn meter_less_than_half_a_step_after_a_bar_line_moves_it() {
    for late in [1, 9] {
        let meters = [(0, 4), (1920 + late, 3)];
        let notes = [(0, 60), (1920, 60), (1920 + late + 1440, 60)];
        let expected = [(4, 0, vec![vec![c4(0)]]), (3, 1, vec![vec![c4(0)], vec![c4(0)]])];
        assert_eq!(shape(&quantized(&score(&notes, &meters))), expected);
        let start = [(0, 4), (late, 4)];
        let roll = quantized(&score(&[(0, 60), (1920 + late, 60)], &start));
        assert_eq!(shape(&roll), [(4, 0, vec![vec![c4(0)], vec![c4(0)]])]);
    }
    // Several such segments, with notes on both sides.
    let meters = [(0, 4), (1920, 3), (1921, 4), (1922, 3)];
    let roll = quantized(&score(&[(0, 60), (1920, 60), (1922, 61)], &meters));
    let expected = [(4, 0, vec![vec![c4(0)]]), (3, 1, vec![vec![c4(0), c4(0) + 1]])];
    assert_eq!(shape(&roll), expected);
}

#[test]
fn meter_changes_start_a_segment_and_a_measure() {
    let notes = [(0, 60), (2000, 60), (2000 + 1440, 60)];
    let quantized = quantized(&score(&notes, &[(0, 4), (2000, 3), (10_000, 5)]));
    let expected = [(4, 0, vec![vec![c4(0)], vec![]]), (3, 2, vec![vec![c4(0)], vec![c4(0)]])];
    assert_eq!(shape(&quantized), expected);
}

#[test]
fn silent_segments_between_others_keep_their_measures() {
    let quantized = quantized(&score(&[(0, 60), (9000, 60)], &[(0, 4), (1920, 3), (4800, 4)]));
    let measures: Vec<usize> = quantized.segments.iter().map(|s| s.measures.len()).collect();
    assert_eq!((measures, quantized.segments[2].first_measure), (vec![1, 2, 3], 3));
}

#[test]
fn omitted_notes_are_counted() {
    let mut score = score(&[(0, 60), (3, 60), (7, 10), (9, 112), (11, 40), (20, 60)], &[(0, 4)]);
    score.notes[4].drum = true;
    let dropped = quantized(&score);
    assert_eq!(
        (dropped.onsets, dropped.merged, dropped.outside_window, dropped.drums),
        (2, 1, 2, 1)
    );
    assert_eq!(dropped.off_grid_fraction, 1.0 / 3.0);
    let kept = quantize(&score, &RollShape::THESIS, Drums::Keep).unwrap();
    assert_eq!((kept.onsets, kept.drums), (3, 1));
}

#[test]
fn scores_without_a_roll_return_the_reason() {
    let reason = |score: &Score| quantize(score, &RollShape::THESIS, Drums::Drop).unwrap_err();
    assert_eq!(reason(&score(&[], &[(0, 4)])), QuantizeError::NoNotes);
    assert_eq!(reason(&score(&[(0, 1)], &[(0, 4)])), QuantizeError::OutOfRange(1));
    let mut drums = score(&[(0, 40)], &[(0, 4)]);
    drums.notes[0].drum = true;
    assert_eq!(reason(&drums), QuantizeError::OnlyDrums(1));
}

#[test]
fn huge_pauses_are_refused_without_allocation_and_leading_ones_trimmed() {
    let last = 1920 * (MAX_MEASURES - 1);
    assert_eq!(quantized(&score(&[(0, 60), (last, 60)], &[(0, 4)])).measures(), MAX_MEASURES);
    let reason = |notes: &[(u64, u8)], meters: &[(u64, u8)]| {
        quantize(&score(notes, meters), &RollShape::THESIS, Drums::Drop)
    };
    let beyond = reason(&[(0, 60), (last + 1920, 60)], &[(0, 4)]);
    assert_eq!(beyond, Err(QuantizeError::AbsurdLength(MAX_MEASURES + 1)));
    for far in [1 << 40, 1 << 60, u64::MAX] {
        assert!(matches!(
            reason(&[(0, 60), (far, 60)], &[(0, 4)]),
            Err(QuantizeError::AbsurdLength(_))
        ));
        assert_eq!(reason(&[(far, 60)], &[(0, 4)]).unwrap().measures(), 1);
        let meters = [(0, 4), (5, 3), (far - 3, 1), (far - 1, 2)];
        assert!(matches!(
            reason(&[(0, 60), (far, 60)], &meters),
            Err(QuantizeError::AbsurdLength(_))
        ));
    }
}

#[test]
fn untrimmed_cells_count_from_the_start_of_the_file() {
    let mut score = score(&[(1920, 60), (1920, 60), (1940, 16), (1950, 10)], &[(0, 4)]);
    assert_eq!(onset_cells(&score, &RollShape::THESIS), [96 * 96 + 44, 97 * 96]);
    score.signatures.push((Tick(1930), TimeSignature::new(3, 4).unwrap()));
    assert_eq!(onset_cells(&score, &RollShape::THESIS), [96 * 96 + 44, (2 * 96 + 1) * 96]);
}

#[test]
fn windows_stay_inside_segments() {
    let notes: Vec<(u64, u8)> = (0..8).map(|measure| (measure * 1920, 60)).collect();
    let quantized = quantized(&score(&notes, &[(0, 4), (1920 * 5, 2)]));
    let firsts = |measures: usize, hop: usize, offset: usize| -> Vec<u64> {
        let (measures, hop) = (measures.try_into().unwrap(), hop.try_into().unwrap());
        let windows = quantized.windows(measures, hop, offset);
        windows.map(|sample| sample.first_measure).collect()
    };
    assert_eq!(quantized.segments.iter().map(|s| s.measures.len()).collect::<Vec<_>>(), [5, 5]);
    assert_eq!(firsts(2, 2, 0), [0, 2, 5, 7]);
    assert_eq!(firsts(4, 1, 0), [0, 1, 5, 6]);
    assert_eq!(firsts(6, 1, 0), Vec::<u64>::new());
    assert_eq!(firsts(2, 2, 1), [1, 3, 6, 8]);
    assert_eq!((firsts(4, 3, 1), firsts(4, 1, 2)), (vec![1, 6], vec![]));
    let sample = quantized.windows(4.try_into().unwrap(), 1.try_into().unwrap(), 0).last().unwrap();
    assert_eq!((sample.onsets(), sample.signature.numerator()), (2, 2));
}

#[test]
fn the_same_piece_has_the_same_canonical_bytes_and_no_other_has() {
    let piece = score(&[(0, 60), (480, 64)], &[(0, 4)]);
    let later = score(&[(1920, 60), (2400, 64)], &[(0, 4)]);
    let higher = score(&[(0, 67), (480, 71)], &[(0, 4)]);
    let other = score(&[(0, 60), (480, 65)], &[(0, 4)]);
    let mut finer = score(&[(0, 60), (960, 64)], &[(0, 4)]);
    finer.division = Division::new(960).unwrap();
    let notes = |score: &Score| Canonical::new(score).unwrap().notes();
    let shape = |score: &Score| Canonical::new(score).unwrap().shape();
    for same in [&later, &finer] {
        assert_eq!(notes(&piece), notes(same));
    }
    assert_ne!(notes(&piece), notes(&higher));
    assert_eq!(shape(&piece), shape(&higher));
    assert_ne!(shape(&piece), shape(&other));
    assert_eq!(Canonical::new(&score(&[], &[(0, 4)])), Err(QuantizeError::NoNotes));
}
