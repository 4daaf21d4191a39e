//! Reconstruction by the note-by-note decoder.

use super::super::corpus;
use super::Params;
use super::reference::{CHUNK, ReferenceData, Song, spread};
use crate::metrics::reconstruction::density_matched;
use crate::metrics::{Counts, ScoreAccumulator};
use crate::stage_api::{Result, StageContext};
use partita_decoder::{Guide, Playing};
use partita_vae::Model;
use rayon::prelude::*;

/// Maximum number of samples: each is drawn [`DRAWS`] times.
const SAMPLES: usize = 100;
/// Songs drawn from a code; the mean of their probabilities predicts the sample.
pub(super) const DRAWS: usize = 8;

/// Evaluates the decoder on some of the model's samples, density-matched, from the same codes as the model; `None`
/// without a decoder.
pub(super) fn evaluate_decoder(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    reference: &ReferenceData,
) -> Result<Option<ScoreAccumulator>> {
    let Some(input) = context.inputs.get("decoder").and_then(|sets| sets.first()) else {
        return Ok(None);
    };
    let decoder = corpus::decoder(input, model)?;
    let (set, shape) = (reference.evaluated(), &reference.shape);
    let chosen = spread(set.len(), params.samples.min(SAMPLES));
    let truths: Vec<Song> = chosen.iter().map(|&index| set.measures(index)).collect();
    let mut scores = ScoreAccumulator::default();
    for (first, truths) in (0_usize..).step_by(CHUNK).zip(truths.chunks(CHUNK)) {
        context.cancel.check()?;
        let cells = reference.cells(truths);
        let encoded = model.encode(&cells)?.mean;
        let codes = params.refining.codes(model, &cells, &encoded)?.unwrap_or(encoded);
        let rates = model.decode(&codes)?;
        let guides: Vec<Guide> = codes
            .into_iter()
            .zip(rates)
            .map(|(code, rates)| Guide::new(shape.size(), code, rates))
            .collect();
        let score = |(at, (truth, guide)): (usize, (&Song, &Guide))| {
            let draw = |draw: usize| {
                let index = ((first + at) * DRAWS + draw) as u64;
                Playing { seed: context.seed, index, temperature: 1.0 }
            };
            let playings: Vec<Playing> = (0..DRAWS).map(draw).collect();
            let probabilities = decoder.probabilities(Some(guide), &playings);
            density_matched(truth, &probabilities, shape.cells_per_measure())
        };
        let counts: Vec<Counts> = truths.par_iter().zip(&guides).enumerate().map(score).collect();
        counts.into_iter().for_each(|counts| scores.add(counts));
        let done = (first + truths.len()) as u64;
        context.report.progress("samples drawn", done, chosen.len() as u64, "");
    }
    Ok(Some(scores))
}
