//! The training objective: losses, KL divergence and gradients of a micro-batch.

use crate::backend::TrainBackend;
use crate::dense::Dense;
use crate::settings::{Reconstruction, SongWeight};

/// What a gradient is of: `scale` times the sum over samples of their weight times (reconstruction plus
/// `beta` times KL).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective<'a> {
    pub(crate) reconstruction: Reconstruction,
    pub(crate) song_weight: SongWeight,
    pub(crate) beta: f64,
    pub(crate) scale: f64,
    /// Standard deviation of normalized means; 0: not normalized.
    pub(crate) mean_norm: f64,
    /// Factors of `beta` by latent dimension; `None`: all 1.
    pub(crate) kl_weights: Option<&'a [f32]>,
}

/// Losses summed over samples.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) reconstruction: f64,
    pub(crate) kl: f64,
    /// Reconstruction with each song's weight.
    pub(crate) weighted: f64,
    /// KL with each song's weight.
    pub(crate) weighted_kl: f64,
}

impl Sums {
    pub(crate) fn add(&mut self, other: Sums) {
        self.reconstruction += other.reconstruction;
        self.kl += other.kl;
        self.weighted += other.weighted;
        self.weighted_kl += other.weighted_kl;
    }
}

/// Gradients of all parameters, layer by layer.
#[derive(Debug)]
pub(crate) struct Gradients<B: TrainBackend> {
    pub(crate) layers: Vec<Dense<B>>,
}

impl<B: TrainBackend> Gradients<B> {
    /// Adds the gradients of another micro-batch.
    pub(crate) fn plus(self, other: Self) -> Self {
        let layers = self.layers.into_iter().zip(other.layers).map(|(one, other)| Dense {
            weight: one.weight + other.weight,
            bias: one.bias + other.bias,
        });
        Gradients { layers: layers.collect() }
    }

    /// Returns the Euclidean norm of all gradients together.
    pub(crate) fn norm(&self) -> f64 {
        let squares =
            |Dense { weight, bias }: &Dense<B>| B::sum_of_squares(weight) + B::sum_of_squares(bias);
        self.layers.iter().map(squares).sum::<f64>().sqrt()
    }
}

/// Returns the KL divergence of normal distributions from the standard normal one, summed over all, in nats
/// (Kingma & Welling 2013, appendix B).
pub(crate) fn kl_divergence(mean: &[f32], log_std: &[f32]) -> f64 {
    mean.iter().zip(log_std).map(|(&mean, &log_std)| kl_of_dimension(mean, log_std)).sum()
}

/// Returns the KL divergence of one dimension of one sample.
pub(crate) fn kl_of_dimension(mean: f32, log_std: f32) -> f64 {
    let (mean, log_std) = (f64::from(mean), f64::from(log_std));
    0.5 * (mean * mean + (2.0 * log_std).exp() - 1.0) - log_std
}
