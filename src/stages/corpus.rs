//! What stages know of samples and models: the shards of a side, and what a model remembers of the corpus
//! that it was trained on.

use crate::columnar::{ColumnarError, Grid, SampleFile, SampleSet};
use crate::metrics::Shape;
use crate::stage::{InputSet, StageError};
use partita_vae::{Geometry, Model, Posterior, SampleError, Samples};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The samples of one side of the split: `train` or `validation`.
pub(super) fn samples(input: &InputSet, side: &str) -> Result<SampleSet, StageError> {
    SampleSet::open(&shards(input, side)).map_err(StageError::failed)
}

/// The samples of one side of the split, laid out in a nameless file in `folder`: for whoever reads them many times over,
/// however many they are.
pub(super) fn laid_out(
    input: &InputSet,
    side: &str,
    folder: &Path,
) -> Result<SampleFile, StageError> {
    SampleFile::create(folder, &shards(input, side)).map_err(|error| match error {
        ColumnarError::Io(error) => error.into(),
        error => StageError::failed(error),
    })
}

fn shards(input: &InputSet, side: &str) -> Vec<PathBuf> {
    let prefix = format!("samples/{side}-");
    input
        .below("samples/", ".arrow")
        .filter(|file| file.path.starts_with(&prefix))
        .map(|file| file.location.clone())
        .collect()
}

/// The shape of samples on a grid.
pub(super) fn shape(grid: Grid) -> Shape {
    Shape {
        measures: grid.measures as usize,
        steps: grid.steps as usize,
        pitches: grid.pitches as usize,
        lowest_pitch: u8::try_from(grid.lowest_pitch).unwrap_or(u8::MAX),
    }
}

/// The sizes of samples as a network sees them.
pub(super) fn geometry(shape: &Shape) -> Geometry {
    Geometry { measures: shape.measures, steps: shape.steps, pitches: shape.pitches }
}

/// Samples as a network reads them.
pub(super) struct Streamed<S>(pub(super) S);

impl Samples for Streamed<SampleFile> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, index: usize, into: &mut Vec<u32>) -> Result<(), SampleError> {
        let unreadable = |error| SampleError::Unreadable { index, source: Box::new(error) };
        self.0.cells(index, into).map_err(unreadable)
    }
}

impl Samples for Streamed<&SampleSet> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, index: usize, into: &mut Vec<u32>) -> Result<(), SampleError> {
        self.0.cells(index, into);
        Ok(())
    }
}

/// `model/corpus.json`: what a model must remember of its corpus to draw songs like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Corpus {
    /// Measures of a sample.
    pub(super) measures: u32,
    /// Steps of a measure.
    pub(super) steps: u32,
    /// Pitches of a step.
    pub(super) pitches: u32,
    /// MIDI number of the lowest pitch.
    pub(super) lowest_pitch: u32,
    /// Median onset count of the training samples.
    pub(super) median_onsets: u32,
    /// How many samples the model was trained on.
    pub(super) training_samples: u64,
}

impl Corpus {
    /// What a model trained on these samples remembers.
    pub(super) fn of(samples: &SampleFile) -> Self {
        let grid = samples.grid();
        let mut onsets: Vec<u32> = (0..samples.len()).map(|i| samples.onsets(i)).collect();
        onsets.sort_unstable();
        Self {
            measures: grid.measures,
            steps: grid.steps,
            pitches: grid.pitches,
            lowest_pitch: grid.lowest_pitch,
            median_onsets: onsets.get(onsets.len() / 2).copied().unwrap_or(0),
            training_samples: samples.len() as u64,
        }
    }

    /// The shape of its samples.
    pub(super) fn shape(self) -> Shape {
        shape(Grid {
            measures: self.measures,
            steps: self.steps,
            pitches: self.pitches,
            lowest_pitch: self.lowest_pitch,
        })
    }
}

/// In `model/` of a training that was finished early: where it ended, so that a report can say so.
pub(super) const PARTIAL: &str = "partial.txt";

/// What `model/partial.txt` says, if it is there.
pub(super) fn partial(input: &InputSet) -> Result<Option<String>, StageError> {
    let file = input.file(&format!("model/{PARTIAL}")).ok();
    Ok(file.map(fs_err::read_to_string).transpose()?)
}

/// Loads the model of a `train` stage's output, and what it remembers of its corpus.
pub(super) fn model(input: &InputSet) -> Result<(Model, Corpus), StageError> {
    let read = |path: &str| -> Result<Vec<u8>, StageError> { Ok(fs_err::read(input.file(path)?)?) };
    let model = Model::load(
        &read("model/model.json")?,
        &read("model/encoder.safetensors")?,
        &read("model/decoder.safetensors")?,
    );
    let corpus = serde_json::from_slice(&read("model/corpus.json")?).map_err(StageError::failed)?;
    Ok((model.map_err(StageError::failed)?, corpus))
}

/// The posteriors of training samples that a `train` stage's output holds.
pub(super) fn posteriors(input: &InputSet, model: &Model) -> Result<Posterior, StageError> {
    let file = input.file(POSTERIORS).map_err(|error| {
        StageError::advised(error, "an older version trained this model: train it again")
    })?;
    Posterior::load(&fs_err::read(file)?, model).map_err(StageError::failed)
}

/// Where they are.
pub(super) const POSTERIORS: &str = "model/posterior.safetensors";
