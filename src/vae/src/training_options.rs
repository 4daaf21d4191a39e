//! Options beyond the plain training of the thesis. Each default changes nothing, and each option works
//! without the others.

use serde::{Deserialize, Serialize};

/// Course of Adam's step size after its warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Schedule {
    /// Constant.
    #[default]
    Constant,
    /// Linear decay.
    Linear,
    /// Half a cosine, without restarts (Loshchilov & Hutter 2017, equation 5).
    Cosine,
}

/// Which weights the final model has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum FinalWeights {
    /// Those of the last epoch.
    #[default]
    Last,
    /// Those of the epoch with the best validation F1; of the last without validation samples.
    Best,
}

/// Options beyond a plain training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingOptions {
    /// Course of the step size after its warm-up.
    pub schedule: Schedule,
    /// Epochs over which the step size rises linearly from 0; may be a fraction; 0: none.
    pub learning_rate_warmup: f64,
    /// Share of the step size at the last step of a decaying schedule, in 0..=1.
    pub learning_rate_final: f64,
    /// Nats of each latent dimension, averaged over a batch, that cost nothing: the KL enters the loss as the
    /// sum over dimensions of `max(free_bits, mean over the batch)` (Kingma et al. 2016, appendix C8).
    pub free_bits: f64,
    /// Standard deviation to which each dimension's posterior means are normalized over a batch; 0: not
    /// normalized. Excludes `free_bits`, which bounds the KL from below too.
    pub mean_norm: f64,
    /// Probability that a unit of the decoder's `song_hidden` or `measure_hidden` layer is set to 0 in a
    /// training step; the others are scaled up to keep the expectation. In 0..1.
    pub dropout: f64,
    /// Fraction of onsets hidden from the encoder, not from the loss, in a training step. Nothing is scaled.
    /// In 0..1.
    pub onset_dropout: f64,
    /// Share of each weight (not of biases) that is subtracted per step, times the step size of that step
    /// (AdamW: Loshchilov & Hutter 2019, algorithm 2).
    pub weight_decay: f64,
    /// Each time a training sample is read, it is transposed by a uniform random number of semitones in
    /// `-transpose..=transpose`. Onsets outside the pitch range are dropped.
    pub transpose: usize,
    /// Each time a training sample is read, it is rotated to begin at a uniform random measure.
    pub rotate: bool,
    /// Decay per step of an exponential moving average of the weights, in 0..1; 0: none. Validation, observers
    /// and the final model use the average. Early steps count more: the decay of step `t` (from 1) is at
    /// most `(1 + t) / (10 + t)`, as in TensorFlow's `ExponentialMovingAverage`.
    pub ema: f64,
    /// Epochs without a better validation F1 after which the training ends.
    pub patience: Option<usize>,
    /// Which weights the final model has.
    pub keep: FinalWeights,
}

impl TrainingOptions {
    /// Returns the factor of the step size at a step, counted from 0, of `total`.
    pub(crate) fn rate_factor(&self, step: u64, steps_per_epoch: usize, total: u64) -> f64 {
        let warmup = self.learning_rate_warmup * steps_per_epoch as f64;
        // From 1, because a rate of 0 would waste the first step.
        let done = step as f64 + 1.0;
        if done < warmup {
            return done / warmup;
        }
        let span = total as f64 - 1.0 - warmup;
        let progress =
            if span > 0.0 { ((step as f64 - warmup) / span).clamp(0.0, 1.0) } else { 0.0 };
        let left = match self.schedule {
            Schedule::Constant => return 1.0,
            Schedule::Linear => 1.0 - progress,
            Schedule::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
        };
        self.learning_rate_final + (1.0 - self.learning_rate_final) * left
    }

    /// Returns the share by which the average moves towards the weights after step `time`, counted from 1.
    pub(crate) fn average_share(&self, time: u64) -> f64 {
        let time = time as f64;
        1.0 - self.ema.min((1.0 + time) / (10.0 + time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_rises_during_the_warm_up_and_decays_to_its_final_share() {
        // 4 epochs of 10 steps, 5 of them warm-up.
        let factors = |schedule: Schedule| -> Vec<f64> {
            let options = TrainingOptions {
                schedule,
                learning_rate_warmup: 0.5,
                learning_rate_final: 0.1,
                ..TrainingOptions::default()
            };
            (0..40).map(|step| options.rate_factor(step, 10, 40)).collect()
        };
        for schedule in [Schedule::Constant, Schedule::Linear, Schedule::Cosine] {
            let factors = factors(schedule);
            let rise = [0.2, 0.4, 0.6, 0.8, 1.0, 1.0];
            assert!(rise.iter().zip(&factors).all(|(a, b)| (a - b).abs() < 1e-12), "{factors:?}");
            assert!(factors[5..].windows(2).all(|pair| pair[1] <= pair[0]));
        }
        assert!(factors(Schedule::Constant)[5..].iter().all(|&factor| factor == 1.0));
        for schedule in [Schedule::Linear, Schedule::Cosine] {
            let factors = factors(schedule);
            assert!((factors[39] - 0.1).abs() < 1e-12 && (factors[22] - 0.55).abs() < 1e-12);
        }
        let quarter = 0.1 + 0.9 * 0.5 * (1.0 + (std::f64::consts::PI * 9.0 / 34.0).cos());
        assert!((factors(Schedule::Cosine)[14] - quarter).abs() < 1e-12);
    }

    #[test]
    fn constant_schedule_gives_the_same_bits_at_every_step() {
        let options = TrainingOptions::default();
        assert!((0..100).all(|step| options.rate_factor(step, 10, 100) == 1.0));
        let one = TrainingOptions { schedule: Schedule::Cosine, ..options };
        assert_eq!(one.rate_factor(0, 1, 1), 1.0);
    }

    #[test]
    fn average_moves_faster_in_early_steps() {
        let options = TrainingOptions { ema: 0.99, ..TrainingOptions::default() };
        assert!((options.average_share(1) - 9.0 / 11.0).abs() < 1e-12);
        assert!((options.average_share(100_000) - 0.01).abs() < 1e-12);
    }
}
