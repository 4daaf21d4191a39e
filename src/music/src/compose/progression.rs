//! Which chord follows which: loops that game music loves, walks by root motion, and cadences.

use super::chord::{Chord, ChordQuality, Symbol};
use super::harmony::Cadence;
use super::rng::Rng;
use super::scale::{Key, Mode};

/// How fast chords change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Measure,
    /// Twice in a measure.
    Half,
    TwoMeasures,
    /// To and fro between two, a measure each.
    Swaying,
    /// One chord throughout, as a groove.
    Vamp,
}

/// The chords of each of four measures.
pub(super) fn progression(rng: &mut Rng, key: Key) -> Vec<Vec<Symbol>> {
    let symbols = if rng.chance(55) { stock_progression(rng, key.mode) } else { walk(rng, key) };
    let pace = rng.weighted(&[
        (50, Pace::Measure),
        (12, Pace::Half),
        (16, Pace::TwoMeasures),
        (16, Pace::Swaying),
        (6, Pace::Vamp),
    ]);
    let mut measures: Vec<Vec<Symbol>> = match pace {
        Pace::Measure => symbols.iter().map(|&symbol| vec![symbol]).collect(),
        Pace::Half => {
            let second = walk(rng, key);
            (0..4).map(|m| vec![symbols[m], second[m]]).collect()
        }
        Pace::TwoMeasures => (0..4).map(|m| vec![symbols[m / 2]]).collect(),
        Pace::Swaying => (0..4).map(|m| vec![symbols[m % 2]]).collect(),
        Pace::Vamp => vec![vec![symbols[0]]; 4],
    };
    if matches!(pace, Pace::Measure | Pace::TwoMeasures) && rng.chance(30) {
        let passing = walk(rng, key)[1];
        measures[rng.pick(&[1, 2])].push(passing);
    }
    for measure in &mut measures {
        measure.dedup();
        measure.truncate(2);
    }
    measures
}

pub(super) fn cadence(rng: &mut Rng, key: Key, ending: Cadence) -> Vec<Symbol> {
    use ChordQuality::{Dominant, Flat, Plain};
    let minor = key.mode.is_minor();
    match (ending, key.mode) {
        (Cadence::Open, Mode::Mixolydian) => rng.pick(&[&[(6, Plain)], &[(3, Plain)]]).to_vec(),
        (Cadence::Open, Mode::Phrygian) => rng.pick(&[&[(1, Plain)], &[(6, Plain)]]).to_vec(),
        (Cadence::Open, Mode::Dorian) => rng.pick(&[&[(3, Plain)], &[(6, Plain)]]).to_vec(),
        (Cadence::Open, _) => {
            let table: &[&[Symbol]] = &[
                &[(4, Dominant)],
                &[(4, Dominant)],
                &[(3, Plain), (4, Dominant)],
                &[(1, Dominant), (4, Dominant)],
            ];
            rng.pick(&table[..if minor { 3 } else { 4 }]).to_vec()
        }
        (Cadence::Closed, Mode::Phrygian) => rng.pick(&[&[(1, Plain), (0, Plain)]]).to_vec(),
        (Cadence::Closed, Mode::Dorian | Mode::Mixolydian) => {
            let table: &[&[Symbol]] =
                &[&[(6, Plain), (0, Plain)], &[(3, Plain), (0, Plain)], &[(0, Plain)]];
            rng.pick(table).to_vec()
        }
        (Cadence::Closed, Mode::Major | Mode::Lydian) => {
            let table: &[&[Symbol]] = &[
                &[(4, Dominant), (0, Plain)],
                &[(0, Plain)],
                &[(0, Plain)],
                &[(6, Flat), (0, Plain)],
            ];
            rng.pick(table).to_vec()
        }
        (Cadence::Closed, Mode::Minor | Mode::HarmonicMinor) => {
            let table: &[&[Symbol]] = &[
                &[(4, Dominant), (0, Plain)],
                &[(0, Plain)],
                &[(0, Plain)],
                &[(6, Plain), (0, Plain)],
            ];
            rng.pick(table).to_vec()
        }
    }
}

/// Loops that listeners of game music know, by mode.
fn stock_progression(rng: &mut Rng, mode: Mode) -> Vec<Symbol> {
    let loops: &[[i32; 4]] = match mode {
        Mode::Major => &[
            [1, 5, 6, 4],
            [1, 6, 4, 5],
            [1, 4, 1, 5],
            [1, 3, 4, 5],
            [4, 5, 3, 6],
            [6, 4, 1, 5],
            [1, 2, 5, 1],
            [2, 5, 1, 6],
            [1, 5, 4, 5],
            [4, 1, 5, 6],
            [1, -7, 4, 1],
            [1, 4, -4, 1],
            [-6, -7, 1, 1],
            [1, 13, 4, 5],
        ],
        Mode::Lydian => &[[1, 2, 1, 2], [1, 2, 5, 1], [6, 2, 1, 1], [1, 3, 2, 5], [1, 2, 6, 5]],
        Mode::Mixolydian => {
            &[[1, 7, 4, 1], [1, 5, 7, 4], [1, 7, 1, 7], [1, 4, 7, 1], [7, 4, 1, 1], [1, 4, 5, 7]]
        }
        Mode::Dorian => {
            &[[1, 4, 1, 4], [1, 7, 4, 1], [1, 3, 4, 7], [1, 5, 4, 1], [1, 2, 3, 4], [1, 7, 3, 4]]
        }
        Mode::Phrygian => &[[1, 2, 1, 2], [1, 2, 3, 2], [1, 7, 2, 1], [1, 6, 2, 1], [1, 4, 2, 1]],
        Mode::Minor => &[
            [1, 7, 6, 7],
            [1, 6, 3, 7],
            [1, 4, 7, 3],
            [1, 4, 1, 5],
            [6, 7, 1, 1],
            [1, 5, 6, 4],
            [4, 7, 3, 6],
            [1, 3, 7, 4],
            [1, 6, 4, 7],
        ],
        Mode::HarmonicMinor => &[
            [1, 7, 6, 15],
            [1, 6, 4, 15],
            [1, 4, 15, 1],
            [1, 15, 1, 15],
            [1, -2, 15, 1],
            [6, 4, 15, 1],
            [1, 4, 7, 3],
        ],
    };
    // Negative: lowered (the fourth: darkened). Above ten: the dominant on that degree.
    let read = |number: i32| match number {
        -4 => (3, ChordQuality::ParallelMinor),
        -2 => (1, ChordQuality::Flat),
        ..0 => (-number - 1, ChordQuality::Flat),
        10.. => (number - 11, ChordQuality::Dominant),
        _ => (number - 1, ChordQuality::Plain),
    };
    rng.pick(loops).map(read).to_vec()
}

/// Four chords by root motion, fifths down most of all; no diminished triads.
fn walk(rng: &mut Rng, key: Key) -> Vec<Symbol> {
    let mut degree = rng.weighted(&[(6, 0), (2, 5), (2, 3)]);
    let mut symbols = vec![(degree, ChordQuality::Plain)];
    while symbols.len() < 4 {
        let motion = rng.weighted(&[(4, 3), (3, 1), (3, 5), (2, 4), (2, 6), (1, 2)]);
        let next = (degree + motion) % 7;
        if !Chord::new(key, next, ChordQuality::Plain, false).is_diminished() {
            degree = next;
            symbols.push((degree, ChordQuality::Plain));
        }
    }
    symbols
}
