//! The melody by threshold: the thesis interprets a cell's probability as its volume and the loudest notes as the
//! melody (its figure 14).
//!
//! Densities of models differ, so the threshold is not a fixed probability: it is the one that a given share of a
//! song's notes reaches.

use crate::music::roll::RollShape;
use std::cmp::Reverse;

/// The most probable notes of a song.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Melody {
    /// Lowest probability of its notes; `None` if it has none.
    pub(super) threshold: Option<f64>,
    /// Its cells, ascending, numbered through the song.
    pub(super) cells: Vec<u32>,
}

impl Melody {
    /// Selects this share of a song's notes, rounded to whole notes; the earlier ones of equal probability.
    pub(super) fn of(
        song: &[Vec<u16>],
        probabilities: &[f32],
        shape: &RollShape,
        share: f64,
    ) -> Self {
        let probability = |cell: u32| probabilities.get(cell as usize).copied().unwrap_or(0.0);
        let mut cells: Vec<u32> =
            shape.indices(song).filter_map(|index| u32::try_from(index).ok()).collect();
        let count = (cells.len() as f64 * share).round() as usize;
        // Bits of floats that are not negative sort like the floats.
        cells.sort_unstable_by_key(|&cell| (Reverse(probability(cell).to_bits()), cell));
        cells.truncate(count);
        let threshold = cells.last().map(|&cell| f64::from(probability(cell)));
        cells.sort_unstable();
        Self { threshold, cells }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: RollShape = match RollShape::new(2, 2, 3, 60) {
        Ok(shape) => shape,
        Err(_) => panic!("an impossible shape"),
    };

    fn melody(share: f64) -> Melody {
        let mut probabilities = vec![0.9; SHAPE.cells()];
        for (cell, probability) in [(0, 0.5), (4, 0.25), (7, 0.75), (11, 0.5)] {
            probabilities[cell] = probability;
        }
        Melody::of(&[vec![0, 4], vec![1, 5]], &probabilities, &SHAPE, share)
    }

    #[test]
    fn melody_is_the_most_probable_share_of_the_onsets() {
        assert_eq!(melody(0.25), Melody { threshold: Some(0.75), cells: vec![7] });
        assert_eq!(melody(0.5), Melody { threshold: Some(0.5), cells: vec![0, 7] });
        assert_eq!(melody(1.0), Melody { threshold: Some(0.25), cells: vec![0, 4, 7, 11] });
    }

    #[test]
    fn melody_is_empty_without_a_share_or_notes() {
        assert_eq!(melody(0.0), Melody::default());
        assert_eq!(Melody::of(&[vec![], vec![]], &[0.5; 12], &SHAPE, 1.0), Melody::default());
    }
}
