//! Chords: each in the inversion nearest to the one before, as blocks, broken into arpeggios, as a waltz, or held as
//! a pad.

use super::form::Plan;
use super::harmony::{Harmony, Span, pitch_class_from};
use super::meter::Meter;
use super::mood::Mood;
use super::notes::{Hit, SectionNote};
use super::rhythm;
use super::rng::Rng;

/// A way to play chords, one measure long.
#[derive(Debug, Clone)]
pub(super) enum Texture {
    /// The whole chord on each hit.
    Block(Vec<Hit>),
    /// One tone of the voicing every `unit` ticks, in this order.
    Broken { order: Vec<usize>, unit: u32 },
    /// The lowest tone on the first beat, the others on the beats that follow.
    Waltz,
}

const ORDERS: &[&[usize]] = &[
    &[0, 1, 2, 1],
    &[0, 2, 1, 2],
    &[0, 1, 2, 3],
    &[2, 1, 0, 1],
    &[3, 2, 1, 0],
    &[0, 1, 2, 3, 2, 1, 2, 1],
    &[0, 2, 3, 2, 1, 2, 3, 2],
    &[0, 3, 2, 3, 1, 3, 2, 3],
];
const ORDERS_OF_THREE: &[&[usize]] = &[
    &[0, 1, 2],
    &[2, 1, 0],
    &[0, 2, 1],
    &[0, 1, 2, 3, 2, 1],
    &[0, 2, 3, 2, 1, 2],
    &[0, 3, 2, 1, 2, 3],
];

impl Texture {
    /// Draws a texture; `energy` is 0 (calm) to 4.
    pub(super) fn draw(rng: &mut Rng, plan: &Plan, energy: u32) -> Self {
        let fast = plan.tempo > 132;
        match rng.weighted(&[(36, 0), (34, 1), (30, 2)]) {
            0 => Self::broken(rng, plan, energy >= 2 && !fast && !plan.swing),
            1 if plan.meter == Meter::ThreeFour && rng.chance(60) => Self::Waltz,
            1 => Self::Block(steady(rng, plan.meter, energy)),
            _ => {
                let busy = energy.min(2);
                Self::Block(rhythm::measure(rng, plan, busy, false, plan.mood != Mood::Shop))
            }
        }
    }

    fn broken(rng: &mut Rng, plan: &Plan, sixteenths: bool) -> Self {
        let orders = if plan.meter == Meter::FourFour { ORDERS } else { ORDERS_OF_THREE };
        let unit = if sixteenths && plan.meter == Meter::FourFour { 120 } else { 240 };
        Self::Broken { order: rng.pick(orders).to_vec(), unit }
    }

    /// Plays a section with chords near `centre`.
    pub(super) fn play(&self, harmony: &Harmony<'_>, centre: i32) -> Vec<SectionNote> {
        let (meter, voicings) = (harmony.plan.meter, voicings(harmony, centre));
        let voicing = |at: u32| {
            let index = harmony.spans.partition_point(|span| span.end <= at);
            &voicings[index.min(voicings.len() - 1)]
        };
        let measure = meter.measure();
        let mut notes = Vec::new();
        for start in (0..harmony.end()).step_by(measure as usize) {
            let mut add = |at: u32, length: u32, pitch: i32| {
                notes.push(SectionNote { at: start + at, length, pitch, stress: 0 });
            };
            match self {
                Self::Block(hits) => {
                    for hit in hits {
                        let pitches = voicing(start + hit.at).iter();
                        pitches.for_each(|&pitch| add(hit.at, hit.length, pitch));
                    }
                }
                Self::Broken { order, unit } => {
                    for (index, at) in (0..measure).step_by(*unit as usize).enumerate() {
                        let tones = voicing(start + at);
                        let tone = order[index % order.len()];
                        let octave = 12 * (tone / tones.len()) as i32;
                        add(at, *unit, tones[tone % tones.len()] + octave);
                    }
                }
                Self::Waltz => {
                    for at in (0..measure).step_by(meter.beat() as usize) {
                        let tones = voicing(start + at);
                        let part = if at == 0 { &tones[..1] } else { &tones[1..] };
                        part.iter().for_each(|&pitch| add(at, meter.beat(), pitch));
                    }
                }
            }
        }
        notes
    }
}

/// Chords in even or well-known rhythms of (tick, length), from one per measure to off-beat eighths.
const STEADY_FOUR: &[&[(u32, u32)]] = &[
    &[(0, 1920)],
    &[(0, 960), (960, 960)],
    &[(480, 480), (1440, 480)],
    &[(0, 720), (720, 1200)],
    &[(0, 720), (720, 720), (1440, 480)],
    &[(240, 240), (720, 240), (1200, 240), (1680, 240)],
    &[(0, 480), (480, 480), (960, 480), (1440, 480)],
];
const STEADY_THREE: &[&[(u32, u32)]] =
    &[&[(0, 1440)], &[(0, 960), (960, 480)], &[(480, 480), (960, 480)], &[(0, 720), (720, 720)]];
const STEADY_SIX: &[&[(u32, u32)]] = &[
    &[(0, 1440)],
    &[(0, 720), (720, 720)],
    &[(480, 240), (1200, 240)],
    &[(0, 480), (480, 240), (720, 480), (1200, 240)],
];

fn steady(rng: &mut Rng, meter: Meter, energy: u32) -> Vec<Hit> {
    let table = meter.choose(STEADY_FOUR, STEADY_THREE, STEADY_SIX);
    let hits = rng.pick_by_energy(table, table.len() * 3 / 5, energy);
    hits.iter().map(|&(at, length)| Hit { at, length }).collect()
}

/// Plays long chords, one per span of harmony.
pub(super) fn pad(harmony: &Harmony<'_>, centre: i32) -> Vec<SectionNote> {
    let voicings = voicings(harmony, centre);
    let held = |(span, tones): (&Span, &Vec<i32>)| {
        let (at, length) = (span.start, span.end - span.start);
        tones.iter().map(|&pitch| SectionNote { at, length, pitch, stress: 0 }).collect::<Vec<_>>()
    };
    harmony.spans.iter().zip(&voicings).flat_map(held).collect()
}

/// Returns the ascending tones of each span's chord, in the inversion nearest to the voicing before and to `centre`.
fn voicings(harmony: &Harmony<'_>, centre: i32) -> Vec<Vec<i32>> {
    let mut all: Vec<Vec<i32>> = Vec::with_capacity(harmony.spans.len());
    for span in &harmony.spans {
        let tones = span.chord.tones();
        let candidates = (centre - 11..=centre).filter(|low| tones.contains(&low.rem_euclid(12)));
        let stacked = candidates.map(|low| {
            let mut stack: Vec<i32> =
                tones.iter().map(|&tone| pitch_class_from(low, tone)).collect();
            stack.sort_unstable();
            stack
        });
        let middle = |stack: &[i32]| stack.iter().sum::<i32>() / stack.len() as i32;
        let cost = |stack: &Vec<i32>| {
            let drift = (middle(stack) - centre).abs();
            let moved = all.last().map_or(0, |before| {
                before.iter().zip(stack).map(|(a, b)| (a - b).abs()).sum::<i32>()
            });
            2 * moved + drift
        };
        let best = stacked.min_by_key(cost).unwrap_or_default();
        all.push(best);
    }
    all
}
