//! Which chord follows which: loops that game music loves, walks by root motion, and cadences.

use super::chord::{Chord, Colour, Symbol};
use super::dice::Dice;
use super::harmony::Ending;
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
pub(super) fn progression(dice: &mut Dice, key: Key) -> Vec<Vec<Symbol>> {
    let symbols = if dice.chance(55) { known(dice, key.mode) } else { walk(dice, key) };
    let pace = dice.weighted(&[
        (50, Pace::Measure),
        (12, Pace::Half),
        (16, Pace::TwoMeasures),
        (16, Pace::Swaying),
        (6, Pace::Vamp),
    ]);
    let mut measures: Vec<Vec<Symbol>> = match pace {
        Pace::Measure => symbols.iter().map(|&symbol| vec![symbol]).collect(),
        Pace::Half => {
            let second = walk(dice, key);
            (0..4).map(|m| vec![symbols[m], second[m]]).collect()
        }
        Pace::TwoMeasures => (0..4).map(|m| vec![symbols[m / 2]]).collect(),
        Pace::Swaying => (0..4).map(|m| vec![symbols[m % 2]]).collect(),
        Pace::Vamp => vec![vec![symbols[0]]; 4],
    };
    if matches!(pace, Pace::Measure | Pace::TwoMeasures) && dice.chance(30) {
        let passing = walk(dice, key)[1];
        measures[dice.pick(&[1, 2])].push(passing);
    }
    for measure in &mut measures {
        measure.dedup();
        measure.truncate(2);
    }
    measures
}

pub(super) fn cadence(dice: &mut Dice, key: Key, ending: Ending) -> Vec<Symbol> {
    use Colour::{Dominant, Flat, Plain};
    let minor = key.mode.is_minor();
    match (ending, key.mode) {
        (Ending::Open, Mode::Mixolydian) => dice.pick(&[&[(6, Plain)], &[(3, Plain)]]).to_vec(),
        (Ending::Open, Mode::Phrygian) => dice.pick(&[&[(1, Plain)], &[(6, Plain)]]).to_vec(),
        (Ending::Open, Mode::Dorian) => dice.pick(&[&[(3, Plain)], &[(6, Plain)]]).to_vec(),
        (Ending::Open, _) => {
            let table: &[&[Symbol]] = &[
                &[(4, Dominant)],
                &[(4, Dominant)],
                &[(3, Plain), (4, Dominant)],
                &[(1, Dominant), (4, Dominant)],
            ];
            dice.pick(&table[..if minor { 3 } else { 4 }]).to_vec()
        }
        (Ending::Closed, Mode::Phrygian) => dice.pick(&[&[(1, Plain), (0, Plain)]]).to_vec(),
        (Ending::Closed, Mode::Dorian | Mode::Mixolydian) => {
            let table: &[&[Symbol]] =
                &[&[(6, Plain), (0, Plain)], &[(3, Plain), (0, Plain)], &[(0, Plain)]];
            dice.pick(table).to_vec()
        }
        (Ending::Closed, Mode::Major | Mode::Lydian) => {
            let table: &[&[Symbol]] = &[
                &[(4, Dominant), (0, Plain)],
                &[(0, Plain)],
                &[(0, Plain)],
                &[(6, Flat), (0, Plain)],
            ];
            dice.pick(table).to_vec()
        }
        (Ending::Closed, Mode::Minor | Mode::HarmonicMinor) => {
            let table: &[&[Symbol]] = &[
                &[(4, Dominant), (0, Plain)],
                &[(0, Plain)],
                &[(0, Plain)],
                &[(6, Plain), (0, Plain)],
            ];
            dice.pick(table).to_vec()
        }
    }
}

/// Loops that listeners of game music know, by mode.
fn known(dice: &mut Dice, mode: Mode) -> Vec<Symbol> {
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
        -4 => (3, Colour::Dark),
        -2 => (1, Colour::Flat),
        ..0 => (-number - 1, Colour::Flat),
        10.. => (number - 11, Colour::Dominant),
        _ => (number - 1, Colour::Plain),
    };
    dice.pick(loops).map(read).to_vec()
}

/// Four chords by root motion, fifths down most of all; no diminished triads.
fn walk(dice: &mut Dice, key: Key) -> Vec<Symbol> {
    let mut degree = dice.weighted(&[(6, 0), (2, 5), (2, 3)]);
    let mut symbols = vec![(degree, Colour::Plain)];
    while symbols.len() < 4 {
        let motion = dice.weighted(&[(4, 3), (3, 1), (3, 5), (2, 4), (2, 6), (1, 2)]);
        let next = (degree + motion) % 7;
        if !Chord::new(key, next, Colour::Plain, false).is_diminished() {
            degree = next;
            symbols.push((degree, Colour::Plain));
        }
    }
    symbols
}
