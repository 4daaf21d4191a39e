//! What may be added to the plain training of the thesis. Every default adds nothing, and each addition
//! works alone.

use crate::settings::SettingsError;
use serde::{Deserialize, Serialize};

/// How Adam's step size goes on after its warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Schedule {
    /// It stays.
    #[default]
    Constant,
    /// It falls in a straight line.
    Linear,
    /// It falls along half a cosine, without restarts (Loshchilov & Hutter 2017, equation 5).
    Cosine,
}

/// Which weights a training hands on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum FinalWeights {
    /// Those after the last epoch.
    #[default]
    Last,
    /// Those of the epoch with the best validation F1; the last without validation samples.
    Best,
}

/// Additions to a plain training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingOptions {
    /// How the step size goes on after its warm-up.
    pub schedule: Schedule,
    /// Epochs over which the step size rises linearly from 0; may be a fraction, 0 is none.
    pub learning_rate_warmup: f64,
    /// Share of the step size that a falling schedule leaves for the last step, in 0..=1.
    pub learning_rate_final: f64,
    /// Nats of each latent dimension, averaged over a batch, that cost nothing: the divergence enters the
    /// loss as the sum over dimensions of `max(free_bits, mean over the batch)` (Kingma et al. 2016,
    /// appendix C8).
    pub free_bits: f64,
    /// Deviation to which each dimension's posterior means are normalized over a batch; 0 leaves them. It bounds
    /// the divergence from below, which `free_bits` does too: they exclude each other.
    pub mean_norm: f64,
    /// Probability that a unit of the decoder's `song_hidden` or `measure_hidden` layer is set to 0 in a
    /// training step; the others are scaled up so that the expectation stays. In 0..1.
    pub dropout: f64,
    /// Probability that the encoder does not see an onset in a training step; the decoder is still asked
    /// for it. Nothing is scaled. In 0..1.
    pub onset_dropout: f64,
    /// Share of each weight (not of biases) that is subtracted per step, times the step size of that step
    /// (AdamW: Loshchilov & Hutter 2019, algorithm 2).
    pub weight_decay: f64,
    /// Each reading of a training sample is shifted by a uniform draw of `-transpose..=transpose`
    /// semitones. Onsets that leave the pitches are dropped.
    pub transpose: usize,
    /// Each reading of a training sample begins at a uniformly drawn measure and goes on with the first
    /// after the last.
    pub rotate: bool,
    /// Decay per step of an exponential moving average of the weights, in 0..1; 0 is none. The average is
    /// what validation, observers and the final model use. Early steps count more: the decay of step `t`
    /// (from 1) is at most `(1 + t) / (10 + t)`, as in TensorFlow's `ExponentialMovingAverage`.
    pub ema: f64,
    /// Epochs without a better validation F1 after which the training ends.
    pub patience: Option<usize>,
    /// Which weights are handed on.
    pub keep: FinalWeights,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        TrainingOptions {
            schedule: Schedule::Constant,
            learning_rate_warmup: 0.0,
            learning_rate_final: 0.0,
            free_bits: 0.0,
            mean_norm: 0.0,
            dropout: 0.0,
            onset_dropout: 0.0,
            weight_decay: 0.0,
            transpose: 0,
            rotate: false,
            ema: 0.0,
            patience: None,
            keep: FinalWeights::Last,
        }
    }
}

