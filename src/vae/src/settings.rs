//! Settings of a training, raw and validated.

use crate::architecture::{Architecture, ArchitectureError, NetworkSizes};
use crate::training_options::TrainingOptions;
use partita_params::{Params as _, ValueError, params};
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use strum::{EnumString, IntoStaticStr, VariantNames};

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
#[derive(EnumString, IntoStaticStr, VariantNames)]
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
#[derive(EnumString, IntoStaticStr, VariantNames)]
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

params! {
    /// The values of [`Settings`] before validation.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct RawSettings {
        given {
            /// Network and its sizes.
            pub architecture: Architecture,
            /// Reconstruction term of the loss.
            pub reconstruction: Reconstruction,
        }
        /// Weight of a song in the loss. equal: every song counts alike; onsets: a song counts as much as it has
        /// onsets.
        #[serde(default)]
        pub song_weight: SongWeight = equal for network: factored,
        /// Initial bias of the output. base_rate: each cell's rate in the training samples; zero: one half for every
        /// cell (network: thesis); auto: base_rate, with loss: mse zero.
        #[serde(default)]
        pub output_bias: OutputBias = auto,
        /// Weight of the KL divergence after its warm-up; 1 in the thesis.
        pub beta: f64 = 0.2 in 0.0..=1000.0,
        /// Epochs over which beta rises from 0; may be a fraction.
        #[serde(rename = "warmup_epochs")]
        pub beta_warmup: f64 = 2.0 in 0.0..=10_000.0,
        /// Adam's learning rate, before any schedule; 0.01 in the thesis.
        pub learning_rate: f64 = 0.001 in 1e-9..=1.0,
        /// Samples per step; the last step of an epoch has the rest.
        pub batch: usize = 64 in 1..=1_000_000,
        /// Passes over the training samples.
        pub epochs: usize = 20 in 1..=100_000,
        /// Maximum Euclidean norm of the gradient of all parameters together; larger ones are scaled down; 0: no
        /// clipping.
        pub gradient_clip: Option<f64> = 0.0 in 0.0..=1e12,
        /// Additions to the training of the thesis.
        #[serde(default, rename = "remedies")]
        pub options: TrainingOptions,
        given {
            /// Root of initial weights, order of samples and noise.
            pub seed: u64,
        }
    }
}

/// Validated settings of a training, created by [`TryFrom<RawSettings>`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawSettings")]
pub struct Settings(RawSettings);

/// Why [`RawSettings`] are not valid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// The network cannot be built.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// A value is out of its range.
    #[error(transparent)]
    OutOfRange(#[from] ValueError),
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
}

impl TryFrom<RawSettings> for Settings {
    type Error = SettingsError;

    fn try_from(raw: RawSettings) -> Result<Self, SettingsError> {
        raw.architecture.validate()?;
        raw.reconstruction.fits(&raw.architecture.network)?;
        if raw.output_bias == OutputBias::Zero && raw.reconstruction == Reconstruction::Poisson {
            return Err(SettingsError::OutputBias);
        }
        raw.check_ranges()?;
        if raw.gradient_clip == Some(0.0) {
            let expected = "above 0, or absent".to_owned();
            Err(ValueError { name: "gradient_clip", found: "0".to_owned(), expected })?;
        }
        raw.options.validate(raw.epochs, raw.architecture.geometry.pitches())?;
        Ok(Settings(raw))
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
        let warmup = self.beta_warmup * steps_per_epoch as f64;
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
            Err(SettingsError::OutOfRange(error)) => error.name,
            other => panic!("{other:?}"),
        };
        assert_eq!(name(RawSettings { beta: f64::NAN, ..raw_settings() }), "beta");
        assert_eq!(name(RawSettings { beta_warmup: -1.0, ..raw_settings() }), "beta_warmup");
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
    fn json_of_settings_keeps_its_format() {
        // Checkpoints compare this text.
        let json = serde_json::to_string(&raw_settings()).unwrap();
        let (_, rest) = json.split_once(",\"reconstruction\":").unwrap();
        let expected = concat!(
            r#""bce","song_weight":"onsets","output_bias":"auto","beta":0.1,"warmup_epochs":1.0,"#,
            r#""learning_rate":0.003,"batch":8,"epochs":3,"gradient_clip":10.0,"remedies":{"#,
            r#""schedule":"constant","learning_rate_warmup":0.0,"learning_rate_final":0.0,"#,
            r#""free_bits":0.0,"mean_norm":0.0,"dropout":0.0,"onset_dropout":0.0,"#,
            r#""weight_decay":0.0,"transpose":0,"rotate":false,"ema":0.0,"patience":null,"#,
            r#""keep":"last"},"seed":11}"#,
        );
        assert_eq!(rest, expected);
    }

    #[test]
    fn beta_rises_linearly_through_the_warm_up_and_stays() {
        let raw = RawSettings { beta: 0.2, beta_warmup: 1.5, ..raw_settings() };
        let settings = Settings::try_from(raw).unwrap();
        assert_eq!(settings.beta_at(0, 10), 0.0);
        assert!((settings.beta_at(6, 10) - 0.08).abs() < 1e-12);
        assert_eq!(settings.beta_at(15, 10), 0.2);
        assert_eq!(settings.beta_at(u64::MAX, 10), 0.2);
        let raw = RawSettings { beta: 0.2, beta_warmup: 0.0, ..raw_settings() };
        assert_eq!(Settings::try_from(raw).unwrap().beta_at(0, 10), 0.2);
    }
}
