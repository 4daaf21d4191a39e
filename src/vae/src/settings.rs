//! Settings of a training, raw and validated.

use crate::architecture::{Architecture, ArchitectureError, NetworkSizes};
use crate::training_options::TrainingOptions;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// Reconstruction loss, summed over the cells of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reconstruction {
    /// Squared error of the probabilities, as in the thesis. Predicting silence costs the number of onsets.
    Mse,
    /// Binary cross-entropy in nats; the output bias starts at each cell's base rate.
    Bce,
    /// Negative log-likelihood in nats of the onsets as a Poisson process over the cells; for the factored
    /// network.
    Poisson,
}

impl Reconstruction {
    /// Checks that a network can be trained with this loss.
    ///
    /// # Errors
    /// Returns [`SettingsError::Loss`] if it cannot.
    pub fn fits(self, network: &NetworkSizes) -> Result<(), SettingsError> {
        let (fits, expected) = match network {
            NetworkSizes::Thesis(_) => (self != Reconstruction::Poisson, "`Bce` or `Mse`"),
            NetworkSizes::Factored(_) => (self == Reconstruction::Poisson, "`Poisson`"),
        };
        if fits { Ok(()) } else { Err(SettingsError::Loss { found: self, expected }) }
    }
}

/// Weight of a song in the loss of a factored network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum SongWeight {
    /// Every onset has the same weight, so a song's weight is its number of onsets.
    #[default]
    Onsets,
    /// Every song has the same weight: its loss is multiplied by the mean onset count over its own.
    Equal,
}

/// Initial output bias of a thesis network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum OutputBias {
    /// The base rates; with [`Reconstruction::Mse`] zero, as in the thesis.
    #[default]
    Auto,
    /// The logit of each cell's rate in the training samples, so that silence need not be learned.
    BaseRate,
    /// Zero: every cell starts at probability 0.5.
    Zero,
}

/// The values of [`Settings`] before validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSettings {
    /// Sizes of the network.
    pub architecture: Architecture,
    /// Reconstruction term of the loss.
    pub reconstruction: Reconstruction,
    /// Weight of a song in the loss of a factored network; the thesis network ignores it.
    #[serde(default)]
    pub song_weight: SongWeight,
    /// Initial output bias; the factored network always starts at the base rates.
    #[serde(default)]
    pub output_bias: OutputBias,
    /// Weight of the KL divergence after the warm-up; 1 in the thesis; 0: a plain autoencoder with noise.
    pub beta: f64,
    /// Epochs over which the weight rises linearly from 0 to `beta`; may be a fraction; 0: none.
    pub warmup_epochs: f64,
    /// Adam's step size, in (0, 1], before any schedule; 0.01 in the thesis.
    pub learning_rate: f64,
    /// Samples per step; the last step of an epoch has the remaining ones.
    pub batch: usize,
    /// Passes over the training samples.
    pub epochs: usize,
    /// Maximum Euclidean norm of the gradient of all parameters; larger gradients are scaled down.
    pub gradient_clip: Option<f64>,
    /// Options beyond a plain training.
    #[serde(default, rename = "remedies")]
    pub options: TrainingOptions,
    /// Seed of initial weights, order of samples and noise.
    pub seed: u64,
}

/// Validated settings of a training, created by [`TryFrom<RawSettings>`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawSettings", into = "RawSettings")]
pub struct Settings(RawSettings);

/// Why [`RawSettings`] are not valid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// The network cannot be built.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// A number is outside its range.
    #[error("`{name}` is {found}, but must be {expected}")]
    OutOfRange {
        /// Field of [`RawSettings`].
        name: &'static str,
        /// Its value.
        found: f64,
        /// Description of the range.
        expected: &'static str,
    },
    /// The network cannot be trained with this loss.
    #[error("the network is trained with {expected}, not with `{found:?}`")]
    Loss {
        /// The requested loss.
        found: Reconstruction,
        /// The losses that the network supports.
        expected: &'static str,
    },
    /// A factored network always starts at the base rates.
    #[error("`output_bias` can be `Zero` only for the thesis network")]
    OutputBias,
    /// A count is zero.
    #[error("`{name}` must be at least 1")]
    Zero {
        /// Field of [`RawSettings`].
        name: &'static str,
    },
}

impl TryFrom<RawSettings> for Settings {
    type Error = SettingsError;

