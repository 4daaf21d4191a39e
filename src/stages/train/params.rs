//! The parameters of `train`, under the field's names.

use super::alarm::Alarm;
use crate::spec::{self, Accepts, Constant, Parameter, Value};
use crate::stage::{Invalid, StageError};
use partita_vae::{
    Architecture, Geometry, Keep, RawSettings, Reconstruction, Remedies, Schedule, Settings,
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
    size("measure_hidden", "Hidden units of the per-measure encoder and decoder.", 2000),
    size("measure_code", "Numbers that a measure is condensed to.", 200),
    size("song_hidden", "Hidden units of the song encoder and decoder.", 1600),
    size("latent", "Dimensions of the latent space.", 120),
    Parameter {
        name: "loss",
        about: "bce: cross-entropy from logits, output bias at the data's base rate; mse: the thesis' \
                squared error.",
        accepts: Accepts::Choice(&["bce", "mse"]),
        default: Constant::Text("bce"),
    },
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
        "dropout",
        "Share of the decoder's hidden units (song_hidden, measure_hidden) silenced in each step.",
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

#[derive(Debug, Deserialize)]
pub(super) struct Params {
    measure_hidden: usize,
    measure_code: usize,
    song_hidden: usize,
    latent: usize,
    loss: Reconstruction,
    beta: f64,
    beta_warmup: f64,
    learning_rate: f64,
    schedule: Schedule,
    learning_rate_warmup: f64,
    learning_rate_final: f64,
    free_bits: f64,
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

impl Params {
    /// The settings of a training on samples of this geometry.
    pub(super) fn settings(&self, geometry: Geometry, seed: u64) -> Result<Settings, StageError> {
        let raw = RawSettings {
            architecture: Architecture {
                geometry,
                measure_hidden: self.measure_hidden,
                measure_code: self.measure_code,
                song_hidden: self.song_hidden,
                latent: self.latent,
            },
            reconstruction: self.loss,
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
            latent: self.latent,
            beta_warmup: self.beta_warmup,
            mse: self.loss == Reconstruction::Mse,
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
        Err(StageError::advised(
            format!("`{name}` goes by the F1 of validation samples, and there are none"),
            format!("raise `validation` of the extract stage, or leave `{name}` out"),
        ))
    }
}

/// What no samples could make sensible is refused before anything runs: a warm-up that never ends, and more
/// weights than memory could hold with their gradients and moments.
pub(super) fn check(stage: &spec::Stage) -> Result<(), Invalid> {
    warms_up_in_time(stage)?;
    const MOST: u64 = 1 << 31;
    let number = |name: &str| match stage.params.get(name) {
        Some(Value::Integer(number)) => usize::try_from(*number).unwrap_or(usize::MAX),
        _ => 1,
    };
    let architecture = Architecture {
        // The thesis' geometry: the grid is known only when the samples are.
        geometry: Geometry { measures: 16, steps: 96, pitches: 96 },
        measure_hidden: number("measure_hidden"),
        measure_code: number("measure_code"),
        song_hidden: number("song_hidden"),
        latent: number("latent"),
    };
    let fits = architecture.validate().is_ok() && architecture.parameters() <= MOST;
    if fits {
        return Ok(());
    }
    Err(Invalid {
        key: "params.measure_hidden".into(),
        message: "the network would have more than 2^31 parameters".into(),
        hint: Some("the thesis' sizes are 2000, 200, 1600 and 120".into()),
    })
}

fn warms_up_in_time(stage: &spec::Stage) -> Result<(), Invalid> {
    let number = |name: &str| match stage.params.get(name) {
        Some(Value::Integer(number)) => *number as f64,
        Some(Value::Number(number)) => *number,
        _ => 0.0,
    };
    let (warmup, epochs) = (number("learning_rate_warmup"), number("epochs"));
    if warmup < epochs {
        return Ok(());
    }
    Err(Invalid {
        key: "params.learning_rate_warmup".into(),
        message: format!("the learning rate would still be rising after {epochs} epochs"),
        hint: Some(format!("less than {epochs}, for example {}", epochs / 10.0)),
    })
}
