//! The real music that a model and its songs are compared with.

use super::super::corpus;
use crate::columnar::{SampleSet, Split};
use crate::metrics::baselines::MeanRoll;
use crate::music::roll::RollShape;
use crate::stage_api::{InputSet, Result, StageError};
use rayon::prelude::*;

/// Samples that a model encodes or decodes at a time.
pub(super) const CHUNK: usize = 64;

/// Sorted cells of each measure.
pub(super) type Song = Vec<Vec<u16>>;

/// The samples of an `extract` stage.
pub(super) struct ReferenceData {
    pub(super) training: SampleSet,
    pub(super) validation: SampleSet,
    /// The samples that only judges see, if the corpus keeps some.
    judging: Option<SampleSet>,
    pub(super) shape: RollShape,
    /// How often each cell has an onset in the training samples.
    pub(super) mean: MeanRoll,
}

impl ReferenceData {
    /// Opens the samples of an `extract` stage.
    ///
    /// # Errors
    /// Returns an error if the samples cannot be read, or do not have the shape that the model was trained on.
    pub(super) fn open(samples: &InputSet, shape: RollShape) -> Result<Self> {
        let training = corpus::samples(samples, Split::Train)?;
        let validation = corpus::samples(samples, Split::Validation)?;
        let judging = corpus::judging_samples(samples)?;
        if training.shape() != shape {
            return Err(StageError::with_hint(
                "the model was trained on another grid than that of the samples",
                "give evaluate the samples that the model was trained on",
            ));
        }
        let mean = mean_roll(&training, shape);
        Ok(Self { training, validation, judging, shape, mean })
    }

    /// Returns the name of the split that the model is evaluated on.
    pub(super) fn split(&self) -> &'static str {
        if self.validation.is_empty() { Split::Train.as_str() } else { Split::Validation.as_str() }
    }

    /// Returns the samples that the model is evaluated on: the training samples if there are no validation samples.
    pub(super) fn evaluated(&self) -> &SampleSet {
        if self.validation.is_empty() { &self.training } else { &self.validation }
    }

    /// Returns the real songs that judges see, and the name of their side: the judging samples if there are any, otherwise
    /// those that the model is evaluated on.
    pub(super) fn judged(&self) -> (&'static str, &SampleSet) {
        match &self.judging {
            Some(judging) => (Split::Judging.as_str(), judging),
            None => (self.split(), self.evaluated()),
        }
    }

    /// Returns true if the judges see training samples, as there are no others.
    pub(super) fn is_judged_by_training(&self) -> bool {
        self.judging.is_none() && self.validation.is_empty()
    }

    /// Returns the cells of songs, numbered through all measures.
    pub(super) fn cells(&self, songs: &[Song]) -> Vec<Vec<u32>> {
        let cells = |song: &Song| self.shape.indices(song).map(|index| index as u32).collect();
        songs.iter().map(cells).collect()
    }
}

fn mean_roll(training: &SampleSet, shape: RollShape) -> MeanRoll {
    let add = |mut mean: MeanRoll, index| {
        mean.add(&training.measures(index));
        mean
    };
    let merge = |mut all: MeanRoll, part: MeanRoll| {
        all.merge(&part);
        all
    };
    let new = || MeanRoll::new(shape);
    (0..training.len()).into_par_iter().fold(new, add).reduce(new, merge)
}

/// Returns the file and measure that a sample was taken from.
pub(super) fn source(set: &SampleSet, index: usize) -> String {
    let meta = set.meta(index);
    format!("{}, from measure {}", meta.path, meta.first_measure + 1)
}
