//! What the steps of an epoch add up to.

use crate::gradient::Sums;
use crate::observer::Losses;

/// Sums over the finished steps of an epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct EpochSums {
    pub(crate) losses: Sums,
    /// `beta` times divergence, with the `beta` of each step.
    pub(crate) pull: f64,
    pub(crate) gradient_norm: f64,
    pub(crate) seconds: f64,
}

impl EpochSums {
    pub(crate) fn to_array(self) -> [f64; 5] {
        let EpochSums { losses: Sums { reconstruction, kl }, pull, gradient_norm, seconds } = self;
        [reconstruction, kl, pull, gradient_norm, seconds]
    }

    pub(crate) fn from_array([reconstruction, kl, pull, gradient_norm, seconds]: [f64; 5]) -> Self {
        EpochSums { losses: Sums { reconstruction, kl }, pull, gradient_norm, seconds }
    }
}

impl Losses {
    /// Means over `count` samples; `pull` is the sum of `beta` times divergence.
    pub(crate) fn mean(sums: Sums, pull: f64, count: f64) -> Self {
        Losses {
            loss: (sums.reconstruction + pull) / count,
            reconstruction: sums.reconstruction / count,
            kl: sums.kl / count,
        }
    }
}
