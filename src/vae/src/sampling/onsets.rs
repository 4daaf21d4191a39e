//! Chance outside of the latent space.

use crate::rng::{self, Purpose, unit};
use rand::RngCore;

/// One of `count` things; 0 where there is none to choose from. The choice depends on seed, index and
/// count alone.
pub fn choose(seed: u64, index: u64, count: usize) -> usize {
    rng::below(&mut rng::stream(seed, Purpose::Choice, index), count as u64) as usize
}

/// Each cell is an onset with its own probability, independently; the set cells, ascending. Song `index`
/// has chance of its own.
///
/// `temperature` divides the logits: below 1 likely cells become likelier and unlikely ones unlikelier, 0
/// keeps exactly the cells above one half, and 1 leaves the probabilities as they are.
pub fn bernoulli(probabilities: &[f32], seed: u64, index: u64, temperature: f32) -> Vec<u32> {
    let mut random = rng::stream(seed, Purpose::Onsets, index);
    let mut hit = |probability: f32| {
        unit(random.next_u32()) < at_temperature(f64::from(probability), f64::from(temperature))
    };
    (0_u32..).zip(probabilities).filter(|(_, p)| hit(**p)).map(|(cell, _)| cell).collect()
}

/// How much of chance the measures of a song share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repetition {
    /// How likely a cell takes the draw that it shares with the same cell of other measures, in 0..=1.
    pub share: f32,
    /// Cells of a measure.
    pub cells: usize,
}

/// [`bernoulli`] with chance that repeats: no cell's probability changes, but measures with equal
/// probabilities become more alike the more they share. Without a share it is [`bernoulli`] itself; with a
/// share of 1, measures of equal probabilities are equal.
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
    let mut hit = |(cell, &probability): (usize, &f32)| {
        let own = unit(own.next_u32());
        let is_shared = rng::draw_bool(&mut sharing, share);
        let chance = if is_shared { shared[cell % cells] } else { own };
        chance < at_temperature(f64::from(probability), f64::from(temperature))
    };
    let all = probabilities.iter().enumerate();
    all.filter(|&cell| hit(cell)).map(|(cell, _)| cell as u32).collect()
}

/// The probability whose logit is that of `probability` divided by `temperature`.
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
    fn cells_are_set_as_often_as_they_are_probable() {
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
    fn what_measures_share_makes_them_alike_and_no_cell_more_probable() {
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
    fn a_low_temperature_is_surer_and_none_at_all_is_certain() {
        assert!((at_temperature(0.8, 0.5) - 16.0 / 17.0).abs() < 1e-12);
        assert!((at_temperature(0.8, 2.0) - 2.0 / 3.0).abs() < 1e-12);
        for temperature in [0.3, 3.0] {
            assert_eq!(at_temperature(0.0, temperature), 0.0);
            assert_eq!(at_temperature(1.0, temperature), 1.0);
        }
        assert_eq!(bernoulli(&[0.2, 0.51, 0.5, 1.0], 9, 0, 0.0), [1, 3]);
    }

    #[test]
    fn every_thing_is_chosen_about_as_often() {
        let mut counts = [0; 7];
        (0..7000).for_each(|index| counts[choose(4, index, 7)] += 1);
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_eq!(choose(4, 0, 0), 0);
    }
}
