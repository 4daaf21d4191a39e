//! Bass lines: a measure's pattern of strokes, each a tone of the current chord.

use super::form::Plan;
use super::harmony::{Harmony, pitch_class_from};
use super::meter::Meter;
use super::notes::{Hit, SectionNote};
use super::rhythm;
use super::rng::Rng;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Root,
    Third,
    Fifth,
    Octave,
    /// A neighbour of the root of the next measure.
    Approach,
}

use Tone::{Approach, Fifth, Octave, Root, Third};

/// A measure in eighths, from calm to busy: `R` root, `3` third, `5` fifth, `8` octave, `A` approach, `-` holds,
/// `.` is silent.
const FOUR: &[&str] = &[
    "R-------", "R---5---", "R--R5---", "R--5--8-", "R--R5--A", "R-5-8-5-", "R-3-5-A-", "R-8-5-A-",
    "R.RRR.5R", "R--8-5RA", "RR.RRR.8", "R8R8R8R8", "RRRRRRR5", "R5853585",
];
const THREE: &[&str] = &["R-----", "R---5-", "R-....", "R-..5-", "R-3-5-", "R-5-A-", "R58535"];
const SIX: &[&str] = &["R-----", "R--5--", "R-R5--", "R-58-A", "R.R5.R", "R58585"];

/// The strokes of one measure.
pub(super) struct BassPattern(Vec<(Hit, Tone)>);

impl BassPattern {
    /// Draws a pattern; `energy` is 0 (calm) to 4.
    pub(super) fn draw(rng: &mut Rng, plan: &Plan, energy: u32) -> Self {
        let table = plan.meter.choose(FOUR, THREE, SIX);
        if plan.meter == Meter::FourFour && energy >= 3 && rng.chance(20) {
            return Self::gallop();
        }
        if rng.chance(35) {
            return Self::draw_rhythm(rng, plan, energy.min(2));
        }
        Self::parse(rng.pick_by_energy(table, table.len() / 2, energy))
    }

    fn parse(eighths: &str) -> Self {
        let mut strokes: Vec<(Hit, Tone)> = Vec::new();
        for (at, letter) in (0..).step_by(240).zip(eighths.chars()) {
            let tone = match letter {
                'R' => Root,
                '3' => Third,
                '5' => Fifth,
                '8' => Octave,
                'A' => Approach,
                _ => {
                    let held = strokes.last_mut().filter(|_| letter == '-');
                    held.into_iter().for_each(|(hit, _)| hit.length += 240);
                    continue;
                }
            };
            strokes.push((Hit { at, length: 240 }, tone));
        }
        Self(strokes)
    }

    /// An eighth and two sixteenths on each beat.
    fn gallop() -> Self {
        let beat = |start| [(start, 240), (start + 240, 120), (start + 360, 120)];
        let hits = [0, 480, 960, 1440].into_iter().flat_map(beat);
        Self(hits.map(|(at, length)| (Hit { at, length }, Root)).collect())
    }

    /// Draws a rhythm of its own.
    fn draw_rhythm(rng: &mut Rng, plan: &Plan, busy: u32) -> Self {
        let hits = rhythm::measure(rng, plan, busy, false, true);
        let last = hits.len() - 1;
        let tones = [(5, Root), (3, Fifth), (3, Octave), (1, Third)];
        let mut stroke = |(index, hit): (usize, &Hit)| {
            let tone = match index {
                0 => Root,
                _ if index == last && rng.chance(40) => Approach,
                _ => rng.weighted(&tones),
            };
            (*hit, tone)
        };
        Self(hits.iter().enumerate().map(&mut stroke).collect())
    }

    /// Plays the pattern through a section; `low` is the lowest root.
    pub(super) fn play(&self, harmony: &Harmony<'_>, low: i32) -> Vec<SectionNote> {
        let measure = harmony.plan.meter.measure();
        let root_at = |at: u32| pitch_class_from(low, harmony.at(at).tones()[0]);
        let mut notes = Vec::new();
        for start in (0..harmony.end()).step_by(measure as usize) {
            for &(Hit { at, length }, tone) in &self.0 {
                let at = start + at;
                let root = root_at(at);
                let tones = harmony.at(at).tones();
                // A new chord starts on its root, whatever the pattern says.
                let is_new = harmony.spans.iter().any(|span| span.start == at);
                let pitch = match tone {
                    _ if is_new => root,
                    Root => root,
                    Third => pitch_class_from(root, tones[1]),
                    Fifth => pitch_class_from(root, tones[2]),
                    Octave => root + 12,
                    Approach => approach(root, root_at(start + measure)),
                };
                notes.push(SectionNote { at, length, pitch, stress: 0 });
            }
        }
        notes
    }
}

/// Returns the semitone below a higher goal, the whole tone above a lower one, or the fifth if the root stays.
fn approach(from: i32, goal: i32) -> i32 {
    match (goal - from).signum() {
        1 => goal - 1,
        -1 => goal + 2,
        _ => from + 7,
    }
}
