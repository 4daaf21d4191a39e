//! The pianoroll as a PNG file.

use super::Failure;
use crate::music::roll::{QuantizedScore, RollShape};
use crate::report::image::{Surface, score_sheet};
use std::path::Path;

/// Draws the measures of a score, on the thesis' pitches if no other is used, otherwise on all.
pub(super) fn write(path: &Path, score: &QuantizedScore) -> Result<(), Failure> {
    let failed = |reason: String| Failure::usage("picture", reason);
    let (all, window) = (RollShape::EVERY_PITCH, RollShape::THESIS);
    let first = score.segments.first().map_or(0, |segment| segment.first_measure);
    let measures = || score.segments.iter().flat_map(|segment| segment.measures.iter());
    let lowest = usize::from(window.lowest_pitch());
    let in_window =
        |&cell: &u16| (lowest..=usize::from(window.highest_pitch())).contains(&all.pitch(cell));
    let (shape, song): (RollShape, Vec<Vec<u16>>) = if measures().flatten().all(in_window) {
        let moved = |&cell: &u16| window.cell(all.step(cell), all.pitch(cell) - lowest);
        (window, measures().map(|cells| cells.iter().map(moved).collect()).collect())
    } else {
        (all, measures().map(<[u16]>::to_vec).collect())
    };
    let picture = score_sheet(&song, first as usize, &shape, Surface::Paper);
    let picture = picture.map_err(|error| failed(error.to_string()))?;
    fs_err::write(path, picture).map_err(|error| failed(error.to_string()))
}
