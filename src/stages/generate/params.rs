//! The parameters and inputs of `generate`, and their checks.

use super::super::corpus;
use super::super::refining::Refining;
use crate::columnar::Split;
use crate::metrics::form::PHRASES;
use crate::music::midi::Lengths;
use crate::music::roll::Drums;
use crate::params::{Condition, Params as _, params};
use crate::spec::{self, Input, Required, Source};
use crate::stage_api::ParamError;
use partita_vae::sampling::{Covariance, Interpolation, Phrasing};
use strum::{EnumString, IntoStaticStr, VariantNames};

params! {
    /// The parameters of `generate`.
    #[derive(Debug)]
    pub(super) struct Params {
        /// Source of the latent vectors. prior: the standard normal distribution; pca: the Gaussian of the training
        /// samples' posterior means; mixture: several Gaussians of them; neighbours: one around each of them, in the
        /// directions of its neighbours; around: near a MIDI file; interpolate: between two MIDI files; vary: near samples
        /// of the corpus, another one for each song.
        pub(super) mode: Mode = prior,
        /// Number of songs; with mode interpolate, both ends are included.
        pub(super) count: usize = 16 in 1..=10_000,
        /// Factor on the distance from the mean of the distribution, or from the music that songs are near to; below 1
        /// is tamer, 0 gives that music's reconstruction.
        pub(super) temperature: f32 = 1.0 in 0.0..=10.0 for mode: prior | pca | mixture | neighbours | around | vary,
        /// Number of Gaussians.
        pub(super) components: usize = 10 in 1..=1000 for mode: mixture,
        /// Whether the Gaussians have correlations.
        pub(super) covariance: Covariance = full for mode: mixture,
        /// Whether to add the mean variance of the posteriors to that of their means, which gives the aggregate
        /// posterior.
        pub(super) posterior_variance: bool = false for mode: pca | mixture,
        /// Distance from the posterior mean of a training sample, in distances to its neighbours; near 0, songs are
        /// variations of training samples.
        pub(super) bandwidth: f32 = 0.7 in 0.0..=100.0 for mode: neighbours,
        /// Standard deviation of the distance from the music in each dimension; 0: that of its posterior.
        pub(super) radius: f32 = 0.0 in 0.0..=100.0 for mode: around | vary,
        /// slerp follows the arc between two latent vectors, lerp the straight line.
        pub(super) interpolation: Interpolation = slerp for mode: interpolate,
        /// Which samples to vary; training samples if there are no validation samples.
        pub(super) side: VariedSide = validation for mode: vary,
        /// Gradient steps.
        pub(super) refining: Refining,
        /// First measure of the files to use, counted from 1 as in a DAW; 0: the first that fits.
        pub(super) first_measure: u64 = 0 in 0..=1_000_000 for mode: around | interpolate,
        /// Whether notes on drum channels of the files are kept, as pitches; as for extract.
        pub(super) drums: Drums = drop for mode: around | interpolate,
        /// Candidates for each song, of which the critic chooses one; without a critic, there is one.
        pub(super) candidates: usize = 8 in 1..=1000,
        /// How to choose the onsets. density: as many as the median training sample has, or as the music that the song
        /// is near to; threshold: all cells from a probability on; bernoulli: each cell at random, with its own
        /// probability; phrases: at random too, but phrases and measures return and the rhythm keeps its pulse; notes:
        /// note by note, each depending on those before it.
        pub(super) decode: Decode = density,
        /// The lowest probability of an onset.
        pub(super) threshold: f64 = 0.5 in 0.0..=1.0 for decode: threshold,
        /// Divisor of the logits; below 1, probable cells become more probable.
        pub(super) onset_temperature: f32 = 1.0 in 0.0..=10.0 for decode: bernoulli | phrases | notes,
        /// Share of a song's notes, the most probable ones, that are its melody: framed in the picture, listed in
        /// songs.parquet; 0: none.
        pub(super) melody: f64 = 0.25 in 0.0..=1.0,
        /// Probability that a cell uses the random number that it shares with the same cell of the other measures;
        /// 0: each measure has its own random numbers, 1: all have the same.
        pub(super) repetition: f32 = 0.0 in 0.0..=1.0 for decode: bernoulli,
        /// Probability that a phrase, a quarter of the song, repeats an earlier one.
        phrase_return: f32 = 0.4 in 0.0..=1.0 for decode: phrases,
        /// Probability that a measure of a new phrase repeats an earlier measure of that phrase.
        measure_return: f32 = 0.25 in 0.0..=1.0 for decode: phrases,
        /// How closely repetitions have the same probabilities; 1: note for note.
        exactness: f32 = 0.8 in 0.0..=1.0 for decode: phrases,
        /// Share of the steps that use the same random number in all measures.
        groove: f32 = 0.7 in 0.0..=1.0 for decode: phrases,
        /// Share of the steps at which notes start in pairs.
        chords: f32 = 0.5 in 0.0..=1.0 for decode: phrases,
        /// Lengths of notes. until_next: until the next onset in the same hand (at least a sixteenth, at most a quarter,
        /// in the left hand a half); fixed: equal. No note overlaps the next one of its pitch.
        lengths: NoteLengths = until_next,
        /// Steps that a note lasts; 6 of 96 are a sixteenth in 4/4.
        note_steps: u32 = 6 in 1..=8192 for lengths: fixed,
        /// Quarter notes per minute in the MIDI and MusicXML files.
        pub(super) tempo: u32 = 120 in 20..=400,
        /// General MIDI program in the MIDI files; 0 is a grand piano.
        pub(super) program: u8 = 0 in 0..=127,
        /// Files of each song. midi: MIDI files alone, many songs in little space, for a critic.
        pub(super) files: SongFiles = all,
    }
}

