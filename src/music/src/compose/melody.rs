//! Melody. A *motif* is a measure of rhythm with a contour in scale steps. A phrase places motifs by a scheme
//! (repetition, sequence, contrast) and ends in a cadence; phrases of one letter differ only in the cadence, so they
//! answer each other. Notes on strong beats are tones of the chord; others may pass by step.

use super::form::Plan;
use super::harmony::{Harmony, Phrase};
use super::meter::QUARTER;
use super::notes::{Hit, MelodyNote};
use super::progression::Cadence;
use super::rhythm;
use super::rng::Rng;

/// Register and pace of a melody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Character {
    /// Scale step around which the melody moves.
    pub(super) centre: i32,
    /// 0 (calm) to 3 (frantic).
    pub(super) busy: u32,
}

#[derive(Debug, Clone)]
struct Motif {
    hits: Vec<Hit>,
    /// Steps relative to the first tone.
    contour: Vec<i32>,
}

/// Motif of each measure before the cadence, and how many steps higher it is.
const SCHEMES: &[[(usize, i32); 3]] = &[
    [(0, 0), (0, 0), (1, 0)],
    [(0, 0), (1, 0), (0, 0)],
    [(0, 0), (0, 1), (0, 2)],
    [(0, 0), (0, -1), (0, -2)],
    [(0, 0), (0, 1), (1, 0)],
    [(0, 0), (1, 0), (2, 0)],
    [(0, 0), (1, 0), (0, -1)],
    [(0, 0), (1, 1), (0, 1)],
    [(0, 0), (1, 0), (0, 2)],
];

pub(super) fn tune(rng: &mut Rng, harmony: &Harmony<'_>, character: Character) -> Vec<MelodyNote> {
    let plan = harmony.plan;
    let motifs = motifs(rng, plan, character.busy);
    let shapes: Vec<_> = (0..3).map(|_| (rng.pick(SCHEMES), rng.between(-2, 2))).collect();
    let endings = [cadence_rhythm(rng, plan), cadence_rhythm(rng, plan)];
    let pickup = rng.chance(45);
    let mut tune: Vec<MelodyNote> = Vec::new();
    for phrase in &harmony.phrases {
        let letter = usize::from(phrase.letter);
        let (scheme, lift) = shapes[letter];
        let begun = tune.len();
        for measure in 0..phrase.measures.saturating_sub(1) {
            let (motif, shift) = scheme[measure as usize];
            let start = (phrase.start + measure) * plan.meter.measure();
            let anchor = character.centre + lift + shift;
            let motif = &motifs[(motif + letter) % motifs.len()];
            tune.extend(place_motif(motif, anchor, start, harmony));
        }
        let from = tune.last().map_or(character.centre, |last| last.step);
        let rhythm = &endings[usize::from(phrase.ending == Cadence::Closed)];
        tune.extend(cadence(rhythm, phrase, from, harmony));
        if pickup && begun > 0 {
            lead_in(&mut tune, begun, plan);
        }
    }
    fold(&mut tune, character.centre);
    tune
}

fn motifs(rng: &mut Rng, plan: &Plan, busy: u32) -> Vec<Motif> {
    let triplets = !plan.swing && rng.chance(8);
    let first = motif(rng, plan, busy, triplets);
    let second = if rng.chance(40) {
        // The same rhythm upside down.
        Motif { contour: first.contour.iter().map(|step| -step).collect(), ..first.clone() }
    } else {
        motif(rng, plan, busy, triplets)
    };
    let calmer = busy.saturating_sub(rng.below(2));
    let third = motif(rng, plan, calmer, triplets);
    vec![first, second, third]
}

fn motif(rng: &mut Rng, plan: &Plan, busy: u32, triplets: bool) -> Motif {
    let downbeat = rng.chance(80);
    let hits = rhythm::measure(rng, plan, busy, triplets, downbeat);
    // Probability in percent that the line goes up, before and after its middle: rising, falling, arch, bowl, wave.
    let (before, after) = rng.pick(&[(75, 75), (25, 25), (80, 20), (20, 80), (50, 50)]);
    let mut contour = vec![0];
    let mut leap = 0;
    while contour.len() < hits.len() {
        let rises = if 2 * contour.len() <= hits.len() { before } else { after };
        let size = rng.weighted(&[(60, 1), (16, 2), (12, 0), (6, 3), (4, 4), (2, 5)]);
        let upward = if leap == 0 { rng.chance(rises) } else { leap < 0 };
        // After a leap the line turns back by step.
        let size: i32 = if leap == 0 { size } else { 1 };
        let motion = if upward { size } else { -size };
        leap = if motion.abs() > 2 { motion } else { 0 };
        contour.push(contour[contour.len() - 1] + motion);
    }
    Motif { hits, contour }
}

/// Lengths of a cadence's notes in eighths; the rest of the measure is silent.
const CADENCES_IN_FOUR: &[&[u32]] =
    &[&[2, 2, 4], &[1, 1, 4], &[6], &[1, 1, 1, 1, 3], &[3, 1, 4], &[2, 4], &[8], &[1, 1, 2, 2]];
