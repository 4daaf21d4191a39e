//! What makes two files the same piece: their onsets on the grid of 96 steps, whatever their
//! division, tracks, instruments and tempo, and however long the silence before them.
//!
//! Both encodings are injective (fixed-size numbers, counts before lists), so equal digests mean
//! equal onsets. Drums are left out; all 128 pitches take part. A piece without melodic notes gives
//! no bytes.

use super::roll::{Drums, Grid, Gridded, grid};
use super::score::Score;

/// Steps of the canonical grid.
const STEPS: u16 = 96;

/// Equal for two scores whose onsets are equal. Per segment of constant meter: the number of its
/// sounding measures; per sounding measure: its index from the first sounding one of the piece, the
/// number of its onsets, and each onset as step * 128 + pitch. All numbers little-endian: `u32`,
/// `u32`, `u32`, `u16`.
pub fn canonical_notes(score: &Score) -> Vec<u8> {
    gridded(score).map_or_else(Vec::new, |gridded| encode(&gridded, 0))
}

/// Equal for two scores that are transpositions of one another: as [`canonical_notes`], with
/// pitches counted from the lowest.
pub fn canonical_shape(score: &Score) -> Vec<u8> {
    gridded(score).map_or_else(Vec::new, |gridded| {
        let measures = gridded.segments.iter().flat_map(|segment| &segment.measures);
        let lowest = measures.flat_map(|measure| measure.iter().map(|cell| cell % 128)).min();
        encode(&gridded, lowest.unwrap_or(0))
    })
}

fn gridded(score: &Score) -> Option<Gridded> {
    let all = Grid::new(STEPS, 128, 0).ok()?;
    grid(score, &all, Drums::Drop).ok()
}

fn encode(gridded: &Gridded, lowest: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * gridded.onsets as usize + 64);
    let number = |value: usize| (value as u32).to_le_bytes();
    let mut index = 0;
    for segment in &gridded.segments {
        let sounding = segment.measures.iter().filter(|measure| !measure.is_empty());
        bytes.extend(number(sounding.count()));
        for measure in &segment.measures {
            if !measure.is_empty() {
                bytes.extend(number(index));
                bytes.extend(number(measure.len()));
                bytes.extend(measure.iter().flat_map(|cell| (cell - lowest).to_le_bytes()));
            }
            index += 1; // at most MOST_MEASURES
        }
    }
    bytes
}
