//! The page's part on copying.

use super::aligned::{Check, NearestAligned, SHORTLIST};
use super::{Evaluation, ReferenceData};
use crate::metrics::copying::Nearest;
use crate::metrics::summary;
use crate::report::image::{Surface, contact_sheet};
use crate::report::page::{Copying, NearestPair};
use crate::stage_api::StageError;

/// Both distributions, and the first `shown` songs beside what is nearest to them.
pub(super) fn copying_section(
    reference: &ReferenceData,
    findings: &Evaluation,
    shown: usize,
) -> Result<Copying, StageError> {
    let ReferenceData { training, shape, .. } = reference;
    let songs = findings.drawn.iter().zip(&findings.copying.drawn).zip(&findings.moved.drawn);
    let pairs =
        songs.take(shown).map(|((song, nearest), moved)| -> Result<NearestPair, StageError> {
            let index = nearest.candidate as usize;
            let draw = |song: Vec<Vec<u16>>| contact_sheet(&[song], 1, shape, Surface::Clear);
            Ok(NearestPair {
                title: song.name.clone(),
                nearest: name(reference, index),
                moved: movement(reference, moved),
                similarity: nearest.similarity,
                drawn: draw(song.measures.clone()).map_err(StageError::failed)?,
                sample: draw(training.measures(index)).map_err(StageError::failed)?,
            })
        });
    let of = |found: &[Nearest]| summary(found.iter().map(|nearest| nearest.similarity));
    let over_moves =
        |found: &[NearestAligned]| summary(found.iter().map(|nearest| nearest.moved.similarity));
    Ok(Copying {
        drawn: of(&findings.copying.drawn),
        real: of(&findings.copying.real),
        drawn_moved: over_moves(&findings.moved.drawn),
        real_moved: over_moves(&findings.moved.real),
        check: findings
            .moved
            .check
            .as_ref()
            .map_or_else(String::new, |check| checked(check, findings.moved.untried)),
        pairs: pairs.collect::<Result<_, _>>()?,
    })
}

/// Where a training sample is from.
fn name(reference: &ReferenceData, index: usize) -> String {
    let meta = reference.training.meta(index);
    format!("{}, from measure {}", meta.path, meta.first_measure + 1)
}

/// What is nearest if it may be moved.
fn movement(reference: &ReferenceData, nearest: &NearestAligned) -> String {
    let name = name(reference, nearest.candidate as usize);
    let count = |number: u32, what: &str| match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    let pitch = match nearest.moved.semitones {
        0 => String::new(),
        up @ 1.. => format!("{} up", count(up.unsigned_abs(), "semitone")),
        down => format!("{} down", count(down.unsigned_abs(), "semitone")),
    };
    let time = match nearest.moved.measures {
        0 => String::new(),
        later => format!("{} later", count(later as u32, "measure")),
    };
    let moves: Vec<String> = [pitch, time].into_iter().filter(|part| !part.is_empty()).collect();
    let how = if moves.is_empty() { "unmoved".to_owned() } else { moves.join(" and ") };
    format!("Nearest over all moves: {name}, {how}; likeness {:.3}.", nearest.moved.similarity)
}

/// What the search over moves misses.
fn checked(check: &Check, untried: f64) -> String {
    format!(
        "All moves are tried on the {SHORTLIST} training samples that are likeliest to be alike; of the others, none \
         can have a likeness above {untried:.3} with a drawn song. Tried on every training sample for {} songs, the \
         moves found a nearer one for {:.0} of them, by {:.4} on the mean of all.",
        check.songs,
        (1.0 - check.recall) * check.songs as f64,
        check.shortfall,
    )
}

/// The median similarity.
pub(super) fn median(found: &[Nearest]) -> Option<f64> {
    summary(found.iter().map(|nearest| nearest.similarity)).map(|values| values.median)
}
