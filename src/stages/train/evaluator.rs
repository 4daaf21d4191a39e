//! Metrics of a network after each epoch: reconstructions of validation samples, and songs decoded from the prior.
//!
//! Samples and latent vectors are the same in every epoch, so that epochs can be compared.

use super::super::corpus::CorpusInfo;
use crate::columnar::SampleFile;
use crate::metrics::diversity::pair_jaccard;
use crate::metrics::reconstruction::{ScoreAccumulator, density_matched, most_probable};
use crate::metrics::structure::MeasureSimilarity;
use partita_vae::{EpochMetrics, Model, ModelError, sample_prior};
use rayon::prelude::*;
use std::io;

/// Maximum number of validation samples, evenly spread: a thousand cost a second per epoch.
const MAX_SAMPLES: usize = 500;
/// Songs decoded from the prior.
const SONGS: usize = 16;
/// Songs decoded at a time: 19 MB of probabilities at the thesis' sizes.
const CHUNK: usize = 32;

/// Evaluates the networks of a training.
pub(super) struct EpochEvaluator {
    samples: Vec<Vec<u32>>,
    corpus: CorpusInfo,
    seed: u64,
}

impl EpochEvaluator {
    /// Reads the validation samples that it evaluates on.
    pub(super) fn new(validation: &SampleFile, corpus: CorpusInfo, seed: u64) -> io::Result<Self> {
        let count = validation.len().min(MAX_SAMPLES);
        let sample = |at: usize| {
            let mut cells = Vec::new();
            validation.cells(at * validation.len() / count, &mut cells)?;
            Ok(cells)
        };
        let samples: io::Result<_> = (0..count).map(sample).collect();
        Ok(Self { samples: samples?, corpus, seed })
    }

    /// Evaluates a network. F1 is density-matched, decoded from posterior means, and averaged over samples.
    pub(super) fn evaluate(&self, model: &Model) -> Result<EpochMetrics, ModelError> {
        let songs = self.songs(model)?;
        let similarity =
            songs.iter().filter_map(|song| MeasureSimilarity::new(song).mean_off_diagonal());
        let similarities: Vec<f64> = similarity.collect();
        let mean = similarities.iter().sum::<f64>() / similarities.len() as f64;
        Ok(EpochMetrics {
            f1: self.f1(model)?,
            pair_jaccard: pair_jaccard(&songs, SONGS * (SONGS - 1) / 2),
            measure_jaccard: Some(mean).filter(|mean| mean.is_finite()),
        })
    }

    fn f1(&self, model: &Model) -> Result<Option<f64>, ModelError> {
        let shape = self.corpus.shape;
        let mut tally = ScoreAccumulator::default();
        for samples in self.samples.chunks(CHUNK) {
            let decoded = model.decode(&model.encode(samples)?.mean)?;
            let counts: Vec<_> = samples
                .par_iter()
                .zip(&decoded)
                .map(|(cells, probabilities)| {
                    let truth = shape.song(cells);
                    density_matched(&truth, probabilities, shape.cells_per_measure())
                })
                .collect();
            counts.into_iter().for_each(|counts| tally.add(counts));
        }
        Ok((tally.samples > 0).then(|| tally.macro_mean().f1))
    }

    /// Decodes songs from the prior, as dense as the median training sample.
    fn songs(&self, model: &Model) -> Result<Vec<Vec<Vec<u16>>>, ModelError> {
        let shape = self.corpus.shape;
        let latents = sample_prior(model.architecture().latent, self.seed, SONGS);
        let decoded = model.decode(&latents)?;
        let onsets = self.corpus.median_onsets as usize;
        let song = |probabilities: &Vec<f32>| shape.song(&most_probable(probabilities, onsets));
        Ok(decoded.par_iter().map(song).collect())
    }
}
