//! Reconstruction by the note-by-note decoder.

use super::super::corpus;
use super::reconstruction::ReconstructionEval;
use super::reference::CHUNK;
use crate::metrics::reconstruction::density_matched;
use crate::metrics::{Counts, ScoreAccumulator};
use crate::music::roll::RollShape;
use crate::stage_api::{Result, StageContext};
use crate::stages::spread::spread;
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
    model: &Model,
    shape: &RollShape,
    ReconstructionEval { real, codes, .. }: &ReconstructionEval,
) -> Result<Option<ScoreAccumulator>> {
    let Some(input) = context.inputs.get("decoder").and_then(|sets| sets.first()) else {
        return Ok(None);
    };
    let decoder = corpus::decoder(input, model)?;
    let chosen = spread(real.len(), SAMPLES);
    let mut scores = ScoreAccumulator::default();
    for (first, chosen) in (0_usize..).step_by(CHUNK).zip(chosen.chunks(CHUNK)) {
        context.cancel.check()?;
        let codes: Vec<Vec<f32>> = chosen.iter().map(|&index| codes[index].clone()).collect();
        let guides: Vec<Guide> = model
            .decode(&codes)?
            .into_iter()
            .zip(codes)
            .map(|(rates, code)| Guide::new(shape.size(), code, rates))
            .collect();
        let score = |(at, (&index, guide)): (usize, (&usize, &Guide))| {
            let draw = |draw: usize| {
                let index = ((first + at) * DRAWS + draw) as u64;
                Playing { seed: context.seed, index, temperature: 1.0 }
            };
            let playings: Vec<Playing> = (0..DRAWS).map(draw).collect();
            let probabilities = decoder.probabilities(Some(guide), &playings);
            density_matched(&real[index], &probabilities, shape.cells_per_measure())
        };
        let counts: Vec<Counts> = chosen.par_iter().zip(&guides).enumerate().map(score).collect();
        counts.into_iter().for_each(|counts| scores.add(counts));
        let done = (first + chosen.len()) as u64;
        context.report.progress("samples drawn", done, real.len().min(SAMPLES) as u64, "");
    }
    Ok(Some(scores))
}
