//! Onsets by chance in a song whose phrases and measures return, with a rhythm that keeps its pulse.
//!
//! A decoder tells of each cell alone how probable it is. Cells drawn each for itself ([`bernoulli`](super::bernoulli))
//! give songs whose measures are all different and whose attacks come at random; the most probable ones give nearly the
//! same measure over and over. Here chance itself is put together as a song is:
//!
//! 1. *Form.* Measures are made of *materials*, see [`form`]. Measures of one material share all chance, and their
//!    probabilities are drawn towards their mean.
//! 2. *Rhythm.* How many notes strike at a step is the expected number, rounded up or down by chance, so that a step
//!    which expects one note gets one. Where no cell holds more than half of what is expected, some steps round to pairs,
//!    which makes chords. Some steps take the same chance in all measures: the groove.
//! 3. *Pitches.* So many cells are drawn without replacement by Pareto sampling (Rosén 1997): each has odds by chance, and
//!    those win whose odds are the smallest beside their own. That keeps how likely each cell is within a few hundredths. (A
//!    single cell is drawn exactly.)
//!
//! So a step has as many notes on the mean as its probabilities say, and the same ones, but for what the materials share.

use super::form::form;
use super::onsets::at_temperature;
use crate::rng::{self, Purpose, unit};
use partita_music::roll::RollSize;
use rand::RngCore;
use rand_chacha::ChaCha8Rng;

/// How a song is put together. Shares and chances are in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phrasing {
    /// Divides the logits; below 1 is surer.
    pub temperature: f32,
    /// Measures of a phrase, at least 1.
    pub phrase: usize,
    /// How likely a phrase is an earlier one again.
    pub phrase_return: f32,
    /// How likely a measure of a new phrase is an earlier one of it again.
    pub measure_return: f32,
    /// How far measures of one material share their probabilities: with 1 they are equal, note for note.
    pub exactness: f32,
    /// Share of the steps that take the same chance in all measures.
    pub groove: f32,
    /// Share of the steps at which notes strike in pairs.
    pub chords: f32,
}

/// The onset cells of song `index`, ascending, as `measure * cells + cell`; probabilities are given by cell in the same
/// order. The same seed and index give the same song.
///
/// # Panics
/// When there are fewer probabilities than cells.
pub fn sample_phrases(
    probabilities: &[f32],
    seed: u64,
    index: u64,
    geometry: RollSize,
    phrasing: &Phrasing,
) -> Vec<u32> {
    let stream = |purpose| rng::stream(seed, purpose, index);
    let temperature = f64::from(phrasing.temperature);
    let heated = |&p: &f32| at_temperature(f64::from(p), temperature);
    let probabilities: Vec<f64> = probabilities.iter().map(heated).collect();
    let measure = |at: usize| {
        &probabilities[at * geometry.cells_per_measure()..][..geometry.cells_per_measure()]
    };
    let groove = rounding(&mut stream(Purpose::Groove), geometry.steps(), phrasing.chords);
    let mut song = Vec::new();
    for (material, members) in form(&mut stream(Purpose::Form), geometry.measures(), phrasing) {
        let mut random = rng::stream_at(seed, Purpose::Material, [index, material]);
        let chances = Chances::draw(&mut random, geometry, &groove, phrasing);
        let mean = mean(members.iter().map(|&at| measure(at)), geometry.cells_per_measure());
        for at in members {
            let towards =
                |(own, mean): (&f64, &f64)| own + f64::from(phrasing.exactness) * (mean - own);
            let blend: Vec<f64> = measure(at).iter().zip(&mean).map(towards).collect();
            let first = at * geometry.cells_per_measure();
            song.extend(chances.cells(&blend).map(|cell| (first + cell) as u32));
        }
    }
    song.sort_unstable();
    song
}