const fn midi_file(
    name: &'static str,
    about: &'static str,
    modes: &'static [&'static str],
) -> Input {
    let condition = Condition { parameter: "mode", words: modes };
    Input { name, about, source: Source::Files, required: Required::If(condition) }
}

pub(super) const INPUTS: &[Input] = &[
    corpus::MODEL,
    midi_file("around", "A MIDI file.", &["around"]),
    midi_file("start", "The MIDI file to start from.", &["interpolate"]),
    midi_file("end", "The MIDI file to arrive at.", &["interpolate"]),
    Input {
        required: Required::If(Condition { parameter: "mode", words: &["vary"] }),
        ..Input::from_stage("samples", "The samples to vary.", &["extract"], None)
    },
    Input {
        required: Required::If(Condition { parameter: "decode", words: &["notes"] }),
        ..Input::from_stage("decoder", "A decoder of this model.", &["decoder"], Some("decoder"))
    },
    Input {
        required: Required::No,
        ..Input::from_stage(
            "critic",
            "A critic of this model's songs.",
            &["critic"],
            Some("critic"),
        )
    },
];

/// The parameter `mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Mode {
    Prior,
    Pca,
    Mixture,
    Neighbours,
    Around,
    Interpolate,
    Vary,
}

/// The parameter `side`. Not the judging samples, which only the judges of `evaluate` read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum VariedSide {
    Train,
    Validation,
}

impl From<VariedSide> for Split {
    fn from(side: VariedSide) -> Self {
        match side {
            VariedSide::Train => Self::Train,
            VariedSide::Validation => Self::Validation,
        }
    }
}

/// The parameter `decode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Decode {
    Density,
    Threshold,
    Bernoulli,
    Phrases,
    Notes,
}

/// The parameter `files`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum SongFiles {
    All,
    Midi,
}

/// The parameter `lengths`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
enum NoteLengths {
    UntilNext,
    Fixed,
}

impl Params {
    /// Returns the phrasing of a song of this many measures; one that has no four equal phrases is one phrase.
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
        match self.lengths {
            NoteLengths::UntilNext => Lengths::UntilNext,
            NoteLengths::Fixed => Lengths::Fixed(self.note_steps),
        }
    }
}

/// Checks that the mode and the decoding have the inputs that they read, and no others.
pub(super) fn check(stage: &spec::StageInstance) -> Result<(), ParamError> {
    let params = Params::from_values(&stage.params, ())?;
    let is_given =
        |input: &Input| stage.files.contains_key(input.name) || stage.from.contains_key(input.name);
    let conditional = || {
        INPUTS.iter().filter_map(|input| match input.required {
            Required::If(condition) => Some((input, condition)),
            Required::Yes | Required::No => None,
        })
    };
    let section = |input: &Input| if input.source == Source::Files { "files" } else { "from" };
    let missing = |&(input, condition): &(&Input, Condition)| {
        condition.violated_by(&stage.params).is_none() && !is_given(input)
    };
    if let Some((input, condition)) = conditional().find(missing) {
        let inputs = conditional().filter(|(_, other)| *other == condition);
        let value = if input.source == Source::Files { "FILE" } else { "STAGE" };
        let entries: Vec<_> = inputs.map(|(input, _)| format!("{}: {value}", input.name)).collect();
        let parameter = condition.parameter;
        let word = stage.params.get(parameter).map(ToString::to_string).unwrap_or_default();
        return Err(ParamError {
            key: format!("params.{parameter}"),
            message: format!("{parameter} '{word}' reads '{}', which is not given", input.name),
            hint: Some(format!("{}: {{ {} }}", section(input), entries.join(", "))),
        });
    }
    // An input may be for one instance of a sweep over modes.
    let is_swept = |name: &str| stage.variant.iter().any(|(swept, _)| swept == name);
    for (input, condition) in conditional().filter(|(input, _)| is_given(input)) {
        if let Some(word) = condition.violated_by(&stage.params)
            && !is_swept(condition.parameter)
        {
            return Err(ParamError {
                key: format!("{}.{}", section(input), input.name),
                message: format!("{} '{word}' does not read '{}'", condition.parameter, input.name),
                hint: Some(format!("params: {{ {condition} }} does")),
            });
        }
    }
    if params.mode == Mode::Interpolate && params.count == 1 {
        return Err(ParamError {
            key: "params.count".into(),
            message: "interpolate makes at least 2 songs, the two ends".into(),
            hint: Some("count: 9 makes seven steps between them".into()),
        });
    }
    Ok(())
}
