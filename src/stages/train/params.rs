//! The parameters of `train`, under the field's names.

use super::alarm::Alarm;
use crate::music::roll::RollSize;
use crate::spec::{Accepts, Constant, Parameter};
use crate::stage_api::StageError;
use partita_vae::{
    Architecture, FactoredSizes, Keep, NetworkSizes, OutputBias, RawSettings, Reconstruction,
    Remedies, Schedule, Settings, SongWeight, ThesisSizes,
};
use serde::Deserialize;

const fn size(name: &'static str, about: &'static str, default: i64) -> Parameter {
    Parameter {
        name,
        about,
        accepts: Accepts::Integer(1, 100_000),
        default: Constant::Integer(default),
    }
}

/// A size whose default is the network's own.
const fn own(name: &'static str, about: &'static str) -> Parameter {
    let accepts = Accepts::Integer(0, 100_000);
    Parameter { name, about, accepts, default: Constant::Integer(0) }
}

/// A number that is 0 unless the pipeline says otherwise.
const fn addition(name: &'static str, about: &'static str, most: f64) -> Parameter {
    let accepts = Accepts::Number(0.0, most);
    Parameter { name, about, accepts, default: Constant::Number(0.0) }
}

const fn choice(
    name: &'static str,
    about: &'static str,
    words: &'static [&'static str],
    default: &'static str,
) -> Parameter {
    Parameter { name, about, accepts: Accepts::Choice(words), default: Constant::Text(default) }
}

pub(super) const PARAMETERS: &[Parameter] = &[
    choice(
        "network",
        "thesis: dense over the cells of a measure; factored: decodes to rhythms, pitch profiles and how \
         measures combine them, and learns much faster.",
        &["thesis", "factored"],
        "thesis",
    ),
    own(
        "measure_hidden",
        "Hidden units of the per-measure encoder, and of the thesis' decoder; 0: 2000 (thesis) or 256 \
         (factored).",
    ),
    own(
        "measure_code",
        "Numbers that a measure is condensed to; 0: 200 (thesis) or 128 (factored).",
    ),
    own(
        "song_hidden",
        "Hidden units of the song encoder and decoder; 0: 1600 (thesis) or 512 (factored).",
    ),
    size("latent", "Dimensions of the latent space.", 120),
    size("rhythms", "Rhythms of a song (network: factored).", 24),
    size("pitch_profiles", "Pitch profiles of a song (network: factored).", 24),
    size("core_code", "Numbers that a measure is decoded from (network: factored).", 64),
    size("core_hidden", "Hidden units of the per-measure decoder (network: factored).", 256),
    Parameter {
        name: "measure_position",
        about: "Whether the decoder's hidden units of a measure are told which measure it is (network: \
                thesis; the factored one always is).",
        accepts: Accepts::Boolean,
        default: Constant::Boolean(false),
    },
    Parameter {
        name: "principal_components",
        about: "Whether posterior means start as the sample's principal components, to which the network \
                adds (network: factored).",
        accepts: Accepts::Boolean,
        default: Constant::Boolean(true),
    },
    Parameter {
        name: "loss",
        about: "bce: cross-entropy from logits; mse: the thesis' squared error; poisson: likelihood of the onsets as a Poisson process, the only one of \
                network: factored; auto: bce or poisson, whichever the network takes.",
        accepts: Accepts::Choice(&["auto", "bce", "mse", "poisson"]),
        default: Constant::Text("auto"),
    },
    choice(
        "output_bias",
        "Where the bias of the output starts. base_rate: at each cell's rate in the training samples; zero: \
         every cell at one half (network: thesis); auto: base_rate, with loss: mse zero.",
        &["auto", "base_rate", "zero"],
        "auto",
    ),
    choice(
        "song_weight",
        "With loss: poisson, equal: every song counts alike; onsets: a song counts as much as it has \
         onsets.",
        &["equal", "onsets"],
        "equal",
    ),
    Parameter {
        name: "beta",
        about: "Weight of the KL divergence.",
        accepts: Accepts::Number(0.0, 1000.0),
        default: Constant::Number(0.2),
    },
    Parameter {
        name: "beta_warmup",
        about: "Epochs over which beta rises from 0.",
        accepts: Accepts::Number(0.0, 10_000.0),
        default: Constant::Number(2.0),
    },
    Parameter {
        name: "learning_rate",
        about: "Adam's learning rate.",
        accepts: Accepts::Number(1e-9, 1.0),
        default: Constant::Number(0.001),
    },
    choice(
        "schedule",
        "How the learning rate goes on after its warm-up: constant, or falling in a line or a cosine.",
        &["constant", "linear", "cosine"],
        "constant",
    ),
    addition("learning_rate_warmup", "Epochs over which the learning rate rises from 0.", 10_000.0),
    addition(
        "learning_rate_final",
        "Share of the learning rate that a falling schedule leaves for the last step.",
        1.0,
    ),
    addition(
        "free_bits",
        "Nats of each latent dimension, averaged over a batch, that the KL divergence leaves free.",
        100.0,
    ),
    addition(
        "mean_norm",
        "Deviation to which posterior means are normalised over a batch in each latent dimension, so that \
         the KL divergence cannot vanish; 0: none.",
        10.0,
    ),
    addition(
        "dropout",
        "Share of the decoder's hidden units (song_hidden and measure_hidden or core_hidden) silenced in \
         each step.",
        0.95,
    ),
    addition(
        "onset_dropout",
        "Share of the onsets that the encoder does not see; the decoder is still asked for them.",
        0.95,
    ),
    addition(
        "weight_decay",
        "Share of each weight taken off per step, times the learning rate (AdamW).",
        100.0,
    ),
    Parameter {
        name: "transpose",
        about: "Most semitones by which each reading of a training sample is shifted, up or down; onsets \
                that leave the pitches are dropped.",
        accepts: Accepts::Integer(0, 127),
        default: Constant::Integer(0),
    },
    Parameter {
        name: "rotate",
        about: "Whether each reading of a training sample begins at any of its measures, the first \
                following the last.",
        accepts: Accepts::Boolean,
        default: Constant::Boolean(false),
    },
    addition(
        "ema",
        "Decay per step of the moving average of the weights that is validated and handed on; 0: none.",
        0.999_999,
    ),
    Parameter {
        name: "patience",
        about: "Epochs without a better validation F1 after which the training ends; 0: never.",
        accepts: Accepts::Integer(0, 100_000),
        default: Constant::Integer(0),
    },
    choice(
        "keep",
        "Which epoch's weights are handed on: the last, or the one with the best validation F1.",
        &["last", "best"],
        "last",
    ),
    Parameter {
        name: "gradient_clip",
        about: "Largest global norm of the gradient; 0: no clipping.",
        accepts: Accepts::Number(0.0, 1e12),
        default: Constant::Number(0.0),
    },
    Parameter {
        name: "batch",
        about: "Samples a step.",
        accepts: Accepts::Integer(1, 1_000_000),
        default: Constant::Integer(64),
    },
    Parameter {
        name: "epochs",
        about: "Passes over the training samples.",
        accepts: Accepts::Integer(1, 100_000),
        default: Constant::Integer(20),
    },
    Parameter {
        name: "checkpoint_minutes",
        about: "Minutes from one checkpoint to the next within an epoch; 0: only after each epoch. It \
                changes nothing that comes out.",
        accepts: Accepts::Number(0.0, 100_000.0),
        default: Constant::Number(5.0),
    },
    Parameter {
        name: "songs",
        about: "Songs drawn after each epoch, always from the same latent vectors.",
        accepts: Accepts::Integer(1, 100),
        default: Constant::Integer(3),
    },
    Parameter {
        name: "songs_every",
        about: "Epochs from one such drawing to the next; epoch 0 and the last are always drawn.",
        accepts: Accepts::Integer(1, 100_000),
        default: Constant::Integer(1),
    },
    Parameter {
        name: "decode",
        about: "Which cells of those songs are onsets: density or threshold, as for generate.",
        accepts: Accepts::Choice(&["density", "threshold"]),
        default: Constant::Text("density"),
    },
    Parameter {
        name: "threshold",
        about: "The probability for decode: threshold.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.5),
    },
];