/// How the expected notes of a step become a number of notes.
#[derive(Debug, Clone, Copy)]
struct Rounding {
    /// In 0..1: the share by which it is rounded up.
    chance: f64,
    /// Notes that strike at once, at least 1.
    at_once: f64,
}

impl Rounding {
    /// How many notes strike where cells are so probable.
    fn notes(self, probabilities: &[f64], expected: f64) -> usize {
        let likeliest = probabilities.iter().copied().fold(0.0, f64::max);
        let at_once = if likeliest > expected / 2.0 { 1.0 } else { self.at_once };
        (at_once * (expected / at_once + self.chance).floor()) as usize
    }
}

/// Roundings of all steps of a measure.
fn rounding(random: &mut ChaCha8Rng, steps: usize, chords: f32) -> Vec<Rounding> {
    let step = |_| {
        let chance = unit(random.next_u32());
        let pair = rng::draw_bool(random, chords);
        Rounding { chance, at_once: if pair { 2.0 } else { 1.0 } }
    };
    (0..steps).map(step).collect()
}

/// All chance of one material.
struct Chances {
    roundings: Vec<Rounding>,
    /// `u / (1 - u)` of a uniform number, one for each cell.
    odds: Vec<f64>,
    pitches: usize,
}

impl Chances {
    fn draw(
        random: &mut ChaCha8Rng,
        geometry: RollSize,
        groove: &[Rounding],
        phrasing: &Phrasing,
    ) -> Self {
        let own = rounding(random, geometry.steps(), phrasing.chords);
        let mut step = |(own, shared)| {
            if rng::draw_bool(random, phrasing.groove) { shared } else { own }
        };
        let roundings = own.into_iter().zip(groove.iter().copied()).map(&mut step).collect();
        let odds = |uniform: f64| uniform / (1.0 - uniform);
        let odds =
            (0..geometry.cells_per_measure()).map(|_| odds(unit(random.next_u32()))).collect();
        Self { roundings, odds, pitches: geometry.pitches() }
    }

    /// Onset cells of a measure with these probabilities.
    fn cells(&self, probabilities: &[f64]) -> impl Iterator<Item = usize> {
        let steps = probabilities.chunks(self.pitches).zip(self.odds.chunks(self.pitches));
        steps.zip(&self.roundings).enumerate().flat_map(
            |(step, ((probabilities, odds), rounding))| {
                let expected = probabilities.iter().sum();
                let notes = rounding.notes(probabilities, expected);
                let first = step * self.pitches;
                let cells = winners(probabilities, odds, notes, notes as f64 / expected);
                cells.into_iter().map(move |pitch| first + pitch)
            },
        )
    }
}

/// So many pitches whose odds by chance are the smallest beside the odds of their probability, times `scale`. One alone
/// wins a race of exponential times, which is exact.
fn winners(probabilities: &[f64], odds: &[f64], count: usize, scale: f64) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let entrant = |(pitch, (&probability, odds)): (usize, (&f64, &f64))| {
        let scaled = (probability * scale).min(1.0);
        let place = if count == 1 { odds.ln_1p() } else { odds * (1.0 - scaled) } / scaled;
        (scaled > 0.0).then_some((place, pitch))
    };
    let mut entrants: Vec<(f64, usize)> =
        probabilities.iter().zip(odds).enumerate().filter_map(entrant).collect();
    entrants.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    entrants.into_iter().take(count).map(|(_, pitch)| pitch).collect()
}

/// The mean of measures, cell by cell.
fn mean<'a>(measures: impl ExactSizeIterator<Item = &'a [f64]>, cells: usize) -> Vec<f64> {
    let (count, mut sum) = (measures.len() as f64, vec![0.0; cells]);
    for measure in measures {
        sum.iter_mut().zip(measure).for_each(|(sum, p)| *sum += p);
    }
    sum.iter_mut().for_each(|sum| *sum /= count);
    sum
}

#[cfg(test)]
#[path = "phrases_tests.rs"]
mod tests;
