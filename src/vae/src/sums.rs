//! Sums over the steps of an epoch.

use crate::objective::Sums;
use crate::observer::Losses;
use serde::{Deserialize, Serialize};

/// Sums over the finished steps of an epoch. Stored as bits, because JSON may round numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[u64; 7]", into = "[u64; 7]")]
pub(crate) struct EpochSums {
    pub(crate) losses: Sums,
    /// `beta` times the weighted KL divergence, with the `beta` of each step.
    pub(crate) beta_kl: f64,
    pub(crate) gradient_norm: f64,
    pub(crate) seconds: f64,
}

impl EpochSums {
    pub(crate) fn to_array(self) -> [f64; 7] {
        let EpochSums { losses, beta_kl, gradient_norm, seconds } = self;
        let Sums { reconstruction, kl, weighted, weighted_kl } = losses;
        [reconstruction, kl, weighted, weighted_kl, beta_kl, gradient_norm, seconds]
    }
}

impl From<EpochSums> for [u64; 7] {
    fn from(sums: EpochSums) -> Self {
        sums.to_array().map(f64::to_bits)
    }
}

impl From<[u64; 7]> for EpochSums {
    fn from(bits: [u64; 7]) -> Self {
        let [reconstruction, kl, weighted, weighted_kl, beta_kl, gradient_norm, seconds] =
            bits.map(f64::from_bits);
        let losses = Sums { reconstruction, kl, weighted, weighted_kl };
        EpochSums { losses, beta_kl, gradient_norm, seconds }
    }
}

impl Losses {
    /// Returns the means over `count` samples; `beta_kl` is the sum of `beta` times the weighted KL.
    pub(crate) fn mean(sums: Sums, beta_kl: f64, count: f64) -> Self {
        Losses {
            loss: (sums.weighted + beta_kl) / count,
            reconstruction: sums.reconstruction / count,
            kl: sums.kl / count,
        }
    }
}
