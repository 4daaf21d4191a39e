//! The parameters of `train`, under the field's names.

use crate::spec::{self, Accepts, Constant, Parameter, Value};
use crate::stage::{Invalid, StageError};
use partita_vae::{Architecture, Geometry, RawSettings, Reconstruction, Settings};
use serde::Deserialize;

const fn size(name: &'static str, about: &'static str, default: i64) -> Parameter {
    Parameter {
        name,
        about,
        accepts: Accepts::Integer(1, 100_000),
        default: Constant::Integer(default),
    }
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
    pub(super) loss: Reconstruction,
    beta: f64,
    pub(super) beta_warmup: f64,
    learning_rate: f64,
    gradient_clip: f64,
    batch: usize,
    pub(super) epochs: usize,
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
            seed,
        };
        Settings::try_from(raw).map_err(StageError::failed)
    }
}

/// More weights than memory could hold with their gradients and moments are refused before anything runs.
pub(super) fn check(stage: &spec::Stage) -> Result<(), Invalid> {
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
