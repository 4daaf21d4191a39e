//! Is a drawn song a song of the training set, played higher or begun elsewhere?
//!
//! A move shifts all pitches of a candidate by up to an octave and turns its measures round: what leaves at
//! the end comes in at the beginning. With 16 measures these are 25 x 16 = 400 moves, and the likeness over
//! moves is the largest Jaccard index of any. A note that is moved off the grid is still a note that the
//! other song does not have.

use crate::music::roll::RollShape;

/// Semitones up or down that a candidate is moved, at most: an octave.
pub const OCTAVE: i32 = 12;
/// Shifts: up, down, and none.
pub(super) const SHIFTS: usize = 2 * OCTAVE as usize + 1;

/// How a candidate is most like a song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Jaccard index of the song's cells and the moved candidate's, 0..=1; two empty songs have 1.
    pub similarity: f64,
    /// Semitones that the candidate is moved upwards, -12..=12.
    pub semitones: i32,
    /// Measures that the candidate is moved to the right, 0..measures.
    pub measures: usize,
}

/// A song's notes ordered for comparison over moves.
#[derive(Debug, Clone)]
pub struct AlignableSong {
    shape: RollShape,
    /// `notes[starts[step]..starts[step + 1]]` are (measure, row), by row.
    starts: Vec<u32>,
    notes: Vec<(u16, i16)>,
}

impl AlignableSong {
    /// Orders the notes of a song of a shape. Cells outside the shape are left out.
    pub fn of(song: &[Vec<u16>], shape: &RollShape) -> Self {
        let inside = |&cell: &u16| usize::from(cell) < shape.cells_per_measure();
        let mut notes: Vec<(u16, i16, u16)> = (0..shape.measures() as u16)
            .zip(song)
            .flat_map(|(measure, cells)| {
                let cells = cells.iter().copied().filter(inside);
                cells.map(move |cell| (shape.step(cell) as u16, shape.row(cell) as i16, measure))
            })
            .collect();
        notes.sort_unstable();
        let mut starts = vec![0; shape.steps() + 1];
        notes.iter().for_each(|&(step, ..)| starts[usize::from(step) + 1] += 1);
        (0..shape.steps()).for_each(|step| starts[step + 1] += starts[step]);
        let notes = notes.into_iter().map(|(_, row, measure)| (measure, row)).collect();
        Self { shape: *shape, starts, notes }
    }

    fn at(&self, step: usize) -> &[(u16, i16)] {
        &self.notes[self.starts[step] as usize..self.starts[step + 1] as usize]
    }

    /// The move that makes `candidate`, of the same shape, most like this song; of equals the one with the
    /// fewest semitones, then the fewest measures. Every pair of notes votes for the one move that makes
    /// them meet.
    pub fn nearest(&self, candidate: &Self) -> Alignment {
        let measures = self.shape.measures();
        let mut votes = vec![0u32; measures * SHIFTS];
        for step in 0..self.shape.steps() {
            let (ours, mut theirs) = (self.at(step), candidate.at(step));
            for &(measure, row) in ours {
                // Both go upwards, so what is too low for this note is too low for all that follow.
                let low = theirs.partition_point(|&(_, other)| i32::from(row - other) > OCTAVE);
                theirs = &theirs[low..];
                for &(from, other) in theirs {
                    let shift = i32::from(row - other) + OCTAVE;
                    if shift < 0 {
                        break;
                    }
                    let right = usize::from(measure) + measures - usize::from(from);
                    let right = if right >= measures { right - measures } else { right };
                    votes[right * SHIFTS + shift as usize] += 1;
                }
            }
        }
        let order = |&(place, &count): &(usize, &u32)| {
            let (right, shift) = (place / SHIFTS, (place % SHIFTS) as i32 - OCTAVE);
            (count, std::cmp::Reverse((shift.abs(), right, -shift)))
        };
        let best = votes.iter().enumerate().max_by_key(order);
        let (place, &shared) = best.unwrap_or((OCTAVE as usize, &0));
        Alignment {
            similarity: index(shared as usize, self.notes.len(), candidate.notes.len()),
            semitones: (place % SHIFTS) as i32 - OCTAVE,
            measures: place / SHIFTS,
        }
    }
}

/// Jaccard index.
fn index(shared: usize, a: usize, b: usize) -> f64 {
    let all = a + b - shared;
    if all == 0 { 1.0 } else { shared as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::diversity::song_jaccard;
    use crate::metrics::testing::song;

    type Notes = Vec<(usize, usize, usize)>;

    fn tune() -> Notes {
        (0..60)
            .map(|note| {
                ((note * 7) % 16, (note * 12) % 96, 50 + (note * note + note / 24 * 5) % 24)
            })
            .collect()
    }

    fn moved(notes: &Notes, semitones: i32, measures: usize) -> Notes {
        let pitch = |pitch: usize| (pitch as i32 + semitones) as usize;
        notes.iter().map(|&(m, step, p)| ((m + measures) % 16, step, pitch(p))).collect()
    }

    fn nearest(a: &Notes, b: &Notes) -> Alignment {
        let of = |notes: &Notes| AlignableSong::of(&song(notes), &RollShape::THESIS);
        of(a).nearest(&of(b))
    }

    #[test]
    fn a_moved_copy_is_found_with_its_move() {
        for (semitones, measures) in [(0, 0), (5, 0), (-12, 3), (12, 15), (-1, 8)] {
            let found = nearest(&moved(&tune(), semitones, measures), &tune());
            assert_eq!(found, Alignment { similarity: 1.0, semitones, measures });
        }
        assert!(nearest(&moved(&tune(), 13, 0), &tune()).similarity < 1.0);
    }

    #[test]
    fn the_best_move_is_that_of_trying_all() {
        let (a, b) = (tune(), tune().into_iter().map(|(m, s, p)| (m ^ 3, s, p ^ 1)).collect());
        let found = nearest(&a, &b);
        let all = (-12..=12).flat_map(|semitones| (0..16).map(move |right| (semitones, right)));
        let likeness =
            |(semitones, right)| song_jaccard(&song(&a), &song(&moved(&b, semitones, right)));
        let best = all.map(likeness).fold(0.0, f64::max);
        assert_eq!(found.similarity, best);
        assert_eq!(likeness((found.semitones, found.measures)), best);
    }

    #[test]
    fn notes_moved_off_the_grid_still_count() {
        let low: Notes = vec![(0, 0, 16), (0, 24, 60)];
        let found = nearest(&vec![(0, 24, 55)], &low);
        assert_eq!((found.similarity, found.semitones), (0.5, -5));
    }

    #[test]
    fn silence_is_like_silence_without_a_move() {
        let none = Alignment { similarity: 1.0, semitones: 0, measures: 0 };
        assert_eq!(nearest(&vec![], &vec![]), none);
        assert_eq!(nearest(&tune(), &vec![]), Alignment { similarity: 0.0, ..none });
    }
}
