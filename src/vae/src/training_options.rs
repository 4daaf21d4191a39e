//! Options of training beyond the thesis.

use partita_params::{Params as _, ValueError, Values, params};
use serde::{Deserialize, Serialize};
use std::fmt;
use strum::{EnumString, IntoStaticStr, VariantNames};

/// Adam's learning rate after its warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Schedule {
    /// The learning rate stays.
    #[default]
    Constant,
    /// Linear decay.
    Linear,
    /// Half a cosine, without restarts (Loshchilov & Hutter 2017, equation 5).
    Cosine,
}

/// Which epoch's weights a training saves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum FinalWeights {
    /// The last epoch's.
    #[default]
    Last,
    /// The best epoch's by validation F1; the last epoch's without validation samples.
    Best,
}

params! {
    /// Additions to the training of the thesis. The defaults add nothing, and each addition works alone.
    ///
    /// - `free_bits`: the divergence enters the loss as the sum over dimensions of `max(free_bits, mean over the batch)`
    ///   (Kingma et al. 2016, appendix C8). `mean_norm` bounds the divergence from below too: they exclude each other.
    /// - `dropout` scales the other units up so that the expectation stays; `onset_dropout` scales nothing.
    /// - `weight_decay`: AdamW (Loshchilov & Hutter 2019, algorithm 2), without biases.
    /// - `ema`: the average is what validation, observers and the final model use. Early steps count more: the decay
    ///   of step `t` (from 1) is at most `(1 + t) / (10 + t)`, as in TensorFlow's `ExponentialMovingAverage`.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub struct TrainingOptions {
        /// Learning rate after its warm-up: constant, or falling in a line or a cosine.
        pub schedule: Schedule = constant,
        /// Epochs over which the learning rate rises from 0; may be a fraction.
        pub learning_rate_warmup: f64 = 0.0 in 0.0..=10_000.0,
        /// Share of the learning rate that remains at the last step.
        pub learning_rate_final: f64 = 0.0 in 0.0..=1.0 for schedule: linear | cosine,
        /// Nats of each latent dimension, averaged over a batch, that the KL divergence does not penalize.
        pub free_bits: f64 = 0.0 in 0.0..=100.0,
        /// Standard deviation to which posterior means are normalized over a batch in each latent dimension, so that
        /// the KL divergence cannot vanish; 0: none.
        pub mean_norm: f64 = 0.0 in 0.0..=10.0,
        /// Fraction of the decoder's hidden units (song_hidden and measure_hidden or core_hidden) set to 0 in each
        /// step.
        pub dropout: f64 = 0.0 in 0.0..=0.95,
        /// Fraction of the onsets hidden from the encoder, not from the loss.
        pub onset_dropout: f64 = 0.0 in 0.0..=0.95,
        /// Fraction subtracted from each weight per step, times the learning rate (AdamW).
        pub weight_decay: f64 = 0.0 in 0.0..=100.0,
        /// Maximum number of semitones by which a training sample is shifted each time it is read, up or down; onsets
        /// outside the grid's pitches are dropped.
        pub transpose: usize = 0 in 0..=127,
        /// Whether a training sample starts at a random measure each time it is read, its first measure following its
        /// last.
        pub rotate: bool = false,
        /// Decay per step of the moving average of the weights that is validated and saved; 0: none.
        pub ema: f64 = 0.0 in 0.0..=0.999_999,
        /// Epochs without a better validation F1 after which the training ends; 0: never.
        pub patience: Option<usize> = 0 in 0..=100_000,
        /// Which epoch's weights to save: the last, or the one with the best validation F1.
        pub keep: FinalWeights = last,
    }
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self::from_values(&Values::new(), ()).expect("defaults fit their fields")
    }
}

impl TrainingOptions {
    /// Checks all ranges, for a training of this many epochs on this many pitches.
    pub(crate) fn validate(&self, epochs: usize, pitches: usize) -> Result<(), ValueError> {
        self.check_ranges()?;
        let error = |name, found: &dyn fmt::Display, expected: &str| {
            Err(ValueError { name, found: found.to_string(), expected: expected.to_owned() })
        };
        if self.learning_rate_warmup >= epochs as f64 {
            return error("learning_rate_warmup", &self.learning_rate_warmup, "below `epochs`");
        }
        if self.free_bits > 0.0 && self.mean_norm > 0.0 {
            return error("free_bits", &self.free_bits, "0 where there is `mean_norm`");
        }
        if self.transpose >= pitches {
            return error("transpose", &self.transpose, "below the number of pitches");
        }
        if self.patience == Some(0) {
            return error("patience", &0, "at least 1, or absent");
        }
        Ok(())
    }

    /// Returns the factor of the learning rate at a step, counted from 0, of `total`.
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
    fn option_out_of_range_is_an_error_that_names_it() {
        let name = |change: fn(&mut TrainingOptions)| {
            let mut options = TrainingOptions::default();
            change(&mut options);
            match options.validate(3, 8) {
                Err(ValueError { name, .. }) => name,
                Ok(()) => panic!("all are in range"),
            }
        };
        assert_eq!(TrainingOptions::default().validate(3, 8), Ok(()));
        assert_eq!(name(|options| options.learning_rate_warmup = 3.0), "learning_rate_warmup");
        assert_eq!(name(|options| options.learning_rate_final = 1.5), "learning_rate_final");
        assert_eq!(name(|options| options.free_bits = f64::INFINITY), "free_bits");
        assert_eq!(name(|options| options.dropout = 1.0), "dropout");
        assert_eq!(name(|options| options.onset_dropout = f64::NAN), "onset_dropout");
        assert_eq!(name(|options| options.weight_decay = -0.1), "weight_decay");
        assert_eq!(name(|options| options.transpose = 8), "transpose");
        assert_eq!(name(|options| options.ema = 1.0), "ema");
        assert_eq!(name(|options| options.patience = Some(0)), "patience");
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
