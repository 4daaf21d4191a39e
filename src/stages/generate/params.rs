//! The parameters of `generate`, and which inputs each mode wants.

use super::super::refining::{self, Refining};
use crate::metrics::form::PHRASES;
use crate::music::midi::Lengths;
use crate::music::roll::Drums;
use crate::spec::{self, Accepts, Constant, Input, Parameter, Source, Value};
use crate::stage_api::ParamError;
use partita_vae::sampling::{Covariance, Path, Phrasing};
use serde::Deserialize;

pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "mode",
        about: "Where songs come from. prior: the standard normal distribution; pca: the Gaussian of \
                the training samples' posterior means; mixture: several Gaussians of them; around: \
                near a MIDI file; interpolate: between two; vary: near samples of the corpus, another \
                one each.",
        accepts: Accepts::Choice(&["prior", "pca", "mixture", "around", "interpolate", "vary"]),
        default: Constant::Text("prior"),
    },
    Parameter {
        name: "count",
        about: "How many songs; with interpolate, both ends are among them.",
        accepts: Accepts::Integer(1, 10_000),
        default: Constant::Integer(16),
    },
    Parameter {
        name: "temperature",
        about: "Scales how far songs are from the middle of their distribution, or from the music \
                that they are near to (not for interpolate); below 1 is tamer, 0 gives that music's \
                reconstruction.",
        accepts: Accepts::Number(0.0, 10.0),
        default: Constant::Number(1.0),
    },
    Parameter {
        name: "components",
        about: "mixture: how many Gaussians.",
        accepts: Accepts::Integer(1, 1000),
        default: Constant::Integer(10),
    },
    Parameter {
        name: "covariance",
        about: "mixture: whether its Gaussians have correlations.",
        accepts: Accepts::Choice(&["full", "diagonal"]),
        default: Constant::Text("full"),
    },
    Parameter {
        name: "posterior_variance",
        about: "pca, mixture: whether the mean variance of the posteriors is added to that of their \
                means: the aggregate posterior.",
        accepts: Accepts::Boolean,
        default: Constant::Boolean(false),
    },
    Parameter {
        name: "radius",
        about: "around, vary: standard deviation of the way from the music in each dimension; 0: that \
                of its posterior.",
        accepts: Accepts::Number(0.0, 100.0),
        default: Constant::Number(0.0),
    },
    Parameter {
        name: "interpolation",
        about: "interpolate: slerp follows the arc between two latent vectors, lerp the straight line.",
        accepts: Accepts::Choice(&["slerp", "lerp"]),
        default: Constant::Text("slerp"),
    },
    Parameter {
        name: "side",
        about: "vary: which samples; training samples where there is no other.",
        accepts: Accepts::Choice(&["validation", "train"]),
        default: Constant::Text("validation"),
    },
    refining::REFINE,
    refining::REFINE_RATE,
    Parameter {
        name: "first_measure",
        about: "around, interpolate: the measure of the files to begin with, counted from 1 as a DAW \
                does; 0: the first that fits.",
        accepts: Accepts::Integer(0, 1_000_000),
        default: Constant::Integer(0),
    },
    Parameter {
        name: "drums",
        about: "around, interpolate: whether notes on drum channels of the files stay, as pitches; as \
                it was for extract.",
        accepts: Accepts::Choice(&["drop", "keep"]),
        default: Constant::Text("drop"),
    },
    Parameter {
        name: "decode",
        about: "density: as many onsets as the median training sample has, or as the music that the \
                song is near to; threshold: all cells from a probability on; bernoulli: each cell by \
                chance, with its own probability; phrases: by chance too, but phrases and measures \
                return and the rhythm keeps its pulse.",
        accepts: Accepts::Choice(&["density", "threshold", "bernoulli", "phrases"]),
        default: Constant::Text("density"),
    },
    Parameter {
        name: "threshold",
        about: "The probability for decode: threshold.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.5),
    },
    Parameter {
        name: "onset_temperature",
        about: "decode: bernoulli, phrases: divides the logits; below 1 is surer.",
        accepts: Accepts::Number(0.0, 10.0),
        default: Constant::Number(1.0),
    },
    Parameter {
        name: "melody",
        about: "Share of a song's notes, the most probable ones, that are its melody: framed in the \
                picture, listed in songs.parquet; 0: none.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.25),
    },
    Parameter {
        name: "repetition",
        about: "decode: bernoulli: how likely a cell takes the chance that it shares with the same cell of \
                the other measures; 0: each measure has chance of its own, 1: all have the same.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.0),
    },
    Parameter {
        name: "phrase_return",
        about: "decode: phrases: how likely a phrase, a quarter of the song, is an earlier one again.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.4),
    },
    Parameter {
        name: "measure_return",
        about: "decode: phrases: how likely a measure of a new phrase is an earlier one of it again.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.25),
    },
    Parameter {
        name: "exactness",
        about: "decode: phrases: how far what returns has the same probabilities; 1: note for note.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.8),
    },
    Parameter {
        name: "groove",
        about: "decode: phrases: share of the steps that take the same chance in all measures.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.7),
    },
    Parameter {
        name: "chords",
        about: "decode: phrases: share of the steps at which notes strike in pairs.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(0.5),
    },
    Parameter {
        name: "lengths",
        about: "Of notes. until_next: until the next onset in the same hand (a sixteenth at least, a \
                quarter at most, a half in the left hand); fixed: equal. None runs into the next note \
                of its pitch.",
        accepts: Accepts::Choice(&["until_next", "fixed"]),
        default: Constant::Text("until_next"),
    },
    Parameter {
        name: "note_steps",
        about: "lengths: fixed: steps that a note lasts; 6 of 96 are a sixteenth in 4/4.",
        accepts: Accepts::Integer(1, 8192),
        default: Constant::Integer(6),
    },
    Parameter {
        name: "tempo",
        about: "Quarter notes a minute in the MIDI files and sheets.",
        accepts: Accepts::Integer(20, 400),
        default: Constant::Integer(120),
    },
    Parameter {
        name: "program",
        about: "General MIDI program in the MIDI files; 0 is a grand piano.",
        accepts: Accepts::Integer(0, 127),
        default: Constant::Integer(0),
    },
];

