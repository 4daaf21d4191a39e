//! Statistics over the posteriors of many samples.

use partita_vae::Posterior;

/// A latent unit is active if the variance of its posterior mean over the samples exceeds this (Burda et al. 2015).
const MIN_VARIANCE: f64 = 0.01;

/// Sums over the posteriors of many samples.
pub(super) struct PosteriorStats {
    samples: f64,
    sums: Vec<f64>,
    squares: Vec<f64>,
    kl: f64,
}

impl PosteriorStats {
    pub(super) fn new(units: usize) -> Self {
        Self { samples: 0.0, sums: vec![0.0; units], squares: vec![0.0; units], kl: 0.0 }
    }

    pub(super) fn add(&mut self, posterior: &Posterior) {
        for (mean, deviation) in posterior.mean.iter().zip(&posterior.std) {
            self.samples += 1.0;
            for (unit, (&mean, &deviation)) in mean.iter().zip(deviation).enumerate() {
                let (mean, deviation) = (f64::from(mean), f64::from(deviation));
                self.sums[unit] += mean;
                self.squares[unit] += mean * mean;
                self.kl += 0.5 * (mean * mean + deviation * deviation - 1.0) - deviation.ln();
            }
        }
    }

    /// Returns the number of active units.
    pub(super) fn active_units(&self) -> usize {
        let is_active = |&(&sum, &square): &(&f64, &f64)| {
            let mean = sum / self.samples;
            square / self.samples - mean * mean > MIN_VARIANCE
        };
        self.sums.iter().zip(&self.squares).filter(is_active).count()
    }

    /// Returns the mean KL divergence from the standard normal prior, in nats.
    pub(super) fn mean_kl(&self) -> f64 {
        self.kl / self.samples.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posterior_equal_to_the_prior_has_no_divergence_and_no_active_unit() {
        let mut stats = PosteriorStats::new(2);
        let rows = vec![vec![0.0, 0.0]; 3];
        stats.add(&Posterior { mean: rows, std: vec![vec![1.0, 1.0]; 3] });
        assert_eq!((stats.mean_kl(), stats.active_units()), (0.0, 0));
        let mean = vec![vec![2.0, 0.0], vec![-2.0, 0.0]];
        stats.add(&Posterior { mean, std: vec![vec![1.0, 1.0]; 2] });
        assert_eq!(stats.active_units(), 1);
        assert!((stats.mean_kl() - 4.0 / 5.0).abs() < 1e-12);
    }
}
