//! Songs that are made slightly wrong, to measure the power of judges.

use crate::music::roll::RollShape;
use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Share of the notes that are moved.
pub const MOVED: f64 = 0.05;

/// Moves each note of a song with a probability of [`MOVED`] a semitone up or down. A note that would leave the grid or
/// meet another one stays. Depends only on `seed`.
pub fn corrupted(song: &[Vec<u16>], shape: &RollShape, seed: u64) -> Vec<Vec<u16>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let moved = |cells: &Vec<u16>| {
        let mut cells = cells.clone();
        for at in 0..cells.len() {
            let (is_moved, is_up) = (random.random_bool(MOVED), random.random_bool(0.5));
            let row = shape.row(cells[at]);
            let target = if is_up { Some(row + 1) } else { row.checked_sub(1) };
            let target = target.filter(|&row| is_moved && row < shape.pitches());
            let cell = target.map(|row| shape.cell(shape.step(cells[at]), row));
            if let Some(cell) = cell.filter(|cell| !cells.contains(cell)) {
                cells[at] = cell;
            }
        }
        cells.sort_unstable();
        cells
    };
    song.iter().map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;

    #[test]
    fn about_one_note_in_twenty_moves_a_semitone() {
        let shape = RollShape::THESIS;
        let notes: Vec<_> = (0..16).flat_map(|m| (0..48).map(move |at| (m, 2 * at, 60))).collect();
        let (song, moved) = (song(&notes), corrupted(&song(&notes), &shape, 1));
        shape.check(&moved).unwrap();
        let pitches = moved.iter().flatten().map(|&cell| shape.pitch(cell));
        let off = pitches.filter(|&pitch| pitch != 60).collect::<Vec<_>>();
        assert!(off.iter().all(|pitch| (59..=61).contains(pitch)));
        assert!((20..60).contains(&off.len()), "{}", off.len());
        assert_eq!(corrupted(&song, &shape, 1), moved);
    }

    #[test]
    fn notes_without_room_stay() {
        let shape = RollShape::new(1, 2, 3, 60).unwrap();
        let full: Vec<Vec<u16>> = vec![(0..6).collect()];
        assert!((0..50).all(|seed| corrupted(&full, &shape, seed) == full));
    }
}
