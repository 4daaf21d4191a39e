//! Values of the report's section on copying.

use super::aligned::{Check, NearestAligned, SHORTLIST};
use super::evaluation::Evaluation;
use super::reference::{ReferenceData, Song, source};
use crate::metrics::copying::Nearest;
use crate::metrics::{Quartiles, summary};
use crate::report::image::{Surface, contact_sheet};
use crate::report::page::{Copying, NearestPair, Similarities};
use crate::stage_api::Result;

/// Builds the section, with pictures of the first `shown` songs.
pub(super) fn copying_section(
    reference: &ReferenceData,
    evaluation: &Evaluation,
    shown: usize,
) -> Result<Copying> {
    let Evaluation { songs, copying, aligned, .. } = evaluation;
    let draw = |song: Song| contact_sheet(&[song], 1, &reference.shape, Surface::Clear);
    let songs = songs.iter().zip(&copying.generated).zip(&aligned.generated).take(shown);
    let pairs = songs.map(|((song, nearest), aligned)| -> Result<NearestPair> {
        let index = nearest.candidate as usize;
        Ok(NearestPair {
            title: song.name.clone(),
            nearest: source(&reference.training, index),
            aligned: alignment_sentence(reference, aligned),
            similarity: nearest.similarity,
            generated: draw(song.measures.clone())?,
            sample: draw(reference.training.measures(index))?,
        })
    });
    let over_alignments =
        |found: &[NearestAligned]| summary(found.iter().map(|it| it.alignment.similarity));
    let check = aligned.check.as_ref();
    Ok(Copying {
        exact: Similarities {
            generated: similarities(&copying.generated),
            real: similarities(&copying.real),
        },
        aligned: Similarities {
            generated: over_alignments(&aligned.generated),
            real: over_alignments(&aligned.real),
        },
        check: check.map(|check| check_sentence(check, aligned.untried)).unwrap_or_default(),
        pairs: pairs.collect::<Result<_, _>>()?,
    })
}

/// Summarizes the similarities.
pub(super) fn similarities(nearest: &[Nearest]) -> Option<Quartiles> {
    summary(nearest.iter().map(|nearest| nearest.similarity))
}

/// Describes the nearest training sample over all alignments.
fn alignment_sentence(reference: &ReferenceData, nearest: &NearestAligned) -> String {
    let source = source(&reference.training, nearest.candidate as usize);
    let count = |number: usize, noun: &str, direction: &str| match number {
        0 => None,
        1 => Some(format!("1 {noun} {direction}")),
        _ => Some(format!("{number} {noun}s {direction}")),
    };
    let semitones = nearest.alignment.semitones;
    let direction = if semitones > 0 { "up" } else { "down" };
    let moves = [
        count(semitones.unsigned_abs() as usize, "semitone", direction),
        count(nearest.alignment.measures, "measure", "later"),
    ];
    let moves: Vec<String> = moves.into_iter().flatten().collect();
    let alignment = if moves.is_empty() { "unchanged".to_owned() } else { moves.join(" and ") };
    format!(
        "Nearest over all alignments: {source}, {alignment}; similarity {:.3}.",
        nearest.alignment.similarity
    )
}

/// Describes the accuracy of the search over alignments.
fn check_sentence(check: &Check, untried: f64) -> String {
    format!(
        "All alignments are tried on the {SHORTLIST} most promising training samples of each song; no other sample \
         can have a similarity above {untried:.3} to a generated song. For {} songs, all alignments of all training \
         samples were tried: a nearer sample was found for {:.0} of them, with a similarity that is higher by {:.4} \
         on average over all of them.",
        check.songs,
        (1.0 - check.recall) * check.songs as f64,
        check.shortfall,
    )
}