/// Which network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Network {
    Thesis,
    Factored,
}

/// The parameter `loss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Loss {
    Auto,
    Bce,
    Mse,
    Poisson,
}

#[derive(Debug, Deserialize)]
pub(super) struct Params {
    #[serde(flatten)]
    sizes: Sizes,
    loss: Loss,
    song_weight: SongWeight,
    output_bias: OutputBias,
    beta: f64,
    beta_warmup: f64,
    learning_rate: f64,
    schedule: Schedule,
    learning_rate_warmup: f64,
    learning_rate_final: f64,
    free_bits: f64,
    mean_norm: f64,
    dropout: f64,
    onset_dropout: f64,
    weight_decay: f64,
    transpose: usize,
    rotate: bool,
    ema: f64,
    patience: usize,
    keep: Keep,
    gradient_clip: f64,
    batch: usize,
    pub(super) epochs: usize,
    pub(super) checkpoint_minutes: f64,
    pub(super) songs: usize,
    pub(super) songs_every: usize,
    pub(super) decode: String,
    pub(super) threshold: f64,
}

/// The parameters that are sizes of a network.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Sizes {
    pub(super) network: Network,
    pub(super) measure_hidden: usize,
    pub(super) measure_code: usize,
    pub(super) song_hidden: usize,
    pub(super) latent: usize,
    pub(super) rhythms: usize,
    pub(super) pitch_profiles: usize,
    pub(super) core_code: usize,
    pub(super) core_hidden: usize,
    pub(super) principal_components: bool,
    pub(super) measure_position: bool,
}

impl Sizes {
    pub(super) fn architecture(self, geometry: RollSize) -> Architecture {
        let own = |size: usize, default: usize| if size == 0 { default } else { size };
        let Sizes { measure_hidden, measure_code, song_hidden, latent, .. } = self;
        let network = match self.network {
            Network::Thesis => NetworkSizes::Thesis(ThesisSizes {
                measure_hidden: own(measure_hidden, 2000),
                measure_code: own(measure_code, 200),
                song_hidden: own(song_hidden, 1600),
                measure_position: self.measure_position,
            }),
            Network::Factored => NetworkSizes::Factored(FactoredSizes {
                measure_hidden: own(measure_hidden, 256),
                measure_code: own(measure_code, 128),
                song_hidden: own(song_hidden, 512),
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
            gradient_clip: (self.gradient_clip > 0.0).then_some(self.gradient_clip),
            remedies: self.remedies(),
            seed,
        };
        Settings::try_from(raw).map_err(StageError::failed)
    }

    fn remedies(&self) -> Remedies {
        Remedies {
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
            patience: (self.patience > 0).then_some(self.patience),
            keep: self.keep,
        }
    }

    /// When the posterior counts as collapsed.
    pub(super) fn alarm(&self) -> Alarm {
        Alarm {
            latent: self.sizes.latent,
            beta_warmup: self.beta_warmup,
            mse: self.loss == Loss::Mse,
        }
    }

    /// What is chosen by validation F1 needs samples to validate with.
    pub(super) fn needs_validation(&self, samples: usize) -> Result<(), StageError> {
        let name = match (self.keep, self.patience) {
            (Keep::Best, _) => "keep: best",
            (_, 1..) => "patience",
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
