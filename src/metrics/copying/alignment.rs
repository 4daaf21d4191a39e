//! Copying up to alignment: transposition, and rotation of the measures.
//!
//! An alignment transposes a candidate by up to an octave and rotates its measures: those that leave at the end come in at
//! the start. With 16 measures there are 25 x 16 = 400 alignments; the similarity is the largest Jaccard index of any. A
//! note that is transposed outside the rows still counts as a note that the other song does not have.

use crate::metrics::jaccard::jaccard_index;
use crate::music::inverted_index::InvertedIndex;
use crate::music::roll::RollShape;

/// Maximum transposition in semitones, up or down: an octave.
pub const OCTAVE: i32 = 12;
/// Number of transpositions: up, down, and none.
pub(super) const SHIFTS: usize = 2 * OCTAVE as usize + 1;

/// The alignment of a candidate that is most similar to a song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Jaccard index of the cells of the song and the aligned candidate, 0..=1; 1 if both are empty.
    pub similarity: f64,
    /// Transposition of the candidate in semitones, -12..=12.
    pub semitones: i32,
    /// Measures by which the candidate is rotated to the right, 0..measures.
    pub measures: usize,
}

/// The notes of a song, ordered for alignment.
#[derive(Debug, Clone)]
pub struct AlignableSong {
    shape: RollShape,
    /// (measure, row) of the notes of each step, by row.
    notes: InvertedIndex<(u16, i16)>,
}

impl AlignableSong {
    /// Orders the notes of a song of a shape. Cells outside the shape are left out.
    pub fn new(song: &[Vec<u16>], shape: &RollShape) -> Self {
        let inside = |&cell: &u16| usize::from(cell) < shape.cells_per_measure();
        let mut notes: Vec<(u16, i16, u16)> = (0..shape.measures() as u16)
            .zip(song)
            .flat_map(|(measure, cells)| {
                let cells = cells.iter().copied().filter(inside);
                cells.map(move |cell| (shape.step(cell) as u16, shape.row(cell) as i16, measure))
            })
            .collect();
        notes.sort_unstable();
        let entries = notes.iter().map(|&(step, row, measure)| (step.into(), (measure, row)));
        Self { shape: *shape, notes: InvertedIndex::new(shape.steps(), entries) }
    }

    /// Returns the alignment of `candidate`, of the same shape, that is most similar to this song; of equals the one with
    /// the fewest semitones, then the fewest measures. Every pair of notes votes for the one alignment that makes them
    /// coincide.
    pub fn nearest(&self, candidate: &Self) -> Alignment {
        let measures = self.shape.measures();
        let mut votes = vec![0u32; measures * SHIFTS];
        for step in 0..self.shape.steps() {
            let (ours, mut theirs) = (self.notes.get(step), candidate.notes.get(step));
            for &(measure, row) in ours {
                // Both ascend, so notes too low for this one are too low for all that follow.
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
        let [ours, theirs] = [self, candidate].map(|song| song.notes.values.len());
        let (place, &shared) = best.unwrap_or((OCTAVE as usize, &0));
        Alignment {
            similarity: jaccard_index(shared as usize, ours, theirs),
            semitones: (place % SHIFTS) as i32 - OCTAVE,
            measures: place / SHIFTS,
        }
    }
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
        let of = |notes: &Notes| AlignableSong::new(&song(notes), &RollShape::THESIS);
        of(a).nearest(&of(b))
    }

    #[test]
    fn aligned_copies_are_found_with_their_alignment() {
        for (semitones, measures) in [(0, 0), (5, 0), (-12, 3), (12, 15), (-1, 8)] {
            let found = nearest(&moved(&tune(), semitones, measures), &tune());
            assert_eq!(found, Alignment { similarity: 1.0, semitones, measures });
        }
        assert!(nearest(&moved(&tune(), 13, 0), &tune()).similarity < 1.0);
    }

    #[test]
    fn best_alignment_equals_that_of_trying_all() {
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
    fn notes_transposed_outside_the_rows_still_count() {
        let low: Notes = vec![(0, 0, 16), (0, 24, 60)];
        let found = nearest(&vec![(0, 24, 55)], &low);
        assert_eq!((found.similarity, found.semitones), (0.5, -5));
    }

    #[test]
    fn silence_aligns_with_silence() {
        let none = Alignment { similarity: 1.0, semitones: 0, measures: 0 };
        assert_eq!(nearest(&vec![], &vec![]), none);
        assert_eq!(nearest(&tune(), &vec![]), Alignment { similarity: 0.0, ..none });
    }
}
