//! Detects a posterior that has collapsed onto the prior, and suggests remedies.

use partita_vae::{EpochReport, Reconstruction, Settings};

/// Minimum KL divergence in nats for 40 latent dimensions or more; for fewer, an eighth of a nat per dimension.
const MIN_NATS: f64 = 5.0;
/// Minimum share of active dimensions.
const MIN_ACTIVE: f64 = 0.1;

/// The settings of a training that decide whether its posterior has collapsed.
#[derive(Debug, Clone, Copy)]
pub(super) struct CollapseDetector {
    latent: usize,
    /// Epochs over which beta rises.
    beta_warmup: f64,
    /// Whether the loss is the squared error.
    mse: bool,
}

impl CollapseDetector {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            latent: settings.architecture.latent,
            beta_warmup: settings.beta_warmup,
            mse: settings.reconstruction == Reconstruction::Mse,
        }
    }

    /// Returns whether the posterior collapsed: validation KL or active units below the minimum. False during KL
    /// warm-up and at beta 0.
    fn has_collapsed(self, report: &EpochReport) -> bool {
        let (Some(units), Some(losses)) = (report.active_units, report.validation) else {
            return false;
        };
        let is_warm = report.epoch > 0 && report.epoch as f64 >= self.beta_warmup;
        let latent = self.latent as f64;
        let is_silent = losses.kl < MIN_NATS.min(latent / 8.0);
        is_warm && report.beta > 0.0 && (is_silent || (units as f64) < MIN_ACTIVE * latent)
    }

    /// Returns a warning if the posterior has collapsed since the `previous` epoch.
    pub(super) fn warning(
        self,
        report: &EpochReport,
        previous: Option<&EpochReport>,
    ) -> Option<String> {
        let had_collapsed = previous.is_some_and(|previous| self.has_collapsed(previous));
        if had_collapsed || !self.has_collapsed(report) {
            return None;
        }
        let (units, losses) = (report.active_units?, report.validation?);
        let first = if self.mse { "loss: bce" } else { "more epochs" };
        Some(format!(
            "epoch {}: the posterior has collapsed ({units} active units of {}, KL {:.2} nats): every \
             song is decoded alike; try {first}, a smaller beta, a longer beta_warmup or free_bits: 0.25",
            report.epoch, self.latent, losses.kl
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use partita_vae::{EpochMetrics, Losses};

    const DETECTOR: CollapseDetector =
        CollapseDetector { latent: 120, beta_warmup: 2.0, mse: false };

    fn report(epoch: usize, kl: f64, units: usize) -> EpochReport {
        EpochReport {
            epoch,
            steps: 1,
            train: None,
            validation: Some(Losses { loss: 1.0, reconstruction: 1.0, kl }),
            beta: 0.2,
            active_units: Some(units),
            gradient_norm: None,
            samples_per_second: None,
            seconds: 0.0,
            learning_rate: 0.001,
            metrics: EpochMetrics::default(),
            is_last: false,
        }
    }

    #[test]
    fn few_nats_or_few_active_units_are_a_collapse_after_the_warm_up() {
        assert!(
            DETECTOR.has_collapsed(&report(2, 4.9, 120))
                && DETECTOR.has_collapsed(&report(2, 50.0, 11))
        );
        assert!(!DETECTOR.has_collapsed(&report(2, 5.0, 12)));
        assert!(
            !DETECTOR.has_collapsed(&report(1, 0.0, 0))
                && !DETECTOR.has_collapsed(&report(0, 0.0, 0))
        );
        let free = EpochReport { beta: 0.0, ..report(5, 0.0, 0) };
        assert!(!DETECTOR.has_collapsed(&free), "nothing pulls the code to the prior");
        let unknown = EpochReport { validation: None, ..report(5, 0.0, 0) };
        assert!(!DETECTOR.has_collapsed(&unknown));
        let small = CollapseDetector { latent: 8, ..DETECTOR };
        assert!(
            small.has_collapsed(&report(2, 0.9, 8)) && !small.has_collapsed(&report(2, 1.1, 8))
        );
    }

    #[test]
    fn a_collapse_is_reported_once_with_suggestions() {
        let (healthy, dead) = (report(3, 40.0, 90), report(4, 0.5, 0));
        let warning = DETECTOR.warning(&dead, Some(&healthy)).unwrap();
        for words in ["epoch 4", "0 active units of 120", "0.50 nats", "beta_warmup", "free_bits"] {
            assert!(warning.contains(words), "{warning}");
        }
        assert!(!warning.contains("loss: bce"));
        assert!(
            CollapseDetector { mse: true, ..DETECTOR }
                .warning(&dead, None)
                .unwrap()
                .contains("loss: bce")
        );
        assert_eq!(DETECTOR.warning(&dead, Some(&dead)), None);
        assert_eq!(DETECTOR.warning(&healthy, Some(&dead)), None);
    }
}
