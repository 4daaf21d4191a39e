//! What a training is told: raw values, and the same values known to be sensible.

use crate::architecture::{Architecture, ArchitectureError, NetworkSizes};
use crate::training_options::TrainingOptions;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// How a decoded pianoroll is compared with the true one, summed over the cells of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reconstruction {
    /// Squared error of the probabilities, as in the thesis. All silence costs the onset count.
    Mse,
    /// Binary cross-entropy in nats, with the output bias started at each cell's base rate.
    Bce,
    /// Negative log-likelihood in nats of the onsets as a Poisson process over the cells; the factored
    /// network's.
    Poisson,
}

impl Reconstruction {
    /// Whether a network can be trained with this loss.
    ///
    /// # Errors
    /// [`SettingsError::Loss`].
    pub fn fits(self, network: &NetworkSizes) -> Result<(), SettingsError> {
        let (fits, expected) = match network {
            NetworkSizes::Thesis(_) => (self != Reconstruction::Poisson, "`Bce` or `Mse`"),
            NetworkSizes::Factored(_) => (self == Reconstruction::Poisson, "`Poisson`"),
        };
        if fits { Ok(()) } else { Err(SettingsError::Loss { found: self, expected }) }
    }
}

/// What a song weighs in the loss of a factored network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum SongWeight {
    /// Every onset weighs the same, so a song weighs as much as it has onsets.
    #[default]
    Onsets,
    /// Every song weighs the same: its loss is multiplied by the mean onset count over its own.
    Equal,
}

/// Where a thesis network's output bias starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum OutputBias {
    /// At the base rates, with [`Reconstruction::Mse`] at zero as in the thesis.
    #[default]
    Auto,
    /// At the logit of each cell's rate in the training samples: silence need not be learned.
    BaseRate,
    /// At zero: every cell starts at probability one half.
    Zero,
}

/// The values of [`Settings`] before anything is known about them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSettings {
    /// Sizes of the network.
    pub architecture: Architecture,
    /// Reconstruction term of the loss.
    pub reconstruction: Reconstruction,
    /// What a song weighs in the loss of a factored network; the thesis' takes all songs as they are.
    #[serde(default)]
    pub song_weight: SongWeight,
    /// Where the output bias starts; the factored network's is always at the base rates.
    #[serde(default)]
    pub output_bias: OutputBias,
    /// Weight of the Kullback-Leibler divergence after the warm-up; 1 in the thesis, 0 makes a plain
    /// autoencoder with noise.
    pub beta: f64,
    /// Epochs over which the weight rises linearly from 0 to `beta`; may be a fraction, 0 is none.
    pub warmup_epochs: f64,
    /// Adam's step size, in (0, 1], before any schedule; 0.01 in the thesis.
    pub learning_rate: f64,
    /// Samples per step; the last step of an epoch takes what is left.
    pub batch: usize,
    /// Passes over the training samples.
    pub epochs: usize,
    /// Largest Euclidean norm of the gradient of all parameters together; larger ones are scaled down.
    pub gradient_clip: Option<f64>,
    /// What is added to a plain training; by default nothing.
    #[serde(default, rename = "remedies")]
    pub options: TrainingOptions,
    /// Root of initial weights, order of samples and noise.
    pub seed: u64,
}

/// Validated settings of a training; the only way to one is [`TryFrom<RawSettings>`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawSettings", into = "RawSettings")]
pub struct Settings(RawSettings);

/// Why [`RawSettings`] cannot be trained with.
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
        /// The range in words.
        expected: &'static str,
    },
    /// The network cannot be trained with this loss.
    #[error("the network is trained with {expected}, not with `{found:?}`")]
    Loss {
        /// The loss asked for.
        found: Reconstruction,
        /// The losses that it can be trained with.
        expected: &'static str,
    },
    /// A factored network starts at the base rates.
    #[error("`output_bias` can be `Zero` in the thesis' network alone")]
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
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        let clip = raw.gradient_clip;
        for (name, found, valid, expected) in [
            ("beta", raw.beta, not_negative(raw.beta), "finite and not negative"),
            (
                "warmup_epochs",
                raw.warmup_epochs,
                not_negative(raw.warmup_epochs),
                "finite and not negative",
            ),
            (
                "learning_rate",
                raw.learning_rate,
                raw.learning_rate > 0.0 && raw.learning_rate <= 1.0,
                "above 0 and at most 1",
            ),
            (
                "gradient_clip",
                clip.unwrap_or_default(),
                clip.is_none_or(|norm| norm.is_finite() && norm > 0.0),
                "finite and above 0, or absent",
            ),
        ] {
            if !valid {
                return Err(SettingsError::OutOfRange { name, found, expected });
            }
        }
        for (name, count) in [("batch", raw.batch), ("epochs", raw.epochs)] {
            if count == 0 {
                return Err(SettingsError::Zero { name });
            }
        }
        raw.options.validate(raw.epochs, raw.architecture.geometry.pitches())?;
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
    /// Weight of the divergence at a step counted from 0 over the whole training.
    pub(crate) fn beta_at(&self, step: u64, steps_per_epoch: usize) -> f64 {
        let warmup = self.warmup_epochs * steps_per_epoch as f64;
        if step as f64 >= warmup { self.beta } else { self.beta * (step as f64 / warmup) }
    }

    /// Adam's step size at a step counted from 0 over the whole training.
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
    fn settings_out_of_range_are_named() {
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
    fn beta_rises_linearly_through_the_warm_up_and_stays() {
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
