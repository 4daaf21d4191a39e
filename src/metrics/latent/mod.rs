//! Statistics of a latent space.
//!
//! For each sample the encoder returns a Gaussian, the *posterior*: a mean and a standard deviation per unit. The decoder
//! was trained on the mixture of all posteriors, the *aggregate posterior*; songs may be generated from the *prior*, with
//! mean 0 and standard deviation 1 in each unit. Where the two differ, songs are generated from latent vectors that the
//! decoder was not trained on.

mod expected;

pub use expected::Expected;

use serde::Serialize;

/// One unit of the latent space, over many samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Unit {
    /// Mean of the posterior means.
    pub mean: f64,
    /// Standard deviation of the posterior means; 0 carries no information about samples.
    pub deviation: f64,
    /// Root mean square of the posterior standard deviations, above 0; 1 is that of the prior.
    pub posterior_deviation: f64,
    /// Mean KL divergence of the posteriors from the prior in nats: the information that the unit carries about a sample.
    pub kl_nats: f64,
    /// KL divergence from the prior in nats of the Gaussian with the mean and variance of the aggregate posterior:
    /// `(mean^2 + variance - 1 - ln variance) / 2`.
    pub gap_nats: f64,
}

/// Computes the units of posteriors, given as means and standard deviations, one row per sample.
pub fn units(means: &[Vec<f32>], deviations: &[Vec<f32>]) -> Vec<Unit> {
    let size = means.first().map_or(0, Vec::len);
    (0..size).map(|unit| statistics(unit, means, deviations)).collect()
}

fn statistics(unit: usize, means: &[Vec<f32>], deviations: &[Vec<f32>]) -> Unit {
    let column = |rows: &[Vec<f32>]| -> Vec<f64> {
        rows.iter().filter_map(|row| row.get(unit)).map(|&value| f64::from(value)).collect()
    };
    let (means, deviations) = (column(means), column(deviations));
    let average = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / means.len() as f64;
    let mean = average(&mut means.iter().copied());
    let variance = average(&mut means.iter().map(|value| (value - mean).powi(2)));
    let within = average(&mut deviations.iter().map(|value| value * value));
    let pairs = means.iter().zip(&deviations);
    let mut divergences = pairs.map(|(mean, deviation)| divergence(*mean, deviation.powi(2)));
    Unit {
        mean,
        deviation: variance.sqrt(),
        posterior_deviation: within.sqrt(),
        kl_nats: average(&mut divergences),
        gap_nats: divergence(mean, variance + within),
    }
}

/// KL divergence of a Gaussian from the standard normal distribution in nats.
fn divergence(mean: f64, variance: f64) -> f64 {
    0.5 * (mean * mean + variance - 1.0 - variance.ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_equal_to_the_prior_have_neither_kl_nor_gap() {
        let found = units(&[vec![0.0], vec![0.0]], &[vec![1.0], vec![1.0]]);
        let none = Unit {
            mean: 0.0,
            deviation: 0.0,
            posterior_deviation: 1.0,
            kl_nats: 0.0,
            gap_nats: 0.0,
        };
        assert_eq!(found, [none]);
        assert_eq!(units(&[], &[]), []);
    }

    #[test]
    fn sharp_posteriors_that_fill_the_prior_have_kl_and_no_gap() {
        // Means of variance 0.75 and posteriors of variance 0.25 are the prior together.
        let mean = 0.75f32.sqrt();
        let unit = units(&[vec![mean], vec![-mean]], &[vec![0.5], vec![0.5]])[0];
        assert!(unit.gap_nats.abs() < 1e-6 && unit.mean.abs() < 1e-9, "{unit:?}");
        assert!((unit.deviation.powi(2) - 0.75).abs() < 1e-6, "{unit:?}");
        // (0.75 + 0.25 - 1 - ln 0.25) / 2 = ln 2
        assert!((unit.kl_nats - std::f64::consts::LN_2).abs() < 1e-6, "{unit:?}");
    }

    #[test]
    fn posteriors_away_from_the_prior_have_a_gap() {
        let unit = units(&[vec![3.0], vec![3.0]], &[vec![1.0], vec![1.0]])[0];
        assert_eq!((unit.gap_nats, unit.kl_nats), (4.5, 4.5));
    }
}
