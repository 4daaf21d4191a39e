//! Metrics of a network after each epoch: reconstructions of validation samples, and songs decoded from the prior.
//!
//! Samples and latent vectors are the same in every epoch, so that epochs can be compared.

use super::super::corpus::{CorpusInfo, spread_songs};
use super::super::mean_f1::mean_f1;
use crate::columnar::SampleFile;
use crate::metrics::diversity::pair_jaccard;
use crate::metrics::reconstruction::most_probable;
use crate::metrics::structure::MeasureSimilarity;
use partita_vae::{EpochMetrics, Model, ModelError, sample_prior};
use rayon::prelude::*;
use std::io;

/// Maximum number of validation samples, evenly spread: a thousand cost a second per epoch.
const MAX_SAMPLES: usize = 500;
/// Songs decoded from the prior.
const SONGS: usize = 16;

/// Evaluates the networks of a training.
pub(super) struct EpochEvaluator {
    samples: Vec<Vec<u32>>,
    corpus: CorpusInfo,
    seed: u64,
}

impl EpochEvaluator {
    /// Reads the validation samples that it evaluates on.
    pub(super) fn new(validation: &SampleFile, corpus: CorpusInfo, seed: u64) -> io::Result<Self> {
        Ok(Self { samples: spread_songs(validation, MAX_SAMPLES)?, corpus, seed })
    }

    /// Evaluates a network. F1 is density-matched, decoded from posterior means, and averaged over samples.
    pub(super) fn evaluate(&self, model: &Model) -> Result<EpochMetrics, ModelError> {
        let songs = self.songs(model)?;
        let similarity =
            songs.iter().filter_map(|song| MeasureSimilarity::new(song).mean_off_diagonal());
        let similarities: Vec<f64> = similarity.collect();
        let mean = similarities.iter().sum::<f64>() / similarities.len() as f64;
        Ok(EpochMetrics {
            f1: mean_f1(model, &self.samples, &self.corpus.shape)?,
            pair_jaccard: pair_jaccard(&songs, SONGS * (SONGS - 1) / 2),
            measure_jaccard: Some(mean).filter(|mean| mean.is_finite()),
        })
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
