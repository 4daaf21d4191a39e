//! Chord progressions: common ones, random walks by root motion, and cadences.

use super::chord::{Chord, ChordQuality, Symbol};
use super::rng::Rng;
use super::scale::{Key, Mode};

/// The pace at which chords change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Measure,
    /// Twice in a measure.
    Half,
    TwoMeasures,
    /// Two chords alternate, a measure each.
    Swaying,
    /// One chord throughout.
    Vamp,
}

/// Draws the chords of each of four measures.
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

/// The end of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cadence {
    /// Asks for a continuation.
    Open,
    /// Ends on the tonic.
    Closed,
}

/// Draws the chords of a phrase's last measure.
pub(super) fn cadence(rng: &mut Rng, key: Key, ending: Cadence) -> Vec<Symbol> {
    use Cadence::{Closed, Open};
    let cadences: &[&str] = match (ending, key.mode) {
        (Open, Mode::Mixolydian) => &["7", "4"],
        (Open, Mode::Phrygian) => &["2", "7"],
        (Open, Mode::Dorian) => &["4", "7"],
        (Open, Mode::Minor | Mode::HarmonicMinor) => &["D5", "D5", "4D5"],
        (Open, Mode::Major | Mode::Lydian) => &["D5", "D5", "4D5", "D2D5"],
        (Closed, Mode::Phrygian) => &["21"],
        (Closed, Mode::Dorian | Mode::Mixolydian) => &["71", "41", "1"],
        (Closed, Mode::Major | Mode::Lydian) => &["D51", "1", "1", "b71"],
        (Closed, Mode::Minor | Mode::HarmonicMinor) => &["D51", "1", "1", "71"],
    };
    chords(rng.pick(cadences))
}

/// Draws one of the progressions that are common in game music, by mode.
fn stock_progression(rng: &mut Rng, mode: Mode) -> Vec<Symbol> {
    let progressions: &[&str] = match mode {
        Mode::Major => &[
            "1564", "1645", "1415", "1345", "4536", "6415", "1251", "2516", "1545", "4156",
            "1b741", "14m41", "b6b711", "1D345",
        ],
        Mode::Lydian => &["1212", "1251", "6211", "1325", "1265"],
        Mode::Mixolydian => &["1741", "1574", "1717", "1471", "7411", "1457"],
        Mode::Dorian => &["1414", "1741", "1347", "1541", "1234", "1734"],
        Mode::Phrygian => &["1212", "1232", "1721", "1621", "1421"],
        Mode::Minor => &["1767", "1637", "1473", "1415", "6711", "1564", "4736", "1374", "1647"],
        Mode::HarmonicMinor => &["176D5", "164D5", "14D51", "1D51D5", "1b2D51", "64D51", "1473"],
    };
    chords(rng.pick(progressions))
}

/// Parses chords: degrees from 1, after `b` flat, after `m` of the parallel minor, after `D` a dominant.
fn chords(text: &str) -> Vec<Symbol> {
    let mut quality = ChordQuality::Plain;
    let chord = |letter: char| {
        let next = match letter {
            'b' => ChordQuality::Flat,
            'm' => ChordQuality::ParallelMinor,
            'D' => ChordQuality::Dominant,
            _ => ChordQuality::Plain,
        };
        let of_degree = std::mem::replace(&mut quality, next);
        letter.to_digit(10).map(|degree| (degree as i32 - 1, of_degree))
    };
    text.chars().filter_map(chord).collect()
}

/// Draws four chords by root motion, mostly fifths down; no diminished triads.
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
