//! Phrases and their chords in time. The last measure of a phrase is a cadence; the others follow a progression.

use super::chord::{Chord, Symbol};
use super::form::Plan;
use super::meter::Meter;
use super::progression::{Cadence, cadence, progression};
use super::rng::Rng;
use super::scale::Key;

/// Returns the lowest pitch of a pitch class, `low` or above.
pub(super) fn pitch_class_from(low: i32, pitch_class: i32) -> i32 {
    low + (pitch_class - low).rem_euclid(12)
}

/// A chord and when it sounds within a section, in ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) chord: Chord,
}

/// The phrases of a section and their chords in time.
pub(super) struct Harmony<'a> {
    pub(super) plan: &'a Plan,
    pub(super) phrases: Vec<Phrase>,
    pub(super) spans: Vec<Span>,
}

impl Harmony<'_> {
    /// Returns the chord that sounds at a tick; the last one does not end.
    pub(super) fn at(&self, tick: u32) -> &Chord {
        let index = self.spans.partition_point(|span| span.end <= tick);
        &self.spans[index.min(self.spans.len() - 1)].chord
    }

    /// Returns the end of the section in ticks.
    pub(super) fn end(&self) -> u32 {
        self.spans.last().map_or(0, |span| span.end)
    }
}

/// Up to four measures. Phrases of one letter share everything except their ending.
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

/// Sets the chords of a section. Phrases of one letter share their chords up to the cadence.
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
            for (index, &(degree, quality)) in symbols.iter().enumerate() {
                let (from, to) = chord_ticks(plan.meter, symbols.len(), index);
                let chord = Chord::new(key, degree, quality, sevenths[degree as usize]);
                harmony.push(Span { start: start + from, end: start + to, chord });
            }
        }
    }
    harmony
}

/// Returns start and end, within a measure, of one of its `count` chords: two share it on beats (2 + 1 in 3/4).
fn chord_ticks(meter: Meter, count: usize, index: usize) -> (u32, u32) {
    let middle = meter.beats().div_ceil(2) * meter.beat();
    match (count, index) {
        (1, _) => (0, meter.measure()),
        (_, 0) => (0, middle),
        _ => (middle, meter.measure()),
    }
}
