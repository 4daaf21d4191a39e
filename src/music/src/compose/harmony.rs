//! Phrases and their chords in time. The last measure of a phrase is a cadence: open (asking) or
//! closed (on the tonic); the others follow a progression.

use super::chord::{Chord, Symbol};
use super::form::{Meter, Plan};
use super::progression::{cadence, progression};
use super::rng::Rng;
use super::scale::Key;

/// A chord in its place within a section, in ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) chord: Chord,
}

/// The chord that sounds at a tick; the last one stays.
pub(super) fn chord_at(harmony: &[Span], tick: u32) -> &Chord {
    let index = harmony.partition_point(|span| span.end <= tick);
    &harmony[index.min(harmony.len() - 1)].chord
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cadence {
    Open,
    Closed,
}

/// Up to four measures of one thought. Phrases of one letter share all but their ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Phrase {
    pub(super) letter: u8,
    /// First measure, within the section.
    pub(super) start: u32,
    pub(super) measures: u32,
    pub(super) ending: Cadence,
}

/// Cuts a section into phrases: question and answer, period, or a contrasting middle.
pub(super) fn phrases(rng: &mut Rng, measures: u32) -> Vec<Phrase> {
    use Cadence::{Closed, Open};
    let eight: &[(u32, &[(u8, Cadence)])] = &[
        (7, &[(0, Open), (0, Closed)]),
        (3, &[(0, Open), (1, Closed)]),
        (2, &[(0, Closed), (0, Closed)]),
    ];
    let sixteen: &[(u32, &[(u8, Cadence)])] = &[
        (4, &[(0, Open), (0, Closed), (1, Open), (0, Closed)]),
        (3, &[(0, Open), (1, Open), (0, Open), (1, Closed)]),
        (2, &[(0, Open), (0, Open), (1, Open), (2, Closed)]),
    ];
    let letters = match measures.div_ceil(4) {
        0 | 1 => &[(0, Closed)],
        2 => rng.weighted(eight),
        _ => rng.weighted(sixteen),
    };
    let starts = (0..measures).step_by(4);
    let cycle = letters.iter().cycle();
    let cut = |(start, &(letter, ending)): (u32, &(u8, Cadence))| Phrase {
        letter,
        start,
        measures: (measures - start).min(4),
        ending,
    };
    starts.zip(cycle).map(cut).collect()
}

/// Chords of a section: `phrases` that share a letter share their chords up to the cadence.
pub(super) fn harmonize(rng: &mut Rng, plan: &Plan, key: Key, phrases: &[Phrase]) -> Vec<Span> {
    let letters: Vec<Vec<Vec<Symbol>>> = (0..3).map(|_| progression(rng, key)).collect();
    let open = cadence(rng, key, Cadence::Open);
    let closed = cadence(rng, key, Cadence::Closed);
    let sevenths: Vec<bool> = (0..7).map(|_| rng.chance(plan.sevenths)).collect();
    let mut harmony = Vec::new();
    for phrase in phrases {
        for measure in 0..phrase.measures {
            let last = measure + 1 == phrase.measures;
            let symbols = match (last, phrase.ending) {
                (true, Cadence::Open) => &open,
                (true, Cadence::Closed) => &closed,
                (false, _) => &letters[usize::from(phrase.letter)][measure as usize],
            };
            let start = (phrase.start + measure) * plan.meter.measure();
            for (index, &(degree, colour)) in symbols.iter().enumerate() {
                let (from, to) = halves(plan.meter, symbols.len(), index);
                let chord = Chord::new(key, degree, colour, sevenths[degree as usize]);
                harmony.push(Span { start: start + from, end: start + to, chord });
            }
        }
    }
    harmony
}

/// One chord fills a measure; two share it on beats (2 + 1 in a waltz).
fn halves(meter: Meter, count: usize, index: usize) -> (u32, u32) {
    let middle = meter.beats().div_ceil(2) * meter.beat();
    match (count, index) {
        (1, _) => (0, meter.measure()),
        (_, 0) => (0, middle),
        _ => (middle, meter.measure()),
    }
}
