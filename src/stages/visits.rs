//! Which samples the steps of a training visit, how they are changed, and how fast it learns from them.

use crate::music::roll::RollSize;
use partita_numerics::rng::{below, order};
use partita_vae::Augmentation;
use rand_chacha::ChaCha8Rng;

/// The order in which samples are visited: each epoch visits all of them in its own.
pub(super) struct Visits {
    seed: u64,
    count: usize,
    batch: usize,
    /// The epoch whose order is known.
    epoch: usize,
    order: Vec<usize>,
}

impl Visits {
    /// Creates the order of `count` samples, at least one, in batches of `batch`.
    pub(super) fn new(seed: u64, count: usize, batch: usize) -> Self {
        Self { seed, count, batch, epoch: 0, order: order(seed, 0, count) }
    }

    /// Returns the number of steps, at least one, that visit each sample `epochs` times on average.
    pub(super) fn steps(&self, epochs: f64) -> u64 {
        ((epochs * self.count as f64 / self.batch as f64).ceil() as u64).max(1)
    }

    /// Returns the samples of a step, counted from 0.
    pub(super) fn batch(&mut self, step: u64) -> Vec<usize> {
        let first = step as usize * self.batch;
        (first..first + self.batch).map(|visit| self.sample(visit)).collect()
    }

    fn sample(&mut self, visit: usize) -> usize {
        let epoch = visit / self.count;
        if epoch != self.epoch {
            self.order = order(self.seed, epoch, self.count);
            self.epoch = epoch;
        }
        self.order[visit % self.count]
    }
}

/// Draws how a sample is changed: transposed by up to `transpose` semitones, and begun at any measure if `rotate`.
pub(super) fn augmentation(
    random: &mut ChaCha8Rng,
    size: RollSize,
    transpose: usize,
    rotate: bool,
) -> Augmentation {
    let semitones = below(random, 2 * transpose as u64 + 1) as i64 - transpose as i64;
    let measures = if rotate { below(random, size.measures() as u64) as usize } else { 0 };
    Augmentation { semitones, measures }
}

/// Returns the share of the highest learning rate at a step, counted from 0: it rises from 0 during `warmup`, a share of
/// the steps, then falls to a hundredth as a cosine.
pub(super) fn rate_share(step: u64, steps: u64, warmup: f64) -> f64 {
    let (at, warmup) = (step as f64 / steps as f64, warmup.max(1.0 / steps as f64));
    if at < warmup {
        (at + 1.0 / steps as f64) / warmup
    } else {
        let along = (at - warmup) / (1.0 - warmup).max(1e-9);
        0.01 + 0.99 * 0.5 * (1.0 + (std::f64::consts::PI * along).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_epoch_visits_every_sample_once_in_an_order_of_its_own() {
        let mut visits = Visits::new(1, 12, 4);
        assert_eq!((visits.steps(2.0), visits.steps(0.0)), (6, 1));
        let mut epoch =
            |first: u64| (first..first + 3).flat_map(|step| visits.batch(step)).collect();
        let (first, mut second): (Vec<usize>, Vec<usize>) = (epoch(0), epoch(3));
        assert_ne!(first, second);
        assert_eq!(first, epoch(0));
        second.sort_unstable();
        assert_eq!(second, (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn rate_rises_during_the_warmup_and_falls_to_a_hundredth() {
        let shares: Vec<f64> = (0..100).map(|step| rate_share(step, 100, 0.1)).collect();
        assert!(shares[..10].is_sorted() && shares[10..].iter().rev().is_sorted());
        assert!((shares[9] - 1.0).abs() < 1e-9 && shares[99] < 0.02 && shares[99] >= 0.01);
    }
}
