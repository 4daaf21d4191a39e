//! How well codes keep songs, for trainings.

use crate::metrics::reconstruction::{ScoreAccumulator, density_matched};
use crate::music::roll::RollShape;
use partita_vae::{Model, ModelError};
use rayon::prelude::*;

/// Songs encoded and decoded at a time: 19 MB of probabilities at the thesis' sizes.
const CHUNK: usize = 32;

/// Returns the mean F1 of songs and what a model decodes from their codes, with as many cells as each song has onsets;
/// `None` without songs. Songs are onset cells, `measure * cells + cell`.
pub(super) fn mean_f1(
    model: &Model,
    songs: &[Vec<u32>],
    shape: &RollShape,
) -> Result<Option<f64>, ModelError> {
    let mut scores = ScoreAccumulator::default();
    for songs in songs.chunks(CHUNK) {
        let decoded = model.decode(&model.encode(songs)?.mean)?;
        let count = |(cells, probabilities): (&Vec<u32>, &Vec<f32>)| {
            density_matched(&shape.song(cells), probabilities, shape.cells_per_measure())
        };
        let counts: Vec<_> = songs.par_iter().zip(&decoded).map(count).collect();
        counts.into_iter().for_each(|counts| scores.add(counts));
    }
    Ok((scores.samples > 0).then(|| scores.macro_mean().f1))
}
