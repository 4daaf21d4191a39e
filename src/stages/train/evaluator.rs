//! What the network of an epoch can do: validation samples reconstructed, and songs drawn from the prior.
//!
//! The same samples and the same latent vectors in every epoch, so that epochs compare; up to
//! [`SAMPLES`] samples, because the rest would tell little more and cost a second a thousand.

use super::super::corpus::CorpusInfo;
use crate::columnar::SampleFile;
use crate::metrics::diversity::pair_jaccard;
use crate::metrics::reconstruction::{ScoreAccumulator, density_matched, most_probable};
use crate::metrics::structure::MeasureSimilarity;
use partita_vae::{EpochMetrics, Model, ModelError, sample_prior};
use rayon::prelude::*;
use std::io;

/// Validation samples, evenly spread over all of them.
const SAMPLES: usize = 500;
/// Songs drawn.
const SONGS: usize = 16;
/// Songs decoded at a time: 19 MB of probabilities at the thesis' sizes.
const AT_ONCE: usize = 32;

/// What is tried after each epoch.
pub(super) struct EpochEvaluator {
    samples: Vec<Vec<u32>>,
    corpus: CorpusInfo,
    seed: u64,
}

impl EpochEvaluator {
    /// A evaluator on these validation samples, for songs as dense as the training samples.
    pub(super) fn new(validation: &SampleFile, corpus: CorpusInfo, seed: u64) -> io::Result<Self> {
        let count = validation.len().min(SAMPLES);
        let sample = |at: usize| {
            let mut cells = Vec::new();
            validation.cells(at * validation.len() / count, &mut cells)?;
            Ok(cells)
        };
        let samples: io::Result<_> = (0..count).map(sample).collect();
        Ok(Self { samples: samples?, corpus, seed })
    }

    /// Tries a network. F1 is density-matched, decoded from the posterior mean, the mean over samples.
    pub(super) fn of(&self, model: &Model) -> Result<EpochMetrics, ModelError> {
        let songs = self.songs(model)?;
        let similarity =
            songs.iter().filter_map(|song| MeasureSimilarity::of(song).mean_off_diagonal());
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
        for samples in self.samples.chunks(AT_ONCE) {
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
        Ok((tally.samples() > 0).then(|| tally.macro_mean().f1))
    }

    /// Songs drawn from the prior, as dense as the median training sample.
    fn songs(&self, model: &Model) -> Result<Vec<Vec<Vec<u16>>>, ModelError> {
        let shape = self.corpus.shape;
        let latents = sample_prior(model.architecture().latent, self.seed, SONGS);
        let decoded = model.decode(&latents)?;
        let onsets = self.corpus.median_onsets as usize;
        let song = |probabilities: &Vec<f32>| shape.song(&most_probable(probabilities, onsets));
        Ok(decoded.par_iter().map(song).collect())
    }
}
