//! Random choice of onsets, and of indices.

use crate::rng::{self, Purpose, unit};
use rand::RngCore;

/// Chooses an index below `count` at random; 0 if `count` is 0. Depends only on seed, index and count.
pub fn choose(seed: u64, index: u64, count: usize) -> usize {
    rng::below(&mut rng::stream(seed, Purpose::Choice, index), count as u64) as usize
}

/// Samples each cell as an onset independently with its probability; returns the onset cells, ascending.
/// Each song `index` has its own random numbers.
///
/// `temperature` divides the logits: below 1, probable cells become more probable and improbable ones less;
/// 0 gives exactly the cells above 0.5; 1 leaves the probabilities unchanged.
pub fn bernoulli(probabilities: &[f32], seed: u64, index: u64, temperature: f32) -> Vec<u32> {
    let mut random = rng::stream(seed, Purpose::Onsets, index);
    let mut is_onset = |probability: f32| {
        unit(random.next_u32()) < at_temperature(f64::from(probability), f64::from(temperature))
    };
    (0_u32..).zip(probabilities).filter(|(_, p)| is_onset(**p)).map(|(cell, _)| cell).collect()
}

/// Random numbers that the measures of a song share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repetition {
    /// Probability, in 0..=1, that a cell uses the random number that it shares with the same cell of other
    /// measures.
    pub share: f32,
    /// Cells of a measure.
    pub cells: usize,
}

/// Samples as [`bernoulli`], but with random numbers shared between measures: no cell's probability changes,
/// but measures of equal probabilities become more similar with a larger share. A share of 0 gives
/// [`bernoulli`]; with a share of 1, measures of equal probabilities are equal.
pub fn sample_repeating(
    probabilities: &[f32],
    seed: u64,
    index: u64,
    temperature: f32,
    Repetition { share, cells }: Repetition,
) -> Vec<u32> {
    if share <= 0.0 || cells == 0 {
        return bernoulli(probabilities, seed, index, temperature);
    }
    let stream = |purpose| rng::stream(seed, purpose, index);
    let mut shared = stream(Purpose::SharedOnsets);
    let shared: Vec<f64> = (0..cells).map(|_| unit(shared.next_u32())).collect();
    let (mut own, mut sharing) = (stream(Purpose::Onsets), stream(Purpose::Sharing));
    let mut is_onset = |(cell, &probability): (usize, &f32)| {
        let own = unit(own.next_u32());
        let is_shared = rng::draw_bool(&mut sharing, share);
        let uniform = if is_shared { shared[cell % cells] } else { own };
        uniform < at_temperature(f64::from(probability), f64::from(temperature))
    };
    let all = probabilities.iter().enumerate();
    all.filter(|&cell| is_onset(cell)).map(|(cell, _)| cell as u32).collect()
}

/// Returns the probability whose logit is that of `probability` divided by `temperature`.
pub(super) fn at_temperature(probability: f64, temperature: f64) -> f64 {
    if temperature == 1.0 {
        probability
    } else if temperature > 0.0 {
        let logit = (probability / (1.0 - probability)).ln() / temperature;
        1.0 / (1.0 + (-logit).exp())
    } else {
        f64::from(u8::from(probability > 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_onsets_with_their_probability() {
        let probabilities = [0.0, 0.1, 0.5, 0.9, 1.0];
        let mut counts = [0; 5];
        for index in 0..10_000 {
            for cell in bernoulli(&probabilities, 1, index, 1.0) {
                counts[cell as usize] += 1;
            }
        }
        for (count, probability) in counts.into_iter().zip(probabilities) {
            let found = f64::from(count) / 10_000.0;
            assert!((found - f64::from(probability)).abs() < 0.02, "{probability}: {found}");
        }
        assert_eq!((counts[0], counts[4]), (0, 10_000));
    }

    #[test]
    fn shared_numbers_make_measures_similar_and_keep_probabilities() {
        // Two measures of three cells.
        let probabilities = [0.2, 0.5, 0.9, 0.2, 0.5, 0.9];
        for share in [0.0, 0.5, 1.0] {
            let (mut counts, mut together) = ([0; 6], [0; 3]);
            for index in 0..10_000 {
                let cells =
                    sample_repeating(&probabilities, 1, index, 1.0, Repetition { share, cells: 3 });
                cells.iter().for_each(|&cell| counts[cell as usize] += 1);
                let both = |cell: &u32| cells.contains(cell) && cells.contains(&(cell + 3));
                (0..3).filter(both).for_each(|cell| together[cell as usize] += 1);
            }
            for (count, probability) in counts.into_iter().zip(probabilities) {
                let found = f64::from(count) / 10_000.0;
                assert!((found - f64::from(probability)).abs() < 0.02, "{share}: {found}");
            }
            let share = f64::from(share).powi(2);
            for (count, p) in together.into_iter().zip([0.2, 0.5, 0.9]) {
                let (found, expected) =
                    (f64::from(count) / 10_000.0, share * p + (1.0 - share) * p * p);
                assert!((found - expected).abs() < 0.02, "{share}: {found} {expected}");
            }
        }
    }

    #[test]
    fn low_temperature_sharpens_and_temperature_0_is_deterministic() {
        assert!((at_temperature(0.8, 0.5) - 16.0 / 17.0).abs() < 1e-12);
        assert!((at_temperature(0.8, 2.0) - 2.0 / 3.0).abs() < 1e-12);
        for temperature in [0.3, 3.0] {
            assert_eq!(at_temperature(0.0, temperature), 0.0);
            assert_eq!(at_temperature(1.0, temperature), 1.0);
        }
        assert_eq!(bernoulli(&[0.2, 0.51, 0.5, 1.0], 9, 0, 0.0), [1, 3]);
    }

    #[test]
    fn every_index_is_chosen_about_as_often() {
        let mut counts = [0; 7];
        (0..7000).for_each(|index| counts[choose(4, index, 7)] += 1);
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_eq!(choose(4, 0, 0), 0);
    }
}