impl TrainingOptions {
    /// Names the first value that is out of range for a training of so many epochs on so many pitches.
    pub(crate) fn validate(&self, epochs: usize, pitches: usize) -> Result<(), SettingsError> {
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        let share = |value: f64| (0.0..1.0).contains(&value);
        let below_one = "at least 0 and below 1";
        for (name, found, valid, expected) in [
            (
                "learning_rate_warmup",
                self.learning_rate_warmup,
                (0.0..epochs as f64).contains(&self.learning_rate_warmup),
                "at least 0 and below `epochs`",
            ),
            (
                "learning_rate_final",
                self.learning_rate_final,
                (0.0..=1.0).contains(&self.learning_rate_final),
                "between 0 and 1",
            ),
            ("free_bits", self.free_bits, not_negative(self.free_bits), "finite and not negative"),
            ("mean_norm", self.mean_norm, not_negative(self.mean_norm), "finite and not negative"),
            (
                "free_bits",
                self.free_bits,
                self.free_bits == 0.0 || self.mean_norm == 0.0,
                "0 where there is `mean_norm`",
            ),
            ("dropout", self.dropout, share(self.dropout), below_one),
            ("onset_dropout", self.onset_dropout, share(self.onset_dropout), below_one),
            (
                "weight_decay",
                self.weight_decay,
                not_negative(self.weight_decay),
                "finite and not negative",
            ),
            (
                "transpose",
                self.transpose as f64,
                self.transpose < pitches,
                "below the number of pitches",
            ),
            ("ema", self.ema, share(self.ema), below_one),
        ] {
            if !valid {
                return Err(SettingsError::OutOfRange { name, found, expected });
            }
        }
        match self.patience {
            Some(0) => Err(SettingsError::Zero { name: "patience" }),
            _ => Ok(()),
        }
    }

    /// The factor of the step size at a step counted from 0, of `total` in all.
    pub(crate) fn rate_factor(&self, step: u64, steps_per_epoch: usize, total: u64) -> f64 {
        let warmup = self.learning_rate_warmup * steps_per_epoch as f64;
        // The first step moves too: a rate of 0 would waste it.
        let risen = step as f64 + 1.0;
        if risen < warmup {
            return risen / warmup;
        }
        let span = total as f64 - 1.0 - warmup;
        let way = if span > 0.0 { ((step as f64 - warmup) / span).clamp(0.0, 1.0) } else { 0.0 };
        let left = match self.schedule {
            Schedule::Constant => return 1.0,
            Schedule::Linear => 1.0 - way,
            Schedule::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * way).cos()),
        };
        self.learning_rate_final + (1.0 - self.learning_rate_final) * left
    }

    /// The share by which the average moves towards the weights after the step of a time from 1.
    pub(crate) fn average_share(&self, time: u64) -> f64 {
        let time = time as f64;
        1.0 - self.ema.min((1.0 + time) / (10.0 + time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remedies_out_of_range_are_named() {
        let name = |change: fn(&mut TrainingOptions)| {
            let mut options = TrainingOptions::default();
            change(&mut options);
            match options.validate(3, 8) {
                Err(SettingsError::OutOfRange { name, .. } | SettingsError::Zero { name }) => name,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(TrainingOptions::default().validate(3, 8), Ok(()));
        assert_eq!(name(|r| r.learning_rate_warmup = 3.0), "learning_rate_warmup");
        assert_eq!(name(|r| r.learning_rate_final = 1.5), "learning_rate_final");
        assert_eq!(name(|r| r.free_bits = f64::INFINITY), "free_bits");
        assert_eq!(name(|r| r.dropout = 1.0), "dropout");
        assert_eq!(name(|r| r.onset_dropout = f64::NAN), "onset_dropout");
        assert_eq!(name(|r| r.weight_decay = -0.1), "weight_decay");
        assert_eq!(name(|r| r.transpose = 8), "transpose");
        assert_eq!(name(|r| r.ema = 1.0), "ema");
        assert_eq!(name(|r| r.patience = Some(0)), "patience");
    }

    #[test]
    fn the_rate_rises_through_its_warm_up_and_falls_to_its_final_share() {
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
    fn without_a_schedule_the_rate_is_the_same_to_the_bit_at_every_step() {
        let options = TrainingOptions::default();
        assert!((0..100).all(|step| options.rate_factor(step, 10, 100) == 1.0));
        let one = TrainingOptions { schedule: Schedule::Cosine, ..options };
        assert_eq!(one.rate_factor(0, 1, 1), 1.0);
    }

    #[test]
    fn an_average_follows_early_steps_faster() {
        let options = TrainingOptions { ema: 0.99, ..TrainingOptions::default() };
        assert!((options.average_share(1) - 9.0 / 11.0).abs() < 1e-12);
        assert!((options.average_share(100_000) - 0.01).abs() < 1e-12);
    }
}
