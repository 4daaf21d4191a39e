//! Copying: is a generated song in the training set?
//!
//! Songs are compared cell by cell with the Jaccard index `|A and B| / |A or B|`, 0..=1. The search is exact: the queried
//! songs are indexed by cell, and each candidate is scanned once, so time is linear in the candidates' onsets and memory in
//! the queried songs, whatever the size of the training set.
//!
//! A similarity alone means nothing, because music repeats itself. The baseline is the similarity of validation songs to
//! the training set, which copying cannot explain.
//!
//! A copy may be transposed or rotated: [`alignment`] compares two songs over all alignments, and [`shortlist`] finds the
//! candidates for that. A song that strings phrases together is found by its longest [shared run](Runs).

pub mod alignment;
mod runs;
pub mod shortlist;

pub use runs::{LongestRuns, Runs};

use super::jaccard::jaccard_index;
use crate::music::inverted_index::InvertedIndex;
use crate::music::roll::{RollShape, onsets};

/// The candidate that is most similar to a song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Number of the candidate.
    pub candidate: u32,
    /// Jaccard index of the two songs' cells, 0..=1; two empty songs have 1.
    pub similarity: f64,
}

impl Nearest {
    /// Returns the more similar of two, of equals the one with the lower number, so the order of merging does not matter.
    pub fn better(self, other: Self) -> Self {
        let order = self.similarity.total_cmp(&other.similarity);
        if order.then(other.candidate.cmp(&self.candidate)).is_lt() { other } else { self }
    }
}

/// Songs whose nearest candidates are searched for, indexed by cell.
#[derive(Debug, Clone)]
pub struct Search {
    shape: RollShape,
    /// The songs that have each cell.
    holders: InvertedIndex<u32>,
    onsets: Vec<u32>,
}

/// The state of a scan over candidates.
#[derive(Debug, Clone)]
pub struct SearchState {
    /// The nearest candidate of each song; `None` before the first candidate.
    pub nearest: Vec<Option<Nearest>>,
    shared: Vec<u32>,
}

impl Search {
    /// Indexes songs of a shape. Cells outside the shape are left out.
    pub fn new(songs: &[Vec<Vec<u16>>], shape: RollShape) -> Self {
        let cells = |song: &Vec<Vec<u16>>| {
            shape.indices(song).filter(|&cell| cell < shape.cells()).collect::<Vec<_>>()
        };
        let songs: Vec<Vec<usize>> = songs.iter().map(cells).collect();
        let entries = (0..).zip(&songs);
        let entries = entries.flat_map(|(song, cells)| cells.iter().map(move |&cell| (cell, song)));
        let holders = InvertedIndex::new(shape.cells(), entries);
        let onsets = songs.iter().map(|cells| cells.len() as u32).collect();
        Self { shape, holders, onsets }
    }

    /// Returns the state before the first candidate.
    pub fn new_state(&self) -> SearchState {
        SearchState { nearest: vec![None; self.onsets.len()], shared: vec![0; self.onsets.len()] }
    }

    /// Compares one candidate, a song of the same shape.
    pub fn visit(&self, state: &mut SearchState, candidate: u32, song: &[Vec<u16>]) {
        let SearchState { nearest, shared } = state;
        shared.fill(0);
        for cell in self.shape.indices(song).filter(|&cell| cell < self.shape.cells()) {
            self.holders.get(cell).iter().for_each(|&song| shared[song as usize] += 1);
        }
        let size = onsets(song) as u32;
        for ((best, &shared), &onsets) in nearest.iter_mut().zip(&*shared).zip(&self.onsets) {
            let similarity = jaccard_index(shared as usize, size as usize, onsets as usize);
            let here = Nearest { candidate, similarity };
            *best = Some(best.map_or(here, |best| best.better(here)));
        }
    }
}

impl SearchState {
    /// Merges the states of scans over different candidates.
    pub fn merge(mut self, other: Self) -> Self {
        for (mine, theirs) in self.nearest.iter_mut().zip(other.nearest) {
            *mine = [*mine, theirs].into_iter().flatten().reduce(Nearest::better);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::diversity::song_jaccard;
    use super::*;
    use crate::metrics::testing::song;

    fn found(songs: &[Vec<Vec<u16>>], candidates: &[Vec<Vec<u16>>]) -> Vec<Option<Nearest>> {
        let search = Search::new(songs, RollShape::THESIS);
        let mut found = search.new_state();
        (0..).zip(candidates).for_each(|(at, song)| search.visit(&mut found, at, song));
        found.nearest
    }

    fn many(count: usize, step: usize) -> Vec<Vec<Vec<u16>>> {
        let notes = |at: usize| -> Vec<_> {
            (0..40).map(|note| ((note * step) % 16, (note * at * 5) % 96, 40 + note % 30)).collect()
        };
        (1..=count).map(|at| song(&notes(at))).collect()
    }

    #[test]
    fn nearest_candidate_equals_that_of_all_pairs() {
        let (songs, candidates) = (many(9, 3), many(40, 5));
        for (song, nearest) in songs.iter().zip(found(&songs, &candidates)) {
            let all: Vec<f64> = candidates.iter().map(|other| song_jaccard(song, other)).collect();
            let best = all.iter().copied().fold(0.0, f64::max);
            let first = all.iter().position(|&value| value == best).unwrap();
            assert_eq!(nearest, Some(Nearest { candidate: first as u32, similarity: best }));
        }
    }

    #[test]
    fn copies_have_similarity_1_and_songs_without_shared_cells_0() {
        let songs = [song(&[(0, 0, 60), (3, 12, 64)]), song(&[(9, 9, 99)])];
        let candidates = [song(&[(0, 0, 60)]), songs[0].clone(), songs[0].clone()];
        let nearest = found(&songs, &candidates);
        assert_eq!(nearest[0], Some(Nearest { candidate: 1, similarity: 1.0 }));
        assert_eq!(nearest[1], Some(Nearest { candidate: 0, similarity: 0.0 }));
    }

    #[test]
    fn division_of_the_candidates_does_not_matter() {
        let (songs, candidates) = (many(5, 3), many(30, 5));
        let search = Search::new(&songs, RollShape::THESIS);
        let mut parts = [search.new_state(), search.new_state()];
        for (at, song) in (0..).zip(&candidates) {
            search.visit(&mut parts[at as usize % 2], at, song);
        }
        let [even, odd] = parts;
        let whole = found(&songs, &candidates);
        assert_eq!(even.clone().merge(odd.clone()).nearest, whole);
        assert_eq!(odd.merge(even).nearest, whole);
    }

    #[test]
    fn empty_songs_are_equal_and_no_candidates_find_nothing() {
        let empty = song(&[]);
        assert_eq!(
            found(std::slice::from_ref(&empty), std::slice::from_ref(&empty))[0]
                .unwrap()
                .similarity,
            1.0
        );
        assert_eq!(found(&[song(&[(0, 0, 60)])], &[]), [None]);
    }
}
