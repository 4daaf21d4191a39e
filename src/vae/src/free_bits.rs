//! Free bits: the batch-mean KL of each dimension is clamped to at least `free_bits` nats, with zero
//! gradient below (Kingma et al. 2016, appendix C8).
//!
//! The mean covers the whole batch, so all micro-batches are encoded first, which takes a hundredth of a
//! step.

use crate::backend::TrainBackend;
use crate::batch::Batch;
use crate::host::to_host;
use crate::network::Network;
use crate::objective::kl_of_dimension;
use crate::settings::Settings;

/// KL divergence of a batch with free bits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FreeBitsKl {
    /// For each dimension 1 if its KL is above the free bits, else 0.
    pub(crate) weights: Vec<f32>,
    /// Nats per sample in the loss: the sum over dimensions of the clamped KL.
    pub(crate) nats: f64,
}

impl FreeBitsKl {
    /// Computes the KL of a batch, given as micro-batches.
    pub(crate) fn compute<B: TrainBackend>(
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
        let weights = sums.means().map(|mean| if mean > free_bits { 1.0 } else { 0.0 }).collect();
        FreeBitsKl { weights, nats: sums.kl_with_free_bits(free_bits) }
    }
}

/// KL divergence by latent dimension, summed over songs.
#[derive(Debug, Clone)]
pub(crate) struct DimensionSums {
    sums: Vec<f64>,
    songs: usize,
}

impl DimensionSums {
    pub(crate) fn new(latent: usize) -> Self {
        DimensionSums { sums: vec![0.0; latent], songs: 0 }
    }

    /// Adds songs by mean and clamped log standard deviation of their posteriors, `[songs, latent]` each,
    /// and their weights.
    pub(crate) fn add(&mut self, mean: &[f32], log_std: &[f32], weights: &[f32]) {
        let latent = self.sums.len();
        let songs = mean.chunks_exact(latent).zip(log_std.chunks_exact(latent));
        for ((mean, log_std), &weight) in songs.zip(weights) {
            for ((sum, &mean), &log_std) in self.sums.iter_mut().zip(mean).zip(log_std) {
                *sum += f64::from(weight) * kl_of_dimension(mean, log_std);
            }
            self.songs += 1;
        }
    }

    fn means(&self) -> impl Iterator<Item = f64> {
        self.sums.iter().map(|sum| sum / self.songs.max(1) as f64)
    }

    /// Returns the nats per song in the loss.
    pub(crate) fn kl_with_free_bits(&self, free_bits: f64) -> f64 {
        // Not `max`: NaN must stay NaN.
        self.means().map(|mean| if mean < free_bits { free_bits } else { mean }).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kl_of_a_dimension_is_at_least_the_free_bits() {
        // Standard deviation 1: the KL is half the square of the mean.
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
