//! Reads samples and models from the outputs of `extract` and `train`.

use super::spread::spread;
use crate::columnar::{SampleFile, SampleSet, Split};
use crate::music::meter::TimeSignature;
use crate::music::roll::{RollShape, RollSize};
use crate::spec::Input;
use crate::stage_api::{InputSet, Result, StageContext, StageError};
use partita_decoder::Decoder;
use partita_vae::{Model, Posterior, Refiner, SampleError, Samples};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Opens the samples of a split.
pub(super) fn samples(input: &InputSet, split: Split) -> Result<SampleSet> {
    Ok(SampleSet::open(&shards(input, split))?)
}

/// Opens the samples that only judges of generated songs read; `None` if the corpus keeps none.
pub(super) fn judging_samples(input: &InputSet) -> Result<Option<SampleSet>> {
    let shards = shards(input, Split::Judging);
    Ok((!shards.is_empty()).then(|| SampleSet::open(&shards)).transpose()?)
}

/// Copies the samples of a split to an unnamed file in `folder`, for reading them many times in little memory.
pub(super) fn materialize(input: &InputSet, split: Split, folder: &Path) -> Result<SampleFile> {
    Ok(SampleFile::create(folder, &shards(input, split))?)
}

/// Copies the training and the validation samples of a stage of this kind, which learns from the samples of a model.
///
/// # Errors
/// Returns an error if there is no training sample, or if they have another shape than the model.
pub(super) fn model_samples(
    context: &StageContext<'_>,
    kind: &str,
    corpus: &CorpusInfo,
) -> Result<[SampleFile; 2]> {
    let input = context.input("samples")?;
    let training = materialize(input, Split::Train, &context.scratch)?;
    if training.shape() != corpus.shape {
        return Err(StageError::with_hint(
            "the samples have another shape than those that the model was trained on",
            format!("give {kind} the samples that the model was trained on"),
        ));
    }
    if training.is_empty() {
        return Err(StageError::failed("there is no training sample"));
    }
    Ok([training, materialize(input, Split::Validation, &context.scratch)?])
}

/// Reads up to `count` samples, at least one, evenly spread, each as its onset cells `measure * cells + cell`.
pub(super) fn spread_songs(samples: &SampleFile, count: usize) -> io::Result<Vec<Vec<u32>>> {
    let song = |index: usize| {
        let mut cells = Vec::new();
        samples.cells(index, &mut cells)?;
        Ok(cells)
    };
    spread(samples.len(), count).into_iter().map(song).collect()
}

fn shards(input: &InputSet, split: Split) -> Vec<PathBuf> {
    let prefix = format!("samples/{}-", split.as_str());
    input
        .files_under("samples/", ".arrow")
        .filter(|file| file.path.starts_with(&prefix))
        .map(|file| file.location.clone())
        .collect()
}

/// Adapts samples to the network's interface.
pub(super) struct SampleAdapter<S>(pub(super) S);

impl Samples for SampleAdapter<SampleFile> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, index: usize, into: &mut Vec<u32>) -> Result<(), SampleError> {
        let unreadable = |error| SampleError::Unreadable { index, source: Box::new(error) };
        self.0.cells(index, into).map_err(unreadable)
    }
}

impl Samples for SampleAdapter<&SampleSet> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, index: usize, into: &mut Vec<u32>) -> Result<(), SampleError> {
        self.0.cells(index, into);
        Ok(())
    }
}

/// `model/corpus.json`: what generation needs to know about the corpus of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CorpusInfo {
    /// The shape of its samples.
    #[serde(flatten)]
    pub(super) shape: RollShape,
    /// Median onset count of the training samples.
    pub(super) median_onsets: u32,
    /// Number of training samples.
    pub(super) training_samples: u64,
    /// Time signature of most training samples. A roll divides a measure of any meter into equal steps, so this is
    /// the meter in which the model's rhythms make most sense. Versions of `train` before 5 did not write it.
    #[serde(default = "common_time")]
    pub(super) time_signature: TimeSignature,
}

fn common_time() -> TimeSignature {
    TimeSignature::COMMON
}

impl CorpusInfo {
    /// Computes the numbers of training samples.
    pub(super) fn of(samples: &SampleFile) -> Self {
        let mut onsets: Vec<u32> = (0..samples.len()).map(|i| samples.onsets(i)).collect();
        onsets.sort_unstable();
        Self {
            shape: samples.shape(),
            median_onsets: onsets.get(onsets.len() / 2).copied().unwrap_or(0),
            training_samples: samples.len() as u64,
            time_signature: samples.main_signature().unwrap_or(TimeSignature::COMMON),
        }
    }
}

