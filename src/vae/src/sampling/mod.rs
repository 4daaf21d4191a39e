//! Latent vectors to decode: from a distribution, near a song, between two songs; and onsets by chance.
//!
//! | distribution | of |
//! |---|---|
//! | [`LatentDistribution::Prior`] | the standard normal distribution, towards which training pulls |
//! | [`Gaussian`] | the posterior means of training samples, correlations included: the Gaussian in the space of their principal components that HackerPoet/Composer draws from |
//! | [`Mixture`] | the same means as several Gaussians, for a corpus of several kinds of music |
//!
//! A decoder is trained on points `mean + deviation * noise`, whose covariance over the corpus is that of
//! the means plus the mean posterior variance (the *aggregate posterior*: Hoffman & Johnson 2016). The
//! fits leave the second part out unless it is given to them: the means are where songs are, and the
//! noise around them is what the decoder learns to disregard.
//!
//! `temperature` scales deviations, never means: at 0 a distribution gives its mean, and a mixture the
//! mean of one of its components. A draw depends on the seed and its place alone, so more of them leave
//! the first ones unchanged.

mod form;
mod gaussian;
mod interpolation;
mod linear;
mod mixture;
mod onsets;
mod phrases;

pub use gaussian::Gaussian;
pub use interpolation::Interpolation;
pub use mixture::{Covariance, Mixture, MixtureOptions};
pub use onsets::{Repetition, bernoulli, choose, sample_repeating};
pub use phrases::{Phrasing, sample_phrases};

use crate::model::sample_prior;
use crate::rng::{self, Purpose};

/// Where drawn songs come from.
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
}

impl LatentDistribution {
    /// `count` latent vectors.
    pub fn sample(&self, seed: u64, count: usize, temperature: f32) -> Vec<Vec<f32>> {
        match self {
            Self::Prior { latent } => {
                let mut drawn = sample_prior(*latent, seed, count);
                drawn.iter_mut().flatten().for_each(|value| *value *= temperature);
                drawn
            }
            Self::Gaussian(gaussian) => {
                (0..count as u64).map(|index| gaussian.sample(seed, index, temperature)).collect()
            }
            Self::Mixture(mixture) => {
                (0..count as u64).map(|index| mixture.sample(seed, index, temperature)).collect()
            }
        }
    }
}

/// A point near `mean`: `mean + temperature * deviation * noise`, the noise being standard normal.
/// `deviation` has as many numbers as `mean`. Equal seed and index give equal noise around any point.
pub fn perturb(
    mean: &[f32],
    deviation: &[f32],
    seed: u64,
    index: u64,
    temperature: f32,
) -> Vec<f32> {
    let noise = rng::normal(&mut rng::stream(seed, Purpose::Near, index), mean.len());
    let moved = mean.iter().zip(deviation).zip(noise);
    moved.map(|((mean, deviation), noise)| mean + temperature * deviation * noise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_at_temperature_zero_is_the_mean_and_the_noise_follows_the_deviation() {
        let (mean, deviation) = ([1.0, -2.0, 0.5], [0.1, 3.0, 0.0]);
        assert_eq!(perturb(&mean, &deviation, 1, 0, 0.0), mean);
        let drawn: Vec<Vec<f32>> =
            (0..20_000).map(|index| perturb(&mean, &deviation, 1, index, 2.0)).collect();
        for unit in 0..3 {
            let apart = |drawn: &Vec<f32>| f64::from(drawn[unit] - mean[unit]).powi(2);
            let found = (drawn.iter().map(apart).sum::<f64>() / 20_000.0).sqrt();
            let expected = 2.0 * f64::from(deviation[unit]);
            assert!((found - expected).abs() <= 0.03 * expected, "{unit}: {found}");
        }
        assert_ne!(drawn[0], drawn[1]);
    }

    #[test]
    fn the_prior_is_the_standard_normal_distribution_scaled() {
        let prior = LatentDistribution::Prior { latent: 8 };
        assert_eq!(prior.sample(3, 4, 1.0), sample_prior(8, 3, 4));
        assert!(prior.sample(3, 4, 0.0).iter().flatten().all(|&value| value == 0.0));
    }
}
