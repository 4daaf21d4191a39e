//! Counts of what returns: measures, and notes at the same step some measures before.

use super::super::chords::{Chord, chord_at};
use super::sheet::Sheet;
use crate::metrics::structure::MeasureSimilarity;
use crate::music::roll::RollShape;

/// Lags in measures.
const LAGS: usize = 8;

pub(super) fn add(sheet: &mut Sheet, song: &[Vec<u16>], chords: &[Chord], shape: &RollShape) {
    let similarity = MeasureSimilarity::new(song);
    let at_lag = |lag: usize| -> Vec<f64> {
        (lag..song.len()).map(|at| similarity.rows[at][at - lag]).collect()
    };
    for lag in 1..=LAGS {
        sheet.spread(&format!("similarity_at_lag_{lag}"), &at_lag(lag));
    }
    let exact = |at: usize| {
        let equal = |lag: &usize| *lag <= at && !song[at].is_empty() && song[at - lag] == song[at];
        (1..=LAGS).find(equal).unwrap_or(0)
    };
    sheet.shares("exact_return", LAGS + 1, (0..song.len()).map(exact));
    let best = |at: usize| {
        let best = (1..=at).map(|lag| similarity.rows[at][at - lag]).fold(0.0, f64::max);
        (best * 10.0) as usize
    };
    sheet.shares("most_similar_before", 11, (1..song.len()).map(best));
    let rhythm = |measure: &Vec<u16>| {
        let mut steps: Vec<usize> = measure.iter().map(|&cell| shape.step(cell)).collect();
        steps.dedup();
        steps
    };
    let rhythms: Vec<Vec<usize>> = song.iter().map(rhythm).collect();
    for lag in [1, 2, 4, 8] {
        let equal = |at: usize| usize::from(rhythms[at] == rhythms[at - lag]);
        sheet.shares(&format!("rhythm_returns_at_lag_{lag}"), 2, (lag..song.len()).map(equal));
        add_residuals(sheet, chords, lag);
    }
}

/// Class of the notes that are kept; lower ones are semitones by which notes moved, at most, or 0 for an added one.
const KEPT: usize = 9;

/// Compares each chord with the one at the same step `lag` measures before: how many notes are kept, and how far the
/// others are from the nearest one that is not kept.
fn add_residuals(sheet: &mut Sheet, chords: &[Chord], lag: usize) {
    let (mut moved, mut kept) = (Vec::new(), Vec::new());
    for chord in chords.iter().filter(|chord| chord.measure >= lag) {
        let Some(before) = chord_at(chords, chord.measure - lag, chord.step) else {
            kept.push(4);
            continue;
        };
        let only = |a: &Chord, b: &Chord| -> Vec<u8> {
            a.pitches.iter().copied().filter(|pitch| !b.pitches.contains(pitch)).collect()
        };
        let (left, new) = (only(before, chord), only(chord, before));
        kept.push(match (left.len(), new.len()) {
            (0, 0) => 0,
            _ if new.len() < chord.pitches.len() => 1,
            (a, b) if a == b => 2,
            _ => 3,
        });
        let far = |pitch: u8| left.iter().map(|other| other.abs_diff(pitch)).min();
        moved.extend(
            new.iter().map(|&pitch| far(pitch).map_or(0, |far| usize::from(far).min(KEPT - 1))),
        );
        moved.extend(std::iter::repeat_n(KEPT, chord.pitches.len() - new.len()));
    }
    sheet.shares(&format!("chord_returns_at_lag_{lag}"), 5, kept);
    sheet.shares(&format!("moved_at_lag_{lag}"), KEPT + 1, moved);
}