pub(super) const INPUTS: &[Input] = &[
    Input {
        name: "model",
        about: "A trained model.",
        source: Source::Stage { kinds: &["train"], output: Some("model") },
        required: true,
    },
    Input {
        name: "around",
        about: "mode: around: a MIDI file.",
        source: Source::Files,
        required: false,
    },
    Input {
        name: "start",
        about: "mode: interpolate: the MIDI file to start from.",
        source: Source::Files,
        required: false,
    },
    Input {
        name: "end",
        about: "mode: interpolate: the MIDI file to arrive at.",
        source: Source::Files,
        required: false,
    },
    Input {
        name: "samples",
        about: "mode: vary: the samples that are varied.",
        source: Source::Stage { kinds: &["extract"], output: None },
        required: false,
    },
];

/// Optional inputs, the mode that reads them, and how they are written.
const READ_BY: [(&str, &str, &str); 4] = [
    ("around", "around", "files: { around: my.mid }"),
    ("start", "interpolate", "files: { start: one.mid, end: other.mid }"),
    ("end", "interpolate", "files: { start: one.mid, end: other.mid }"),
    ("samples", "vary", "from: { samples: STAGE }, a stage of kind extract"),
];

/// Where songs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    Prior,
    Pca,
    Mixture,
    Around,
    Interpolate,
    Vary,
}

#[derive(Debug, Deserialize)]
pub(super) struct Params {
    pub(super) mode: Mode,
    pub(super) count: usize,
    pub(super) temperature: f32,
    pub(super) components: usize,
    pub(super) covariance: Covariance,
    pub(super) posterior_variance: bool,
    pub(super) radius: f32,
    pub(super) interpolation: Path,
    pub(super) side: String,
    #[serde(flatten)]
    pub(super) refining: Refining,
    pub(super) first_measure: u64,
    drums: String,
    pub(super) decode: String,
    pub(super) threshold: f64,
    pub(super) onset_temperature: f32,
    pub(super) repetition: f32,
    phrase_return: f32,
    measure_return: f32,
    exactness: f32,
    groove: f32,
    chords: f32,
    pub(super) melody: f64,
    lengths: String,
    note_steps: u32,
    pub(super) tempo: u32,
    pub(super) program: u8,
}

impl Params {
    pub(super) fn drums(&self) -> Drums {
        if self.drums == "keep" { Drums::Keep } else { Drums::Drop }
    }

    /// How a song of so many measures is put together. One that has no four equal phrases is one phrase.
    pub(super) fn phrasing(&self, measures: usize) -> Phrasing {
        Phrasing {
            temperature: self.onset_temperature,
            phrase: if measures.is_multiple_of(PHRASES) { measures / PHRASES } else { measures },
            phrase_return: self.phrase_return,
            measure_return: self.measure_return,
            exactness: self.exactness,
            groove: self.groove,
            chords: self.chords,
        }
    }

    pub(super) fn lengths(&self) -> Lengths {
        match self.lengths.as_str() {
            "fixed" => Lengths::Fixed(self.note_steps),
            _ => Lengths::UntilNext,
        }
    }
}

/// Whether the mode has the inputs that it reads, and no others.
pub(super) fn check(stage: &spec::StageInstance) -> Result<(), ParamError> {
    let Some(Value::Text(mode)) = stage.params.get("mode") else { return Ok(()) };
    // One input may serve one instance of a sweep over modes.
    let swept = stage.variant.iter().any(|(name, _)| name == "mode");
    let given = |input: &str| stage.files.contains_key(input) || stage.from.contains_key(input);
    for (input, reader, example) in READ_BY {
        if reader == mode && !given(input) {
            return Err(ParamError {
                key: "params.mode".into(),
                message: format!("mode '{mode}' reads '{input}', which is not given"),
                hint: Some(example.into()),
            });
        }
    }
    for (input, reader, _) in READ_BY {
        let section = if stage.files.contains_key(input) { "files" } else { "from" };
        if reader != mode && given(input) && !swept {
            return Err(ParamError {
                key: format!("{section}.{input}"),
                message: format!("mode '{mode}' does not read '{input}'"),
                hint: Some(format!("params: {{ mode: {reader} }} does")),
            });
        }
    }
    if mode == "interpolate" && stage.params.get("count") == Some(&Value::Integer(1)) {
        return Err(ParamError {
            key: "params.count".into(),
            message: "interpolate makes 2 songs at least, the two ends".into(),
            hint: Some("count: 9 makes seven steps between them".into()),
        });
    }
    Ok(())
}
