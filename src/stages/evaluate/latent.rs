//! Analyses the latent space: its units, the positions of generated songs, and the music along its main directions.

use super::super::corpus::{CorpusInfo, POSTERIORS, posteriors};
use super::reference::{CHUNK, Song};
use crate::metrics::latent::{Expected, Unit, units};
use crate::metrics::reconstruction::most_probable;
use crate::stage_api::{Result, StageContext};
use crate::stages::spread::spread;
use partita_vae::{LatentComponents, Model};
use rayon::prelude::*;

/// Maximum number of training samples on the map.
const MAX_MAPPED: usize = 1000;
/// Maximum number of components whose music is shown.
const MAX_COMPONENTS: usize = 3;
/// Steps along a component, in standard deviations from the mean.
pub(super) const STEPS_STD: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];
/// Songs of an interpolation, including both ends.
const INTERPOLATED: usize = 5;

/// The latent space, by the posteriors of training samples.
pub(super) struct LatentSpace {
    /// Number of posteriors.
    pub(super) samples: usize,
    pub(super) units: Vec<Unit>,
    /// Principal components of the posterior means.
    pub(super) components: LatentComponents,
    /// Positions of training samples along the first two components.
    pub(super) map: Vec<[f64; 2]>,
    /// Positions of the generated songs, likewise.
    pub(super) generated: Vec<[f64; 2]>,
    /// Music along the first components.
    pub(super) directions: Vec<Direction>,
    /// Songs interpolated from the first generated song to the second; empty if there are fewer.
    pub(super) interpolation: Vec<Song>,
}

/// Music along a component, at each of [`STEPS_STD`].
pub(super) struct Direction {
    /// Expected values.
    pub(super) expected: Vec<Expected>,
    /// The most probable notes, as many as the median training sample has.
    pub(super) songs: Vec<Song>,
}

/// Analyses the latent space of a model, and the latent vectors of generated songs in it. Returns `None` if the model has
/// no posteriors, because an older version trained it.
pub(super) fn analyse(
    context: &StageContext<'_>,
    model: &Model,
    corpus: &CorpusInfo,
    generated: &[Vec<f32>],
) -> Result<Option<LatentSpace>> {
    let input = context.input("model")?;
    if input.file(POSTERIORS).is_err() {
        return Ok(None);
    }
    let posterior = posteriors(input, model)?;
    let Some(components) = LatentComponents::compute(&posterior.mean) else {
        return Ok(None);
    };
    let position = |point: &Vec<f32>| {
        [0, 1].map(|component| match component < components.vectors.len() {
            true => components.coordinate(point, component),
            false => 0.0,
        })
    };
    let shape = corpus.shape;
    let onsets = corpus.median_onsets as usize;
    let decode = |points: &[Vec<f32>]| -> Result<(Vec<Expected>, Vec<Song>)> {
        let mut decoded = Vec::new();
        for points in points.chunks(CHUNK) {
            context.cancel.check()?;
            let rolls = model.decode(points)?;
            decoded.par_extend(rolls.par_iter().map(|roll| {
                (Expected::new(roll, &shape), shape.song(&most_probable(roll, onsets)))
            }));
        }
        Ok(decoded.into_iter().unzip())
    };
    let directions = (0..components.vectors.len().min(MAX_COMPONENTS)).map(|component| {
        let points = STEPS_STD.map(|stds| components.point_at(component, stds));
        let (expected, songs) = decode(&points)?;
        Ok(Direction { expected, songs })
    });
    let directions = directions.collect::<Result<_>>()?;
    let interpolation = match generated {
        [from, to, ..] => decode(&lerp_points(from, to))?.1,
        _ => Vec::new(),
    };
    let mapped = spread(posterior.mean.len(), MAX_MAPPED).into_iter();
    Ok(Some(LatentSpace {
        samples: posterior.mean.len(),
        units: units(&posterior.mean, &posterior.std),
        map: mapped.map(|index| position(&posterior.mean[index])).collect(),
        generated: generated.iter().map(position).collect(),
        components,
        directions,
        interpolation,
    }))
}

/// Interpolates linearly between two points, both included.
fn lerp_points(from: &[f32], to: &[f32]) -> Vec<Vec<f32>> {
    let point = |step: usize| {
        let share = step as f32 / (INTERPOLATED - 1) as f32;
        from.iter().zip(to).map(|(from, to)| from + share * (to - from)).collect()
    };
    (0..INTERPOLATED).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_starts_at_one_song_and_ends_at_the_other() {
        let points = lerp_points(&[0.0, 4.0], &[2.0, 0.0]);
        assert_eq!((&points[0], &points[4]), (&vec![0.0, 4.0], &vec![2.0, 0.0]));
        assert_eq!((points.len(), &points[2]), (5, &vec![1.0, 2.0]));
    }
}