const CADENCES_IN_THREE: &[&[u32]] = &[&[6], &[2, 4], &[1, 1, 4], &[4], &[2, 2, 2]];
const CADENCES_IN_SIX: &[&[u32]] = &[&[6], &[3, 3], &[1, 1, 1, 3], &[3], &[2, 1, 3]];

fn cadence_rhythm(rng: &mut Rng, plan: &Plan) -> Vec<Hit> {
    let table = plan.meter.choose(CADENCES_IN_FOUR, CADENCES_IN_THREE, CADENCES_IN_SIX);
    let mut now = 0;
    let hit = |&eighths: &u32| {
        let length = eighths * QUARTER / 2;
        now += length;
        Hit { at: now - length, length }
    };
    rng.pick(table).iter().map(hit).collect()
}

/// Places a motif over the harmony of its measure.
fn place_motif(motif: &Motif, anchor: i32, start: u32, harmony: &Harmony<'_>) -> Vec<MelodyNote> {
    let Some(first) = motif.hits.first() else { return Vec::new() };
    let anchor = harmony.at(start + first.at).nearest(anchor, 1);
    let mut tones: Vec<MelodyNote> = Vec::with_capacity(motif.hits.len());
    for (hit, &rise) in motif.hits.iter().zip(&motif.contour) {
        let at = start + hit.at;
        // The first beat, the third of four, and every long note.
        let beat = harmony.plan.meter.beat();
        let strong = hit.at % (2 * beat) == 0 || hit.length >= beat;
        let lean = tones.last().map_or(0, |last| anchor + rise - last.step);
        let wish = anchor + rise;
        let step = if strong { harmony.at(at).nearest(wish, lean) } else { wish };
        tones.push(MelodyNote { at, length: hit.length, step });
    }
    // A weak note that is neither a tone of the chord nor passes by step would sound wrong.
    for index in 0..tones.len() {
        let near = |other: Option<&MelodyNote>| {
            other.is_none_or(|o| (o.step - tones[index].step).abs() <= 1)
        };
        let previous = index.checked_sub(1).and_then(|i| tones.get(i));
        let passes = near(previous) && near(tones.get(index + 1));
        let chord = harmony.at(tones[index].at);
        if !passes && !chord.has(tones[index].step) {
            let lean = previous.map_or(0, |p| p.step - tones[index].step);
            tones[index].step = chord.nearest(tones[index].step, lean);
        }
    }
    tones
}

/// Moves by step to the last note of a phrase: the tonic, or any tone of an open cadence's chord.
fn cadence(hits: &[Hit], phrase: &Phrase, from: i32, harmony: &Harmony<'_>) -> Vec<MelodyNote> {
    let Some(last) = hits.last() else { return Vec::new() };
    let start = (phrase.start + phrase.measures - 1) * harmony.plan.meter.measure();
    let goal = match phrase.ending {
        Cadence::Closed => 7 * (from + 3).div_euclid(7),
        Cadence::Open => harmony.at(start + last.at).nearest(from - 1, -1),
    };
    let direction = (from - goal).signum();
    let tone = |(index, hit): (usize, &Hit)| {
        let away = (hits.len() - 1 - index) as i32 * direction;
        MelodyNote { at: start + hit.at, length: hit.length, step: goal + away }
    };
    hits.iter().enumerate().map(tone).collect()
}

/// Fills the rest (or the end of a long note) before the phrase that starts at index `begun` with two eighths that
/// lead to it.
fn lead_in(tune: &mut Vec<MelodyNote>, begun: usize, plan: &Plan) {
    let (next, last) = (tune[begun], tune[begun - 1]);
    let eighth = QUARTER / 2;
    let from = next.at - next.at % plan.meter.measure() - 2 * eighth;
    if next.at != from + 2 * eighth || last.at + eighth > from {
        return;
    }
    tune[begun - 1].length = last.length.min(from - last.at);
    let direction = if last.step <= next.step { -1 } else { 1 };
    for index in 0..2 {
        let step = next.step + direction * (2 - index as i32);
        let note = MelodyNote { at: from + index as u32 * eighth, length: eighth, step };
        tune.insert(begun + index, note);
    }
}

/// Reflects notes that are more than a ninth from the centre.
fn fold(tune: &mut [MelodyNote], centre: i32) {
    for tone in tune {
        let away = tone.step - centre;
        if away.abs() > 8 {
            tone.step = centre + away.signum() * (16 - away.abs()).max(0);
        }
    }
}

/// Varies the melody of a repeated section: ornaments some long notes, leaves out some short ones.
pub(super) fn vary(rng: &mut Rng, tune: &[MelodyNote]) -> Vec<MelodyNote> {
    let mut varied = Vec::with_capacity(tune.len());
    for (index, &tone) in tune.iter().enumerate() {
        let next = tune.get(index + 1).map_or(tone.step, |next| next.step);
        let ornament = tone.length >= 480 && tone.length % 240 == 0 && rng.chance(16);
        let dropped = tone.length <= 240 && tone.at % 480 != 0 && rng.chance(5);
        if ornament {
            let half = tone.length.min(480) / 2;
            let length = tone.length - half;
            let step = tone.step + if next >= tone.step { 1 } else { -1 };
            varied.push(MelodyNote { length, ..tone });
            varied.push(MelodyNote { at: tone.at + length, length: half, step });
        } else if !dropped {
            varied.push(tone);
        }
    }
    varied
}
