//! Do drawn songs differ in more than volume? Their probabilities are those of their latent vectors.

use super::reconstruction::CHUNK;
use crate::metrics::rank::{RankCorrelation, Ranks};
use crate::music::roll::RollShape;
use crate::report::array::read_matrix;
use crate::stage_api::{InputSet, StageContext, StageError};
use partita_vae::Model;
use rayon::prelude::*;

/// The latent vectors of drawn songs; none, with a warning, for songs of another network.
pub(super) fn latents(
    context: &StageContext<'_>,
    songs: &InputSet,
    model: &Model,
) -> Result<Vec<Vec<f32>>, StageError> {
    let file = songs.file("latents.npy")?;
    let latents = read_matrix(&fs_err::read(file)?)
        .map_err(|error| StageError::failed(format!("latents.npy: {error}")))?;
    if latents.iter().any(|latent| latent.len() != model.architecture().latent) {
        context
            .report
            .warning("the songs were drawn from another model: their rank correlation is left out");
        return Ok(Vec::new());
    }
    Ok(latents)
}

/// Mean rank correlation of two drawn songs' probabilities; `None` for fewer than two songs.
pub(super) fn rank_correlation(
    context: &StageContext<'_>,
    latents: &[Vec<f32>],
    model: &Model,
    shape: &RollShape,
) -> Result<Option<f64>, StageError> {
    let mut correlation = RankCorrelation::new(shape.cells());
    for latents in latents.chunks(CHUNK) {
        context.cancel.check()?;
        let rolls = model.decode(latents).map_err(StageError::failed)?;
        let ranks: Vec<Option<Ranks>> = rolls.par_iter().map(|roll| Ranks::of(roll)).collect();
        ranks.iter().flatten().for_each(|ranks| correlation.add(ranks));
    }
    Ok(correlation.mean())
}
