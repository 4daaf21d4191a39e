//! Sampling of latent vectors, from a distribution, near a song or between two songs, and of onsets.
//!
//! | distribution | of |
//! |---|---|
//! | [`LatentDistribution::Prior`] | the standard normal distribution, towards which training pulls |
//! | [`Gaussian`] | the posterior means of training samples, with correlations: the Gaussian in the space of their principal components that HackerPoet/Composer samples from |
//! | [`Mixture`] | the same means as several Gaussians, for a corpus of several kinds of music |
//! | [`ParzenWindows`] | the same means, one Gaussian around each |
//!
//! A decoder is trained on points `mean + std * noise`, whose covariance over the corpus is that of the means
//! plus the mean posterior variance (the *aggregate posterior*: Hoffman & Johnson 2016). The fits omit the
//! second part unless it is given to them: the means are where songs are, and the decoder learns to ignore
//! the noise around them.
//!
//! `temperature` scales standard deviations, never means: at 0 a distribution gives its mean, and a mixture
//! the mean of one of its components. A sample depends only on the seed and its index, so that more of them
//! leave the first ones unchanged.

mod em;
mod form;
mod gaussian;
mod interpolation;
mod linear;
mod mixture;
mod onsets;
mod parzen;
mod phrases;
mod phrasing;

pub use em::Covariance;
pub use gaussian::Gaussian;
pub use interpolation::Interpolation;
pub use mixture::{Mixture, MixtureOptions};
pub use onsets::{Repetition, bernoulli, choose, sample_repeating};
pub use parzen::ParzenWindows;
pub use phrases::sample_phrases;
pub use phrasing::Phrasing;

use crate::model::sample_prior;
use crate::rng::{self, Purpose};
use rayon::prelude::*;

/// Distribution of latent vectors.
#[derive(Debug, Clone, PartialEq)]
pub enum LatentDistribution {
    /// The standard normal distribution.
    Prior {
        /// Dimensions of the latent space.
        latent: usize,
    },
    /// One Gaussian with correlations.
    Gaussian(Gaussian),
    /// Several Gaussians.
    Mixture(Mixture),
    /// One Gaussian around each of many points.
    Parzen(ParzenWindows),
}

impl LatentDistribution {
    /// Samples `count` latent vectors.
    pub fn sample(&self, seed: u64, count: usize, temperature: f32) -> Vec<Vec<f32>> {
        let indices = 0..count as u64;
        match self {
            Self::Prior { latent } => {
                let mut vectors = sample_prior(*latent, seed, count);
                vectors.iter_mut().flatten().for_each(|value| *value *= temperature);
                vectors
            }
            Self::Gaussian(gaussian) => {
                indices.map(|index| gaussian.sample(seed, index, temperature)).collect()
            }
            Self::Mixture(mixture) => {
                indices.map(|index| mixture.sample(seed, index, temperature)).collect()
            }
            Self::Parzen(windows) => indices
                .into_par_iter()
                .map(|index| windows.sample(seed, index, temperature))
                .collect(),
        }
    }
}

/// Returns a point near `mean`: `mean + temperature * std * noise` with standard normal noise. `std` has as
/// many numbers as `mean`. Equal seed and index give equal noise around any point.
pub fn perturb(mean: &[f32], std: &[f32], seed: u64, index: u64, temperature: f32) -> Vec<f32> {
    let noise = rng::normal(&mut rng::stream(seed, Purpose::Near, index), mean.len());
    let scaled = mean.iter().zip(std).zip(noise);
    scaled.map(|((mean, std), noise)| mean + temperature * std * noise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perturbation_at_temperature_0_is_the_mean_and_noise_scales_with_the_standard_deviation() {
        let (mean, std) = ([1.0, -2.0, 0.5], [0.1, 3.0, 0.0]);
        assert_eq!(perturb(&mean, &std, 1, 0, 0.0), mean);
        let points: Vec<Vec<f32>> =
            (0..20_000).map(|index| perturb(&mean, &std, 1, index, 2.0)).collect();
        for unit in 0..3 {
            let apart = |points: &Vec<f32>| f64::from(points[unit] - mean[unit]).powi(2);
            let found = (points.iter().map(apart).sum::<f64>() / 20_000.0).sqrt();
            let expected = 2.0 * f64::from(std[unit]);
            assert!((found - expected).abs() <= 0.03 * expected, "{unit}: {found}");
        }
        assert_ne!(points[0], points[1]);
    }

    #[test]
    fn prior_is_the_scaled_standard_normal_distribution() {
        let prior = LatentDistribution::Prior { latent: 8 };
        assert_eq!(prior.sample(3, 4, 1.0), sample_prior(8, 3, 4));
        assert!(prior.sample(3, 4, 0.0).iter().flatten().all(|&value| value == 0.0));
    }
}
