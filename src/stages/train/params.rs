//! The parameters of `train`.

use super::super::draw::Decoding;
use super::collapse::CollapseDetector;
use crate::music::roll::RollSize;
use crate::params::params;
use crate::stage_api::StageError;
use partita_vae::{
    Architecture, FactoredSizes, FinalWeights, NetworkSizes, OutputBias, RawSettings,
    Reconstruction, Schedule, Settings, SongWeight, ThesisSizes, TrainingOptions,
};
use strum::{EnumString, IntoStaticStr, VariantNames};

params! {
    /// The parameters of `train`.
    #[derive(Debug)]
    pub(super) struct Params {
        /// Network and its sizes.
        pub(super) sizes: Sizes,
        /// Reconstruction term of the loss. bce: cross-entropy from logits; mse: the thesis' squared error; poisson:
        /// likelihood of the onsets as a Poisson process, the only one of network: factored; auto: bce or poisson,
        /// whichever the network uses.
        pub(super) loss: Loss = auto,
        /// Initial bias of the output. base_rate: each cell's rate in the training samples; zero: one half for every
        /// cell (network: thesis); auto: base_rate, with loss: mse zero.
        pub(super) output_bias: OutputBias = auto,
        /// equal: every song counts alike; onsets: a song counts as much as it has onsets.
        song_weight: SongWeight = equal for network: factored,
        /// Weight of the KL divergence.
        beta: f64 = 0.2 in 0.0..=1000.0,
        /// Epochs over which beta rises from 0.
        beta_warmup: f64 = 2.0 in 0.0..=10_000.0,
        /// Adam's learning rate.
        learning_rate: f64 = 0.001 in 1e-9..=1.0,
        /// Learning rate after its warm-up: constant, or falling in a line or a cosine.
        schedule: Schedule = constant,
        /// Epochs over which the learning rate rises from 0.
        pub(super) learning_rate_warmup: f64 = 0.0 in 0.0..=10_000.0,
        /// Share of the learning rate that remains at the last step.
        learning_rate_final: f64 = 0.0 in 0.0..=1.0 for schedule: linear | cosine,
        /// Nats of each latent dimension, averaged over a batch, that the KL divergence does not penalize.
        pub(super) free_bits: f64 = 0.0 in 0.0..=100.0,
        /// Standard deviation to which posterior means are normalized over a batch in each latent dimension, so that
        /// the KL divergence cannot vanish; 0: none.
        pub(super) mean_norm: f64 = 0.0 in 0.0..=10.0,
        /// Fraction of the decoder's hidden units (song_hidden and measure_hidden or core_hidden) set to 0 in each
        /// step.
        dropout: f64 = 0.0 in 0.0..=0.95,
        /// Fraction of onsets hidden from the encoder, not from the loss.
        onset_dropout: f64 = 0.0 in 0.0..=0.95,
        /// Fraction subtracted from each weight per step, times the learning rate (AdamW).
        weight_decay: f64 = 0.0 in 0.0..=100.0,
        /// Maximum number of semitones by which a training sample is shifted each time it is read, up or down; onsets
        /// outside the grid's pitches are dropped.
        transpose: usize = 0 in 0..=127,
        /// Whether a training sample starts at a random measure each time it is read, its first measure following its
        /// last.
        rotate: bool = false,
        /// Decay per step of the moving average of the weights that is validated and saved; 0: none.
        ema: f64 = 0.0 in 0.0..=0.999_999,
        /// Epochs without a better validation F1 after which the training ends; 0: never.
        patience: Option<usize> = 0 in 0..=100_000,
        /// Which epoch's weights to save: the last, or the one with the best validation F1.
        keep: FinalWeights = last,
        /// Largest global norm of the gradient; 0: no clipping.
        gradient_clip: Option<f64> = 0.0 in 0.0..=1e12,
        /// Samples per step.
        pub(super) batch: usize = 64 in 1..=1_000_000,
        /// Passes over the training samples.
        pub(super) epochs: usize = 20 in 1..=100_000,
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

params! {
    /// The network and its sizes.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Sizes {
        /// thesis: dense over the cells of a measure; factored: decodes to rhythms, pitch profiles and how measures
        /// combine them, and learns much faster.
        pub(super) network: Network = thesis,
        /// Hidden units of the per-measure encoder, and of the thesis' decoder; 0: 2000 (thesis) or 256 (factored).
        pub(super) measure_hidden: Option<usize> = 0 in 0..=100_000,
        /// Size of a measure's code; 0: 200 (thesis) or 128 (factored).
        pub(super) measure_code: Option<usize> = 0 in 0..=100_000,
        /// Hidden units of the song encoder and decoder; 0: 1600 (thesis) or 512 (factored).
        pub(super) song_hidden: Option<usize> = 0 in 0..=100_000,
        /// Dimensions of the latent space.
        pub(super) latent: usize = 120 in 1..=100_000,
        /// Rhythms of a song.
        pub(super) rhythms: usize = 24 in 1..=100_000 for network: factored,
        /// Pitch profiles of a song.
        pub(super) pitch_profiles: usize = 24 in 1..=100_000 for network: factored,
        /// Size of the code that a measure is decoded from.
        pub(super) core_code: usize = 64 in 1..=100_000 for network: factored,
        /// Hidden units of the per-measure decoder.
        pub(super) core_hidden: usize = 256 in 1..=100_000 for network: factored,
        /// Whether the decoder's hidden units of a measure depend on which measure it is; in the factored network they
        /// always do.
        pub(super) measure_position: bool = false for network: thesis,
        /// Whether posterior means start as the sample's principal components, to which the network adds.
        pub(super) principal_components: bool = true for network: factored,
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

impl Sizes {
    pub(super) fn architecture(self, geometry: RollSize) -> Architecture {
        let Sizes { measure_hidden, measure_code, song_hidden, latent, .. } = self;
        let network = match self.network {
            Network::Thesis => NetworkSizes::Thesis(ThesisSizes {
                measure_hidden: measure_hidden.unwrap_or(2000),
                measure_code: measure_code.unwrap_or(200),
                song_hidden: song_hidden.unwrap_or(1600),
                measure_position: self.measure_position,
            }),
            Network::Factored => NetworkSizes::Factored(FactoredSizes {
                measure_hidden: measure_hidden.unwrap_or(256),
                measure_code: measure_code.unwrap_or(128),
                song_hidden: song_hidden.unwrap_or(512),
                rhythms: self.rhythms,
                pitch_profiles: self.pitch_profiles,
                core_code: self.core_code,
                core_hidden: self.core_hidden,
                principal_components: self.principal_components,
            }),
        };
        Architecture { geometry, latent, network }
    }
}

impl Params {
    fn reconstruction(&self) -> Reconstruction {
        match (self.loss, self.sizes.network) {
            (Loss::Auto, Network::Thesis) | (Loss::Bce, _) => Reconstruction::Bce,
            (Loss::Auto, Network::Factored) | (Loss::Poisson, _) => Reconstruction::Poisson,
            (Loss::Mse, _) => Reconstruction::Mse,
        }
    }

    /// The settings of a training on samples of this size.
    pub(super) fn settings(&self, geometry: RollSize, seed: u64) -> Result<Settings, StageError> {
        let raw = RawSettings {
            architecture: self.sizes.architecture(geometry),
            reconstruction: self.reconstruction(),
            song_weight: match self.sizes.network {
                Network::Thesis => SongWeight::Onsets,
                Network::Factored => self.song_weight,
            },
            output_bias: self.output_bias,
            beta: self.beta,
            warmup_epochs: self.beta_warmup,
            learning_rate: self.learning_rate,
            batch: self.batch,
            epochs: self.epochs,
            gradient_clip: self.gradient_clip,
            options: self.options(),
            seed,
        };
        Settings::try_from(raw).map_err(StageError::failed)
    }

    fn options(&self) -> TrainingOptions {
        TrainingOptions {
            schedule: self.schedule,
            learning_rate_warmup: self.learning_rate_warmup,
            learning_rate_final: self.learning_rate_final,
            free_bits: self.free_bits,
            mean_norm: self.mean_norm,
            dropout: self.dropout,
            onset_dropout: self.onset_dropout,
            weight_decay: self.weight_decay,
            transpose: self.transpose,
            rotate: self.rotate,
            ema: self.ema,
            patience: self.patience,
            keep: self.keep,
        }
    }

    /// How the songs of an epoch are decoded.
    pub(super) fn decoding(&self, median_onsets: u32) -> Decoding {
        match self.decode {
            Decode::Density => Decoding::Density(median_onsets as usize),
            Decode::Threshold => Decoding::Threshold(self.threshold as f32),
        }
    }

    /// Returns the detector of a collapsed posterior.
    pub(super) fn collapse(&self) -> CollapseDetector {
        CollapseDetector {
            latent: self.sizes.latent,
            beta_warmup: self.beta_warmup,
            mse: self.loss == Loss::Mse,
        }
    }

    /// What is chosen by validation F1 needs samples to validate with.
    pub(super) fn needs_validation(&self, samples: usize) -> Result<(), StageError> {
        let name = match (self.keep, self.patience) {
            (FinalWeights::Best, _) => "keep: best",
            (_, Some(_)) => "patience",
            _ => return Ok(()),
        };
        if samples > 0 {
            return Ok(());
        }
        Err(StageError::with_hint(
            format!("`{name}` goes by the F1 of validation samples, and there are none"),
            format!("raise `validation` of the extract stage, or leave `{name}` out"),
        ))
    }
}
