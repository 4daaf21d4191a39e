//! The page's part on copying.

use super::{Findings, Real};
use crate::metrics::copying::Nearest;
use crate::metrics::summary;
use crate::report::image::{Surface, sheet};
use crate::report::page::{Copying, NearestPair};
use crate::stage::StageError;

/// Both distributions, and the first `shown` songs beside what is nearest to them.
pub(super) fn copying(
    known: &Real,
    findings: &Findings,
    shown: usize,
) -> Result<Copying, StageError> {
    let Real { training, shape, .. } = known;
    let songs = findings.drawn.iter().zip(&findings.copying.drawn).take(shown);
    let pairs = songs.map(|(song, nearest)| -> Result<NearestPair, StageError> {
        let index = nearest.candidate as usize;
        let draw = |song: Vec<Vec<u16>>| sheet(&[song], 1, shape, Surface::Clear);
        let meta = training.meta(index);
        Ok(NearestPair {
            title: song.name.clone(),
            nearest: format!("{}, from measure {}", meta.path, meta.first_measure + 1),
            similarity: nearest.similarity,
            drawn: draw(song.measures.clone()).map_err(StageError::failed)?,
            sample: draw(training.measures(index)).map_err(StageError::failed)?,
        })
    });
    let of = |found: &[Nearest]| summary(found.iter().map(|nearest| nearest.similarity));
    Ok(Copying {
        drawn: of(&findings.copying.drawn),
        real: of(&findings.copying.real),
        pairs: pairs.collect::<Result<_, _>>()?,
    })
}

/// The median similarity.
pub(super) fn median(found: &[Nearest]) -> Option<f64> {
    summary(found.iter().map(|nearest| nearest.similarity)).map(|values| values.median)
}
