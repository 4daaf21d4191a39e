//! The training sample that is most like each song.

use super::Real;
use crate::metrics::copying::{Found, Nearest, Search};
use crate::stage::{Context, StageError};
use rayon::prelude::*;

/// Training samples between two looks at whether to stop.
const STRETCH: usize = 8192;
/// Training samples that one thread walks over at least: each walk has results of its own to merge.
const WALK: usize = 256;

/// What was found for each song; nothing where there are no training samples.
pub(super) struct Copying {
    /// For the drawn songs, in their order.
    pub(super) drawn: Vec<Nearest>,
    /// For the validation samples that the model was judged on. Empty where it was judged on training
    /// samples: each would find itself.
    pub(super) real: Vec<Nearest>,
}

/// Compares every song with every training sample.
pub(super) fn copying(
    context: &Context<'_>,
    known: &Real,
    drawn: &[Vec<Vec<u16>>],
    real: &[Vec<Vec<u16>>],
) -> Result<Copying, StageError> {
    let Real { training, shape, .. } = known;
    let real = if known.held.is_empty() { &[] } else { real };
    let search = Search::new(&[drawn, real].concat(), *shape);
    let mut found = search.nothing();
    for first in (0..training.len()).step_by(STRETCH) {
        context.stop.check()?;
        let end = training.len().min(first + STRETCH);
        let walk = |mut found: Found, index: usize| {
            search.visit(&mut found, index as u32, &training.measures(index));
            found
        };
        let stretch = (first..end).into_par_iter().with_min_len(WALK);
        let stretch = stretch.fold(|| search.nothing(), walk);
        found = found.merge(stretch.reduce(|| search.nothing(), Found::merge));
        context.report.progress("samples", end as u64, training.len() as u64, "nearest songs");
    }
    let mut nearest = found.nearest.into_iter();
    let drawn = nearest.by_ref().take(drawn.len()).flatten().collect();
    Ok(Copying { drawn, real: nearest.flatten().collect() })
}
