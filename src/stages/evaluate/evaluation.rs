//! Runs all parts of an evaluation.

use super::super::corpus::CorpusInfo;
use super::Params;
use super::aligned::{AlignedCopying, find_nearest_aligned};
use super::coding::Coding;
use super::copying::{Copying, find_nearest};
use super::decoded::evaluate_decoder;
use super::judges::Judging;
use super::latent::{self, LatentSpace};
use super::probabilities::{Probabilities, latents, probabilities};
use super::reconstruction::{ReconstructionEval, evaluate_model};
use super::reference::{ReferenceData, Song};
use super::songs::{GeneratedSong, SongSetMetrics, read_generated};
use super::two_sample::{TwoSample, two_sample};
use crate::metrics::ScoreAccumulator;
use crate::stage_api::{Result, StageContext};
use partita_vae::Model;

/// The results of an evaluation.
pub(super) struct Evaluation {
    pub(super) reconstruction: ReconstructionEval,
    /// Scores of the note-by-note decoder, if there is one.
    pub(super) decoded: Option<ScoreAccumulator>,
    /// The generated songs.
    pub(super) songs: Vec<GeneratedSong>,
    pub(super) generated: SongSetMetrics,
    pub(super) real: SongSetMetrics,
    pub(super) copying: Copying,
    pub(super) aligned: AlignedCopying,
    pub(super) latent: Option<LatentSpace>,
    /// Of the generated songs.
    pub(super) probabilities: Probabilities,
    pub(super) two_sample: TwoSample,
    pub(super) judging: Judging,
    pub(super) coding: Coding,
}

impl Evaluation {
    /// Evaluates a model, and songs that it generated if there are any.
    pub(super) fn compute(
        context: &StageContext<'_>,
        params: &Params,
        model: &Model,
        corpus: &CorpusInfo,
        reference: &ReferenceData,
    ) -> Result<Self> {
        let shape = &reference.shape;
        let reconstruction = evaluate_model(context, params, model, reference)?;
        let decoded = evaluate_decoder(context, model, shape, &reconstruction)?;
        let set = context.inputs.get("songs").and_then(|sets| sets.first());
        let songs = set.map_or(Ok(Vec::new()), |set| read_generated(set, shape))?;
        let latents = set.map_or(Ok(Vec::new()), |set| latents(context, set, model))?;
        let probabilities = probabilities(context, &latents, model, shape)?;
        let latent = latent::analyse(context, model, corpus, &latents)?;
        let measures: Vec<Song> = songs.iter().map(|song| song.measures.clone()).collect();
        let real_songs = &reconstruction.real;
        let generated = SongSetMetrics::compute(&measures, shape);
        let real = SongSetMetrics::compute(real_songs, shape);
        let copying = find_nearest(context, reference, &measures, real_songs)?;
        let aligned = find_nearest_aligned(context, reference, &measures, real_songs, &copying)?;
        let two_sample = two_sample(reference, &generated.songs, &real.songs, real_songs);
        // Counting uses one core.
        let (judging, coding) = rayon::join(
            || Judging::compute(context, reference, &measures, &reconstruction),
            || Coding::compute(context, reference, &measures),
        );
        let (judging, coding) = (judging?, coding?);
        Ok(Self {
            songs,
            generated,
            real,
            copying,
            aligned,
            latent,
            probabilities,
            two_sample,
            judging,
            coding,
            reconstruction,
            decoded,
        })
    }
}
