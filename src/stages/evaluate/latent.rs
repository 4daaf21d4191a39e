//! The latent space: what its units hold, where drawn songs lie in it, and what its main directions play.

use super::super::corpus::{CorpusInfo, POSTERIORS, posteriors};
use super::reconstruction::{CHUNK, spread};
use crate::metrics::latent::{Components, Expected, Unit, units};
use crate::metrics::reconstruction::most_probable;
use crate::stage_api::{StageContext, StageError};
use partita_vae::Model;
use rayon::prelude::*;

/// Training samples on the map, at most.
const MAPPED: usize = 1000;
/// Components whose music is shown, at most.
const PLAYED: usize = 3;
/// Where along a component, in deviations from the mean.
pub(super) const STEPS_STD: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];
/// Songs from one drawn song to the next, both included.
const BETWEEN: usize = 5;

/// What was found. Posteriors are those of training samples.
pub(super) struct Latent {
    /// How many posteriors that is of.
    pub(super) samples: usize,
    pub(super) units: Vec<Unit>,
    /// Of the posterior means.
    pub(super) components: Components,
    /// Training samples along the first two components.
    pub(super) map: Vec<[f64; 2]>,
    /// Drawn songs, likewise.
    pub(super) drawn: Vec<[f64; 2]>,
    /// The first components.
    pub(super) played: Vec<Played>,
    /// Songs on the straight lerp_points from the first drawn song to the second; none where there are fewer.
    pub(super) between: Vec<Vec<Vec<u16>>>,
}

/// What a component does to a song: what is expected, and as many of the most probable notes as the median
/// training sample has, at each of [`STEPS_STD`].
pub(super) struct Played {
    pub(super) expected: Vec<Expected>,
    pub(super) songs: Vec<Vec<Vec<u16>>>,
}

/// Looks at the latent space of a model that songs with these latent vectors were drawn from. `None` for a model
/// of an older version, which keeps no posteriors, and for one of no samples.
pub(super) fn latent(
    context: &StageContext<'_>,
    model: &Model,
    corpus: &CorpusInfo,
    drawn: &[Vec<f32>],
) -> Result<Option<Latent>, StageError> {
    let input = context.input("model")?;
    if input.file(POSTERIORS).is_err() {
        return Ok(None);
    }
    let posterior = posteriors(input, model)?;
    let Some(components) = Components::of(&posterior.mean) else {
        return Ok(None);
    };
    let place = |point: &Vec<f32>| {
        let along = |component| match component < components.vectors.len() {
            true => components.place(point, component),
            false => 0.0,
        };
        [along(0), along(1)]
    };
    let shown = spread(posterior.mean.len(), MAPPED);
    let player = LatentDecoder { context, model, corpus };
    let most = components.vectors.len().min(PLAYED);
    let played = (0..most).map(|component| {
        let points = STEPS_STD.map(|deviations| components.along(component, deviations));
        let (expected, songs) = player.play(&points)?;
        Ok(Played { expected, songs })
    });
    let played = played.collect::<Result<_, StageError>>()?;
    let between = match drawn {
        [from, to, ..] => player.play(&lerp_points(from, to))?.1,
        _ => Vec::new(),
    };
    Ok(Some(Latent {
        samples: posterior.mean.len(),
        units: units(&posterior.mean, &posterior.deviation),
        map: shown.into_iter().map(|index| place(&posterior.mean[index])).collect(),
        drawn: drawn.iter().map(place).collect(),
        components,
        played,
        between,
    }))
}

/// Points on the straight lerp_points from one to another.
fn lerp_points(from: &[f32], to: &[f32]) -> Vec<Vec<f32>> {
    let point = |step: usize| {
        let share = step as f32 / (BETWEEN - 1) as f32;
        from.iter().zip(to).map(|(from, to)| from + share * (to - from)).collect()
    };
    (0..BETWEEN).map(point).collect()
}

/// Decodes points.
struct LatentDecoder<'a, 'b> {
    context: &'a StageContext<'b>,
    model: &'a Model,
    corpus: &'a CorpusInfo,
}

type Songs = Vec<Vec<Vec<u16>>>;

impl LatentDecoder<'_, '_> {
    fn play(&self, points: &[Vec<f32>]) -> Result<(Vec<Expected>, Songs), StageError> {
        let shape = self.corpus.shape;
        let onsets = self.corpus.median_onsets as usize;
        let (mut expected, mut songs) = (Vec::new(), Vec::new());
        for points in points.chunks(CHUNK) {
            self.context.cancel.check()?;
            let rolls = self.model.decode(points).map_err(StageError::failed)?;
            let both: Vec<_> = rolls
                .par_iter()
                .map(|roll| (Expected::of(roll, &shape), shape.song(&most_probable(roll, onsets))))
                .collect();
            let (some, played): (Vec<_>, Vec<_>) = both.into_iter().unzip();
            expected.extend(some);
            songs.extend(played);
        }
        Ok((expected, songs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_begins_at_one_song_and_ends_at_the_other() {
        let points = lerp_points(&[0.0, 4.0], &[2.0, 0.0]);
        assert_eq!((&points[0], &points[4]), (&vec![0.0, 4.0], &vec![2.0, 0.0]));
        assert_eq!((points.len(), &points[2]), (5, &vec![1.0, 2.0]));
    }
}
