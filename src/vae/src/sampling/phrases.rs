//! Sampling of onsets for a song with repeating phrases and measures, and a steady rhythm.
//!
//! A decoder gives the probability of each cell on its own. Cells sampled independently
//! ([`bernoulli`](super::bernoulli)) give songs whose measures all differ and whose attacks are at random times; the most
//! probable cells give nearly the same measure over and over. Here the random numbers are structured like a song:
//!
//! 1. *Form.* Measures are made of *materials*, see [`sample_form`]. Measures of one material share all random
//!    numbers, and their probabilities are moved towards their mean.
//! 2. *Rhythm.* The number of notes at a step is the expected number, randomly rounded up or down, so that a step that
//!    expects one note gets one. If no cell has more than half of the expected number, some steps round to pairs, which
//!    makes chords. Some steps have the same rounding in all measures: the groove.
//! 3. *Pitches.* That many cells are sampled without replacement by Pareto sampling (Rosén 1997): each cell gets random
//!    odds, and those with the smallest odds relative to their own are chosen. This keeps the probability of each cell
//!    within a few hundredths. (A single cell is sampled exactly.)
//!
//! So on average a step has as many notes as its probabilities say, and the same ones, except what materials share.

use super::form::sample_form;
use super::onsets::at_temperature;
use super::phrasing::Phrasing;
use crate::rng::{self, Purpose, unit};
use partita_music::roll::RollSize;
use rand::RngCore;
use rand_chacha::ChaCha8Rng;

/// Samples the onset cells of song `index`, ascending, as `measure * cells + cell`, from the probabilities by cell in
/// the same order. The same seed and index give the same song.
///
/// # Panics
/// Panics if there are fewer probabilities than cells.
pub fn sample_phrases(
    probabilities: &[f32],
    seed: u64,
    index: u64,
    geometry: RollSize,
    phrasing: &Phrasing,
) -> Vec<u32> {
    let stream = |purpose| rng::stream(seed, purpose, index);
    let temperature = f64::from(phrasing.temperature);
    let scaled = |&p: &f32| at_temperature(f64::from(p), temperature);
    let probabilities: Vec<f64> = probabilities.iter().map(scaled).collect();
    let cells = geometry.cells_per_measure();
    let measure = |at: usize| &probabilities[at * cells..][..cells];
    let groove = sample_roundings(&mut stream(Purpose::Groove), geometry.steps(), phrasing.chords);
    let mut song = Vec::new();
    let form = sample_form(&mut stream(Purpose::Form), geometry.measures(), phrasing);
    for (material, members) in form {
        let mut random = rng::stream_at(seed, Purpose::Material, [index, material]);
        let noise = MaterialNoise::sample(&mut random, geometry, &groove, phrasing);
        let mean = mean(members.iter().map(|&at| measure(at)), cells);
        for at in members {
            let towards =
                |(own, mean): (&f64, &f64)| own + f64::from(phrasing.exactness) * (mean - own);
            let blend: Vec<f64> = measure(at).iter().zip(&mean).map(towards).collect();
            song.extend(noise.cells(&blend).map(|cell| (at * cells + cell) as u32));
        }
    }
    song.sort_unstable();
    song
}

/// Random rounding of the expected number of notes of a step.
#[derive(Debug, Clone, Copy)]
struct Rounding {
    /// Added before rounding down, in 0..1.
    offset: f64,
    /// Notes that start together, at least 1.
    at_once: f64,
}

impl Rounding {
    /// Returns the number of notes for these probabilities.
    fn notes(self, probabilities: &[f64], expected: f64) -> usize {
        let largest = probabilities.iter().copied().fold(0.0, f64::max);
        let at_once = if largest > expected / 2.0 { 1.0 } else { self.at_once };
        (at_once * (expected / at_once + self.offset).floor()) as usize
    }
}

/// Samples the roundings of all steps of a measure.
fn sample_roundings(random: &mut ChaCha8Rng, steps: usize, chords: f32) -> Vec<Rounding> {
    let step = |_| {
        let offset = unit(random.next_u32());
        let pair = rng::draw_bool(random, chords);
        Rounding { offset, at_once: if pair { 2.0 } else { 1.0 } }
    };
    (0..steps).map(step).collect()
}

/// All random numbers of one material.
struct MaterialNoise {
    roundings: Vec<Rounding>,
    /// `u / (1 - u)` of a uniform number for each cell.
    odds: Vec<f64>,
    pitches: usize,
}

impl MaterialNoise {
    fn sample(
        random: &mut ChaCha8Rng,
        geometry: RollSize,
        groove: &[Rounding],
        phrasing: &Phrasing,
    ) -> Self {
        let own = sample_roundings(random, geometry.steps(), phrasing.chords);
        let mut step = |(own, shared)| {
            if rng::draw_bool(random, phrasing.groove) { shared } else { own }
        };
        let roundings = own.into_iter().zip(groove.iter().copied()).map(&mut step).collect();
        let odds = |uniform: f64| uniform / (1.0 - uniform);
        let cells = 0..geometry.cells_per_measure();
        let odds = cells.map(|_| odds(unit(random.next_u32()))).collect();
        Self { roundings, odds, pitches: geometry.pitches() }
    }

    /// Returns the onset cells of a measure with these probabilities.
    fn cells(&self, probabilities: &[f64]) -> impl Iterator<Item = usize> {
        let steps = probabilities.chunks(self.pitches).zip(self.odds.chunks(self.pitches));
        steps.zip(&self.roundings).enumerate().flat_map(
            |(step, ((probabilities, odds), rounding))| {
                let expected = probabilities.iter().sum();
                let notes = rounding.notes(probabilities, expected);
                let first = step * self.pitches;
                let cells = pareto_sample(probabilities, odds, notes, notes as f64 / expected);
                cells.into_iter().map(move |pitch| first + pitch)
            },
        )
    }
}

/// Chooses the `count` pitches with the smallest random odds relative to the odds of their probability times `scale`.
/// A single one is chosen by exponential times, which is exact.
fn pareto_sample(probabilities: &[f64], odds: &[f64], count: usize, scale: f64) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let ranked = |(pitch, (&probability, odds)): (usize, (&f64, &f64))| {
        let scaled = (probability * scale).min(1.0);
        let rank = if count == 1 { odds.ln_1p() } else { odds * (1.0 - scaled) } / scaled;
        (scaled > 0.0).then_some((rank, pitch))
    };
    let mut pitches: Vec<(f64, usize)> =
        probabilities.iter().zip(odds).enumerate().filter_map(ranked).collect();
    pitches.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    pitches.into_iter().take(count).map(|(_, pitch)| pitch).collect()
}

/// Returns the mean of measures, cell by cell.
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
