//! Bass lines: a measure's pattern of strokes, each a tone of whatever chord sounds there.

use super::form::{Meter, Plan};
use super::harmony::{Span, chord_at};
use super::rhythm;
use super::rng::Rng;
use super::section_writer::SectionNote;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Root,
    Third,
    Fifth,
    Octave,
    /// A neighbour of the next stroke's root.
    Approach,
}

use Tone::{Approach, Fifth, Octave, Root, Third};

/// When (in eighths of 240 ticks), for how many eighths, what.
type Stroke = (u32, u32, Tone);

/// Calm to busy: a section picks from a window that its energy opens.
const FOUR: &[&[Stroke]] = &[
    &[(0, 8, Root)],
    &[(0, 4, Root), (4, 4, Fifth)],
    &[(0, 3, Root), (3, 1, Root), (4, 4, Fifth)],
    &[(0, 3, Root), (3, 3, Fifth), (6, 2, Octave)],
    &[(0, 3, Root), (3, 1, Root), (4, 3, Fifth), (7, 1, Approach)],
    &[(0, 2, Root), (2, 2, Fifth), (4, 2, Octave), (6, 2, Fifth)],
    &[(0, 2, Root), (2, 2, Third), (4, 2, Fifth), (6, 2, Approach)],
    &[(0, 2, Root), (2, 2, Octave), (4, 2, Fifth), (6, 2, Approach)],
    &[(0, 1, Root), (2, 1, Root), (3, 1, Root), (4, 1, Root), (6, 1, Fifth), (7, 1, Root)],
    &[(0, 3, Root), (3, 2, Octave), (5, 1, Fifth), (6, 1, Root), (7, 1, Approach)],
    &[(0, 1, Root), (1, 1, Root), (3, 1, Root), (4, 1, Root), (5, 1, Root), (7, 1, Octave)],
    &[
        (0, 1, Root),
        (1, 1, Octave),
        (2, 1, Root),
        (3, 1, Octave),
        (4, 1, Root),
        (5, 1, Octave),
        (6, 1, Root),
        (7, 1, Octave),
    ],
    &[
        (0, 1, Root),
        (1, 1, Root),
        (2, 1, Root),
        (3, 1, Root),
        (4, 1, Root),
        (5, 1, Root),
        (6, 1, Root),
        (7, 1, Fifth),
    ],
    &[
        (0, 1, Root),
        (1, 1, Fifth),
        (2, 1, Octave),
        (3, 1, Fifth),
        (4, 1, Third),
        (5, 1, Fifth),
        (6, 1, Octave),
        (7, 1, Fifth),
    ],
];
const THREE: &[&[Stroke]] = &[
    &[(0, 6, Root)],
    &[(0, 4, Root), (4, 2, Fifth)],
    &[(0, 2, Root)],
    &[(0, 2, Root), (4, 2, Fifth)],
    &[(0, 2, Root), (2, 2, Third), (4, 2, Fifth)],
    &[(0, 2, Root), (2, 2, Fifth), (4, 2, Approach)],
    &[(0, 1, Root), (1, 1, Fifth), (2, 1, Octave), (3, 1, Fifth), (4, 1, Third), (5, 1, Fifth)],
];
const SIX: &[&[Stroke]] = &[
    &[(0, 6, Root)],
    &[(0, 3, Root), (3, 3, Fifth)],
    &[(0, 2, Root), (2, 1, Root), (3, 3, Fifth)],
    &[(0, 2, Root), (2, 1, Fifth), (3, 2, Octave), (5, 1, Approach)],
    &[(0, 1, Root), (2, 1, Root), (3, 1, Fifth), (5, 1, Root)],
    &[(0, 1, Root), (1, 1, Fifth), (2, 1, Octave), (3, 1, Fifth), (4, 1, Octave), (5, 1, Fifth)],
];

/// Strokes in ticks.
pub(super) struct BassPattern(Vec<(u32, u32, Tone)>);

impl BassPattern {
    /// `energy` from 0 (calm) to 4.
    pub(super) fn draw(rng: &mut Rng, plan: &Plan, energy: u32) -> Self {
        let table = match plan.meter {
            Meter::FourFour => FOUR,
            Meter::ThreeFour => THREE,
            Meter::SixEight => SIX,
        };
        if plan.meter == Meter::FourFour && energy >= 3 && rng.chance(20) {
            return Self::gallop();
        }
        if rng.chance(35) {
            return Self::own(rng, plan, energy.min(2));
        }
        // A window of half the table, further along the more energy there is.
        let width = table.len() as u32 / 2;
        let first = (table.len() as u32 - width) * energy.min(4) / 4;
        let eighths = table[(first + rng.below(width)) as usize];
        Self(eighths.iter().map(|&(at, length, tone)| (at * 240, length * 240, tone)).collect())
    }

    /// An eighth and two sixteenths on each beat.
    fn gallop() -> Self {
        let beat = |beat: u32| {
            [(0, 240), (240, 120), (360, 120)].map(|(at, length)| (beat * 480 + at, length, Root))
        };
        Self((0..4).flat_map(beat).collect())
    }

    /// A rhythm of the song's own.
    fn own(rng: &mut Rng, plan: &Plan, busy: u32) -> Self {
        let hits = rhythm::measure(rng, plan, busy, false, true);
        let last = hits.len() - 1;
        let tones = [(5, Root), (3, Fifth), (3, Octave), (1, Third)];
        let mut stroke = |(index, hit): (usize, &rhythm::Hit)| {
            let tone = match index {
                0 => Root,
                _ if index == last && rng.chance(40) => Approach,
                _ => rng.weighted(&tones),
            };
            (hit.at, hit.length, tone)
        };
        Self(hits.iter().enumerate().map(&mut stroke).collect())
    }

    /// Plays the pattern through a section; `low` is the lowest pitch at hand.
    pub(super) fn play(&self, plan: &Plan, harmony: &[Span], low: i32) -> Vec<SectionNote> {
        let measure = plan.meter.measure();
        let end = harmony.last().map_or(0, |span| span.end);
        let mut notes = Vec::new();
        for start in (0..end).step_by(measure as usize) {
            for &(at, length, tone) in &self.0 {
                let at = start + at;
                let root = root(harmony, at, low);
                let tones = chord_at(harmony, at).tones();
                let over = |index: usize| root + (tones[index] - root).rem_euclid(12);
                // A new chord is heard from its root on, whatever the pattern says.
                let fresh = harmony.iter().any(|span| span.start == at);
                let pitch = match tone {
                    _ if fresh => root,
                    Root => root,
                    Third => over(1),
                    Fifth => over(2),
                    Octave => root + 12,
                    Approach => approach(root, self::root(harmony, start + measure, low)),
                };
                notes.push(SectionNote { at, length, pitch, weight: 0 });
            }
        }
        notes
    }
}

fn root(harmony: &[Span], at: u32, low: i32) -> i32 {
    low + (chord_at(harmony, at).tones()[0] - low).rem_euclid(12)
}

/// The semitone below a goal that lies above, the whole tone above one that lies below; the fifth
/// where it stays.
fn approach(from: i32, goal: i32) -> i32 {
    match (goal - from).signum() {
        1 => goal - 1,
        -1 => goal + 2,
        _ => from + 7,
    }
}
