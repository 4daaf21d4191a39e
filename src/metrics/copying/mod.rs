//! Is a drawn song a song of the training set?
//!
//! Songs are compared cell by cell with the Jaccard index `|A and B| / |A or B|`, 0..=1. The search is
//! exact: the songs asked for are indexed by cell, and each candidate is walked over once, so that time
//! grows with the candidates' onsets and memory with the songs asked for, however large the training set.
//!
//! A similarity means nothing alone: music repeats itself. The yardstick is what songs of the validation
//! set find in the training set, which no copying can explain.
//!
//! A copy may be played higher or begin elsewhere: [`alignment`] compares two songs over all such moves, and
//! [`shortlist`] finds what is worth comparing.

pub mod alignment;
pub mod shortlist;

use crate::music::roll::RollShape;
use crate::music::roll::onsets;

/// The candidate that is most like a song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// The candidate's number.
    pub candidate: u32,
    /// Jaccard index of the two songs' cells, 0..=1; two empty songs have 1.
    pub similarity: f64,
}

impl Nearest {
    /// Of two, the more similar one, and of equals the one of the lower number: merging in any order
    /// gives the same.
    #[must_use]
    pub fn better(self, other: Self) -> Self {
        let order = self.similarity.total_cmp(&other.similarity);
        match order.then(other.candidate.cmp(&self.candidate)) {
            std::cmp::Ordering::Less => other,
            _ => self,
        }
    }
}

/// Songs whose nearest candidates are asked for, indexed by cell.
#[derive(Debug, Clone)]
pub struct Search {
    shape: RollShape,
    /// `songs[starts[cell]..starts[cell + 1]]` hold a cell.
    starts: Vec<u32>,
    songs: Vec<u32>,
    onsets: Vec<u32>,
}

/// What one walk over candidates has found so far: the best of each song, and room to count in.
#[derive(Debug, Clone)]
pub struct SearchState {
    /// The nearest candidate of each song; `None` before the first candidate.
    pub nearest: Vec<Option<Nearest>>,
    shared: Vec<u32>,
}

impl Search {
    /// Indexes songs of a shape. Cells outside the shape are left out.
    pub fn new(songs: &[Vec<Vec<u16>>], shape: RollShape) -> Self {
        let mut starts = vec![0u32; shape.cells() + 1];
        let cells = |song: &Vec<Vec<u16>>| {
            shape.indices(song).filter(|&cell| cell < shape.cells()).collect::<Vec<_>>()
        };
        let songs: Vec<Vec<usize>> = songs.iter().map(cells).collect();
        for &cell in songs.iter().flatten() {
            starts[cell + 1] += 1;
        }
        for cell in 0..shape.cells() {
            starts[cell + 1] += starts[cell];
        }
        let (mut next, mut holders) = (starts.clone(), vec![0; starts[shape.cells()] as usize]);
        for (song, cells) in (0..).zip(&songs) {
            for &cell in cells {
                holders[next[cell] as usize] = song;
                next[cell] += 1;
            }
        }
        let onsets = songs.iter().map(|cells| cells.len() as u32).collect();
        Self { shape, starts, songs: holders, onsets }
    }

    /// Nothing found yet.
    pub fn new_state(&self) -> SearchState {
        SearchState { nearest: vec![None; self.onsets.len()], shared: vec![0; self.onsets.len()] }
    }

    /// Looks at one candidate, a song of the same shape.
    pub fn visit(&self, found: &mut SearchState, candidate: u32, song: &[Vec<u16>]) {
        let SearchState { nearest, shared } = found;
        shared.fill(0);
        for cell in self.shape.indices(song).filter(|&cell| cell < self.shape.cells()) {
            let holders = self.starts[cell] as usize..self.starts[cell + 1] as usize;
            for &song in &self.songs[holders] {
                shared[song as usize] += 1;
            }
        }
        let size = onsets(song) as u32;
        for ((best, &shared), &onsets) in nearest.iter_mut().zip(&*shared).zip(&self.onsets) {
            let all = size + onsets - shared;
            let similarity = if all == 0 { 1.0 } else { f64::from(shared) / f64::from(all) };
            let here = Nearest { candidate, similarity };
            *best = Some(best.map_or(here, |best| best.better(here)));
        }
    }
}

impl SearchState {
    /// What two walks over different candidates have found together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (mine, theirs) in self.nearest.iter_mut().zip(other.nearest) {
            *mine = match (*mine, theirs) {
                (Some(a), Some(b)) => Some(a.better(b)),
                (a, b) => a.or(b),
            };
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
    fn the_nearest_candidate_is_that_of_comparing_each_pair() {
        let (songs, candidates) = (many(9, 3), many(40, 5));
        for (song, nearest) in songs.iter().zip(found(&songs, &candidates)) {
            let all: Vec<f64> = candidates.iter().map(|other| song_jaccard(song, other)).collect();
            let best = all.iter().copied().fold(0.0, f64::max);
            let first = all.iter().position(|&value| value == best).unwrap();
            assert_eq!(nearest, Some(Nearest { candidate: first as u32, similarity: best }));
        }
    }

    #[test]
    fn a_copy_is_found_and_a_song_without_a_shared_cell_has_none() {
        let songs = [song(&[(0, 0, 60), (3, 12, 64)]), song(&[(9, 9, 99)])];
        let candidates = [song(&[(0, 0, 60)]), songs[0].clone(), songs[0].clone()];
        let nearest = found(&songs, &candidates);
        assert_eq!(nearest[0], Some(Nearest { candidate: 1, similarity: 1.0 }));
        assert_eq!(nearest[1], Some(Nearest { candidate: 0, similarity: 0.0 }));
    }

    #[test]
    fn the_division_of_the_candidates_does_not_matter() {
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
