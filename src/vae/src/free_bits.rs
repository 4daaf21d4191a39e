//! Divergence that costs nothing: "free bits" (Kingma et al. 2016, appendix C8).
//!
//! The loss takes each latent dimension's divergence, averaged over a batch, as at least `free_bits`
//! nats. Below that its gradient is 0: the dimension may carry so much before the prior pulls. The
//! average is over the whole batch, however many parts it is worked through in, so the encoder runs over
//! all parts first, which takes a hundredth of a step.

use crate::backend::{TrainBackend, to_host};
use crate::batch::Batch;
use crate::gradient::divergence_of_one;
use crate::network::Network;
use crate::settings::Settings;

/// What one batch is charged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FreeBitsKl {
    /// For each dimension 1 if its divergence is above what is free, else 0.
    pub(crate) weights: Vec<f32>,
    /// Nats per sample that the loss takes: the sum over dimensions of the larger of both.
    pub(crate) nats: f64,
}

impl FreeBitsKl {
    /// The charge of a batch for this network.
    pub(crate) fn of<B: TrainBackend>(
        network: &Network<B>,
        parts: &[Batch],
        settings: &Settings,
        free_bits: f64,
    ) -> Self {
        let mut sums = DimensionSums::new(settings.architecture.latent);
        for part in parts {
            let (mean, log_std) = network.encode(part.inputs());
            let weights = network.song_weights(&part.targets, settings.song_weight);
            sums.add(&to_host(mean), &to_host(log_std), &weights);
        }
        let above = |mean: f64| if mean > free_bits { 1.0 } else { 0.0 };
        FreeBitsKl {
            weights: sums.means().map(above).collect(),
            nats: sums.kl_with_free_bits(free_bits),
        }
    }
}

/// Divergence by latent dimension, summed over songs.
#[derive(Debug, Clone)]
pub(crate) struct DimensionSums {
    sums: Vec<f64>,
    songs: usize,
}

impl DimensionSums {
    pub(crate) fn new(latent: usize) -> Self {
        DimensionSums { sums: vec![0.0; latent], songs: 0 }
    }

    /// Adds songs by the mean and clamped log deviation of their compute_posteriors, `[songs, latent]` each, and
    /// the weights of the songs.
    pub(crate) fn add(&mut self, mean: &[f32], log_std: &[f32], weights: &[f32]) {
        let latent = self.sums.len();
        let songs = mean.chunks_exact(latent).zip(log_std.chunks_exact(latent));
        for ((mean, log_std), &weight) in songs.zip(weights) {
            for ((sum, &mean), &log_std) in self.sums.iter_mut().zip(mean).zip(log_std) {
                *sum += f64::from(weight) * divergence_of_one(mean, log_std);
            }
            self.songs += 1;
        }
    }

    fn means(&self) -> impl Iterator<Item = f64> {
        self.sums.iter().map(|sum| sum / self.songs.max(1) as f64)
    }

    /// Nats per song that the loss takes.
    pub(crate) fn kl_with_free_bits(&self, free_bits: f64) -> f64 {
        // A divergence that is no number stays one.
        self.means().map(|mean| if mean < free_bits { free_bits } else { mean }).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_costs_its_mean_over_the_songs_or_what_is_free_whichever_is_larger() {
        // Deviation 1: a divergence of half the square of the mean.
        let mut sums = DimensionSums::new(2);
        sums.add(&[2.0, 1.0], &[0.0, 0.0], &[1.0]);
        sums.add(&[0.0, 1.0, 0.0, 1.0], &[0.0; 4], &[1.0; 2]);
        assert!((sums.kl_with_free_bits(0.0) - (2.0 / 3.0 + 0.5)).abs() < 1e-12);
        assert!((sums.kl_with_free_bits(0.6) - (2.0 / 3.0 + 0.6)).abs() < 1e-12);
        assert!((sums.kl_with_free_bits(1.0) - 2.0).abs() < 1e-12);
        sums.add(&[f32::NAN, 0.0], &[0.0; 2], &[1.0]);
        assert!(sums.kl_with_free_bits(1.0).is_nan());
    }
}
