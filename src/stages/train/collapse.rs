//! Notices a posterior that has collapsed onto the prior, and says what to try.

use partita_vae::EpochReport;

/// Nats below which a code carries next to nothing, for 40 latent dimensions or more; an eighth of a nat
/// a dimension where there are fewer.
const LEAST_NATS: f64 = 5.0;
/// Share of the dimensions that must be active.
const LEAST_ACTIVE: f64 = 0.1;

/// What an collapse must know of a training's settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct CollapseDetector {
    pub(super) latent: usize,
    /// Epochs over which beta rises.
    pub(super) beta_warmup: f64,
    pub(super) mse: bool,
}

impl CollapseDetector {
    /// Whether an epoch's posterior has collapsed, by its validation samples. While beta is still rising, a
    /// code that is barely used yet is nothing to worry about.
    pub(super) fn has_collapsed(self, report: &EpochReport) -> bool {
        let (Some(units), Some(losses)) = (report.active_units, report.validation) else {
            return false;
        };
        let settled = report.epoch > 0 && report.epoch as f64 >= self.beta_warmup;
        let latent = self.latent as f64;
        let silent = losses.kl < LEAST_NATS.min(latent / 8.0);
        settled && report.beta > 0.0 && (silent || (units as f64) < LEAST_ACTIVE * latent)
    }

    /// What to tell of a collapse that the epoch before did not show.
    pub(super) fn warning(
        self,
        report: &EpochReport,
        before: Option<&EpochReport>,
    ) -> Option<String> {
        if !self.has_collapsed(report) || before.is_some_and(|before| self.has_collapsed(before)) {
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
    fn few_nats_or_few_active_units_ring_once_beta_has_risen() {
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
    fn a_collapse_is_told_when_it_begins_and_says_what_to_try() {
        let (sound, dead) = (report(3, 40.0, 90), report(4, 0.5, 0));
        let told = DETECTOR.warning(&dead, Some(&sound)).unwrap();
        for words in ["epoch 4", "0 active units of 120", "0.50 nats", "beta_warmup", "free_bits"] {
            assert!(told.contains(words), "{told}");
        }
        assert!(!told.contains("loss: bce"));
        assert!(
            CollapseDetector { mse: true, ..DETECTOR }
                .warning(&dead, None)
                .unwrap()
                .contains("loss: bce")
        );
        assert_eq!(DETECTOR.warning(&dead, Some(&dead)), None);
        assert_eq!(DETECTOR.warning(&sound, Some(&dead)), None);
    }
}