    fn try_from(raw: RawSettings) -> Result<Self, SettingsError> {
        raw.architecture.validate()?;
        raw.reconstruction.fits(&raw.architecture.network)?;
        if raw.output_bias == OutputBias::Zero && raw.reconstruction == Reconstruction::Poisson {
            return Err(SettingsError::OutputBias);
        }
        let options = &raw.options;
        let patience = options.patience.unwrap_or(1);
        for (name, count) in [("batch", raw.batch), ("epochs", raw.epochs), ("patience", patience)]
        {
            if count == 0 {
                return Err(SettingsError::Zero { name });
            }
        }
        let check = |name, found, is_valid, expected| match is_valid {
            true => Ok(()),
            false => Err(SettingsError::OutOfRange { name, found, expected }),
        };
        for (name, value) in [
            ("beta", raw.beta),
            ("warmup_epochs", raw.warmup_epochs),
            ("free_bits", options.free_bits),
            ("mean_norm", options.mean_norm),
            ("weight_decay", options.weight_decay),
        ] {
            check(name, value, value.is_finite() && value >= 0.0, "finite and not negative")?;
        }
        for (name, value) in [
            ("dropout", options.dropout),
            ("onset_dropout", options.onset_dropout),
            ("ema", options.ema),
        ] {
            check(name, value, (0.0..1.0).contains(&value), "at least 0 and below 1")?;
        }
        let rate = raw.learning_rate;
        check("learning_rate", rate, rate > 0.0 && rate <= 1.0, "above 0 and at most 1")?;
        let clip = raw.gradient_clip.unwrap_or(1.0);
        let is_valid = clip.is_finite() && clip > 0.0;
        check("gradient_clip", clip, is_valid, "finite and above 0, or absent")?;
        let warmup = options.learning_rate_warmup;
        let is_valid = (0.0..raw.epochs as f64).contains(&warmup);
        check("learning_rate_warmup", warmup, is_valid, "at least 0 and below `epochs`")?;
        let share = options.learning_rate_final;
        check("learning_rate_final", share, (0.0..=1.0).contains(&share), "between 0 and 1")?;
        let is_valid = options.free_bits == 0.0 || options.mean_norm == 0.0;
        check("free_bits", options.free_bits, is_valid, "0 with `mean_norm`")?;
        let is_valid = options.transpose < raw.architecture.geometry.pitches();
        check("transpose", options.transpose as f64, is_valid, "below the number of pitches")?;
        Ok(Settings(raw))
    }
}

impl From<Settings> for RawSettings {
    fn from(settings: Settings) -> RawSettings {
        settings.0
    }
}

impl Deref for Settings {
    type Target = RawSettings;

    fn deref(&self) -> &RawSettings {
        &self.0
    }
}

impl Settings {
    /// Returns the weight of the KL divergence at a step, counted from 0 over the whole training.
    pub(crate) fn beta_at(&self, step: u64, steps_per_epoch: usize) -> f64 {
        let warmup = self.warmup_epochs * steps_per_epoch as f64;
        if step as f64 >= warmup { self.beta } else { self.beta * (step as f64 / warmup) }
    }

    /// Returns Adam's step size at a step, counted from 0 over the whole training.
    pub(crate) fn learning_rate_at(&self, step: u64, steps_per_epoch: usize) -> f64 {
        let total = steps_per_epoch as u64 * self.epochs as u64;
        self.learning_rate * self.options.rate_factor(step, steps_per_epoch, total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::raw_settings;

    #[test]
    fn setting_out_of_range_is_an_error_that_names_it() {
        let name = |raw: RawSettings| match Settings::try_from(raw) {
            Err(SettingsError::OutOfRange { name, .. } | SettingsError::Zero { name }) => name,
            other => panic!("{other:?}"),
        };
        assert_eq!(name(RawSettings { beta: f64::NAN, ..raw_settings() }), "beta");
        assert_eq!(name(RawSettings { warmup_epochs: -1.0, ..raw_settings() }), "warmup_epochs");
        assert_eq!(name(RawSettings { learning_rate: 0.0, ..raw_settings() }), "learning_rate");
        assert_eq!(
            name(RawSettings { gradient_clip: Some(0.0), ..raw_settings() }),
            "gradient_clip"
        );
        assert_eq!(name(RawSettings { batch: 0, ..raw_settings() }), "batch");
        assert_eq!(name(RawSettings { epochs: 0, ..raw_settings() }), "epochs");
        let json = serde_json::to_string(&RawSettings { batch: 0, ..raw_settings() }).unwrap();
        assert!(serde_json::from_str::<Settings>(&json).is_err());
    }

    #[test]
    fn option_out_of_range_is_an_error_that_names_it() {
        let name = |change: fn(&mut TrainingOptions)| {
            let mut raw = RawSettings { epochs: 3, ..raw_settings() };
            change(&mut raw.options);
            match Settings::try_from(raw) {
                Err(SettingsError::OutOfRange { name, .. } | SettingsError::Zero { name }) => name,
                other => panic!("{other:?}"),
            }
        };
        assert!(Settings::try_from(RawSettings { epochs: 3, ..raw_settings() }).is_ok());
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
    fn beta_rises_linearly_during_the_warm_up_and_stays() {
        let raw = RawSettings { beta: 0.2, warmup_epochs: 1.5, ..raw_settings() };
        let settings = Settings::try_from(raw).unwrap();
        assert_eq!(settings.beta_at(0, 10), 0.0);
        assert!((settings.beta_at(6, 10) - 0.08).abs() < 1e-12);
        assert_eq!(settings.beta_at(15, 10), 0.2);
        assert_eq!(settings.beta_at(u64::MAX, 10), 0.2);
        let raw = RawSettings { beta: 0.2, warmup_epochs: 0.0, ..raw_settings() };
        assert_eq!(Settings::try_from(raw).unwrap().beta_at(0, 10), 0.2);
    }
}