/// File in `model/` of a training that was finished early: at which epoch.
pub(super) const PARTIAL: &str = "partial.txt";

/// Reads `model/partial.txt`; `None` if the training was not finished early.
pub(super) fn partial(input: &InputSet) -> Result<Option<String>> {
    let file = input.file(&format!("model/{PARTIAL}")).ok();
    Ok(file.map(fs_err::read_to_string).transpose()?)
}

/// The input of a stage that reads a model.
pub(super) const MODEL: Input =
    Input::from_stage("model", "A trained model.", &["train", "refiner"], Some("model"));

/// The input of a stage that learns from the samples of a model; see [`model_samples`].
pub(super) const MODEL_SAMPLES: Input =
    Input::from_stage("samples", "Samples to learn from, those of the model.", &["extract"], None);

/// Loads the model in the output of a stage, and the numbers of its corpus.
pub(super) fn model(input: &InputSet) -> Result<(Model, CorpusInfo)> {
    let read = |path: &str| -> Result<Vec<u8>> { Ok(fs_err::read(input.file(path)?)?) };
    let model = Model::load(
        &read("model/model.json")?,
        &read("model/encoder.safetensors")?,
        &read("model/decoder.safetensors")?,
    )?;
    let model = match input.file("model/refiner.safetensors") {
        Ok(file) => {
            let refiner = Refiner::load(&fs_err::read(file)?, &model)?;
            model.with_refiner(refiner)
        }
        Err(_) => model,
    };
    let corpus: CorpusInfo = serde_json::from_slice(&read("model/corpus.json")?)
        .map_err(|error| StageError::failed(format!("model/corpus.json: {error}")))?;
    // Not steps and pitches: models of the first format have only their product.
    let cells = |size: RollSize| (size.measures(), size.cells_per_measure());
    if cells(corpus.shape.size()) != cells(model.architecture().geometry) {
        let message = "model/corpus.json has another shape than model/model.json";
        return Err(StageError::failed(message));
    }
    Ok((model, corpus))
}

/// Loads the decoder in the output of a `decoder` stage, which must be of this model's size.
pub(super) fn decoder(input: &InputSet, model: &Model) -> Result<Decoder> {
    let decoder = Decoder::load(&fs_err::read(input.file(DECODER)?)?)
        .map_err(|error| StageError::failed(format!("{DECODER}: {error}")))?;
    let architecture = model.architecture();
    if (decoder.size(), decoder.latent()) != (architecture.geometry, architecture.latent) {
        return Err(StageError::with_hint(
            "the decoder is of a model of another size",
            "give generate the decoder that was trained on this model",
        ));
    }
    Ok(decoder)
}

/// File of a decoder.
pub(super) const DECODER: &str = "decoder/decoder.safetensors";

/// Loads the posteriors of training samples of a model.
pub(super) fn posteriors(input: &InputSet, model: &Model) -> Result<Posterior> {
    let file = input.file(POSTERIORS).map_err(|error| {
        StageError::with_hint(error, "an older version trained this model: train it again")
    })?;
    Ok(Posterior::load(&fs_err::read(file)?, model)?)
}

/// Maximum number of posteriors in a model: enough for the covariance of any latent space; 16 MB at 120 dimensions.
pub(super) const MAX_POSTERIORS: usize = 16_384;

/// File of the posteriors.
pub(super) const POSTERIORS: &str = "model/posterior.safetensors";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corpus_json_keeps_its_format_and_is_refused_if_its_shape_is_impossible() {
        let text = r#"{"measures":16,"steps":96,"pitches":96,"lowest_pitch":16,"median_onsets":7,"training_samples":3,"time_signature":"6/8"}"#;
        let corpus: CorpusInfo = serde_json::from_str(text).unwrap();
        assert_eq!(corpus.shape, RollShape::THESIS);
        assert_eq!(corpus.time_signature.to_string(), "6/8");
        assert_eq!(serde_json::to_string(&corpus).unwrap(), text);
        let beyond = text.replace(r#""lowest_pitch":16"#, r#""lowest_pitch":300"#);
        let error = serde_json::from_str::<CorpusInfo>(&beyond).unwrap_err().to_string();
        assert!(error.contains("reach beyond 127"), "{error}");
    }

    #[test]
    fn corpus_json_without_a_time_signature_is_in_common_time() {
        let text = r#"{"measures":16,"steps":96,"pitches":96,"lowest_pitch":16,"median_onsets":7,"training_samples":3}"#;
        let corpus: CorpusInfo = serde_json::from_str(text).unwrap();
        assert_eq!(corpus.time_signature, TimeSignature::COMMON);
    }
}
