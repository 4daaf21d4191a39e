//! The parameters of `train`.

use super::super::draw::Decoding;
use crate::music::roll::RollSize;
use crate::params::{Parameter, Params as _, ValueError, Values, count, join, params};
use partita_vae::{
    Architecture, FactoredSizes, NetworkSizes, RawSettings, Reconstruction, SongWeight, ThesisSizes,
};
use strum::{EnumString, IntoStaticStr, VariantNames};

params! {
    /// The parameters of `train`.
    #[derive(Debug)]
    pub(super) struct Params {
        /// thesis: dense over the cells of a measure; factored: decodes to rhythms, pitch profiles and how measures
        /// combine them, and learns much faster.
        pub(super) network: Network = thesis,
        /// Hidden units of the per-measure encoder, and of the thesis' decoder; 0: 2000 (thesis) or 256 (factored).
        measure_hidden: Option<usize> = 0 in 0..=100_000,
        /// Size of a measure's code; 0: 200 (thesis) or 128 (factored).
        measure_code: Option<usize> = 0 in 0..=100_000,
        /// Hidden units of the song encoder and decoder; 0: 1600 (thesis) or 512 (factored).
        song_hidden: Option<usize> = 0 in 0..=100_000,
        /// Dimensions of the latent space.
        latent: usize = 120 in 1..=100_000,
        /// Reconstruction term of the loss. bce: cross-entropy from logits; mse: the thesis' squared error; poisson:
        /// likelihood of the onsets as a Poisson process, the only one of network: factored; auto: bce or poisson,
        /// whichever the network uses.
        pub(super) loss: Loss = auto,
        /// Minutes between two checkpoints within an epoch; 0: only after each epoch. It does not change the results.
        pub(super) checkpoint_minutes: f64 = 5.0 in 0.0..=100_000.0 as unhashed,
        /// Songs generated after each epoch, always from the same latent vectors.
        pub(super) songs: usize = 3 in 1..=100,
        /// Epochs between two sets of such songs; epoch 0 and the last epoch always have them.
        pub(super) songs_every: usize = 1 in 1..=100_000,
        /// How to choose the onsets of those songs: density or threshold, as for generate.
        pub(super) decode: Decode = density,
        /// The lowest probability of an onset.
        pub(super) threshold: f64 = 0.5 in 0.0..=1.0 for decode: threshold,
    }
}

/// The parameter `network`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Network {
    Thesis,
    Factored,
}

/// The parameter `loss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Loss {
    Auto,
    Bce,
    Mse,
    Poisson,
}

/// The parameter `decode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Decode {
    Density,
    Threshold,
}

/// All parameters of the kind.
pub(super) const PARAMETERS: &[Parameter] = {
    const GROUPS: &[&[Parameter]] = &[
        Params::PARAMETERS,
        ThesisSizes::PARAMETERS,
        FactoredSizes::PARAMETERS,
        RawSettings::PARAMETERS,
    ];
    &join::<{ count(GROUPS) }>(GROUPS)
};

impl Params {
    /// Returns the settings of a training on samples of this size, before validation.
    pub(super) fn settings(
        &self,
        values: &Values,
        geometry: RollSize,
        seed: u64,
    ) -> Result<RawSettings, ValueError> {
        let given = (self.architecture(values, geometry)?, self.reconstruction(), seed);
        let mut settings = RawSettings::from_values(values, given)?;
        if self.network == Network::Thesis {
            settings.song_weight = SongWeight::Onsets;
        }
        Ok(settings)
    }

    fn architecture(&self, values: &Values, size: RollSize) -> Result<Architecture, ValueError> {
        let sizes = |measure_hidden, measure_code, song_hidden| {
            (
                self.measure_hidden.unwrap_or(measure_hidden),
                self.measure_code.unwrap_or(measure_code),
                self.song_hidden.unwrap_or(song_hidden),
            )
        };
        let network = match self.network {
            Network::Thesis => {
                NetworkSizes::Thesis(ThesisSizes::from_values(values, sizes(2000, 200, 1600))?)
            }
            Network::Factored => {
                NetworkSizes::Factored(FactoredSizes::from_values(values, sizes(256, 128, 512))?)
            }
        };
        Ok(Architecture { geometry: size, latent: self.latent, network })
    }

    fn reconstruction(&self) -> Reconstruction {
        match (self.loss, self.network) {
            (Loss::Auto, Network::Thesis) | (Loss::Bce, _) => Reconstruction::Bce,
            (Loss::Auto, Network::Factored) | (Loss::Poisson, _) => Reconstruction::Poisson,
            (Loss::Mse, _) => Reconstruction::Mse,
        }
    }

    /// Returns how the songs of an epoch are decoded.
    pub(super) fn decoding(&self, median_onsets: u32) -> Decoding<'static> {
        match self.decode {
            Decode::Density => Decoding::Density(median_onsets as usize),
            Decode::Threshold => Decoding::Threshold(self.threshold as f32),
        }
    }
}
