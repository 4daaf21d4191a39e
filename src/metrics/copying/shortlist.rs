//! Candidates for the alignment search.
//!
//! Trying 400 alignments on every pair of songs is slow. Summing a song over its measures gives a step x pitch histogram,
//! its *fold*, which rotation leaves unchanged. For each of the 25 transpositions, the histogram intersection with all
//! queried songs is computed in one scan over the candidates. No alignment makes more notes coincide, so it bounds the
//! similarity; only the candidates with the highest bounds are searched. Recall must be measured against trying all.

use super::alignment::{OCTAVE, SHIFTS};
use crate::music::inverted_index::InvertedIndex;
use crate::music::roll::{RollShape, onsets};
use std::cmp::Ordering;

/// A training song that may be similar to the generated one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Number of the song.
    pub song: u32,
    /// Upper bound of the similarity of any alignment, 0..=1.
    pub bound: f32,
}

impl Candidate {
    /// Orders by descending bound, then by number.
    fn order(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound).then(self.song.cmp(&other.song))
    }
}

/// Songs whose candidates are searched for, indexed by the cells of their folds.
#[derive(Debug, Clone)]
pub struct Folds {
    shape: RollShape,
    max_candidates: usize,
    /// For each cell, a song and the number of its measures that have the cell.
    holders: InvertedIndex<(u32, u16)>,
    onsets: Vec<u32>,
}

/// The best candidates of each song so far.
#[derive(Debug, Clone)]
pub struct Shortlists {
    lists: Vec<Vec<Candidate>>,
    /// Shared notes of all songs at the lowest transposition, then at the next.
    shared: Vec<u32>,
    max_candidates: usize,
}

/// Returns the cells of all measures, ascending, each with the number of measures that have it.
fn fold(song: &[Vec<u16>], shape: &RollShape) -> Vec<(u16, u16)> {
    let mut cells: Vec<u16> = song.iter().flatten().copied().collect();
    cells.retain(|&cell| usize::from(cell) < shape.cells_per_measure());
    cells.sort_unstable();
    cells.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u16)).collect()
}

impl Folds {
    /// Indexes songs of a shape; `max_candidates` (at least 1) are kept for each.
    pub fn new(songs: &[Vec<Vec<u16>>], shape: RollShape, max_candidates: usize) -> Self {
        let folds: Vec<_> = songs.iter().map(|song| fold(song, &shape)).collect();
        let entries = (0..).zip(&folds).flat_map(|(song, fold)| {
            fold.iter().map(move |&(cell, times)| (cell.into(), (song, times)))
        });
        let holders = InvertedIndex::new(shape.cells_per_measure(), entries);
        let onsets = songs.iter().map(|song| onsets(song) as u32).collect();
        Self { shape, max_candidates: max_candidates.max(1), holders, onsets }
    }

    /// Returns the state before the first candidate.
    pub fn new_state(&self) -> Shortlists {
        let songs = self.onsets.len();
        let shared = vec![0; songs * SHIFTS];
        Shortlists { lists: vec![Vec::new(); songs], shared, max_candidates: self.max_candidates }
    }

    /// Adds one candidate, a song of the same shape.
    pub fn visit(&self, found: &mut Shortlists, candidate: u32, song: &[Vec<u16>]) {
        let Shortlists { lists, shared, max_candidates } = found;
        for (list, bound) in lists.iter_mut().zip(self.bounds(shared, song)) {
            list.push(Candidate { song: candidate, bound });
            if list.len() >= 2 * *max_candidates {
                keep_best(list, *max_candidates);
            }
        }
    }

    /// Returns, for each indexed song, the upper bound of its similarity to any alignment of `song`, of the same shape.
    /// `shared` is a buffer of any content.
    pub fn bounds(&self, shared: &mut Vec<u32>, song: &[Vec<u16>]) -> impl Iterator<Item = f32> {
        shared.clear();
        shared.resize(self.onsets.len() * SHIFTS, 0);
        let songs = self.onsets.len();
        for (cell, times) in fold(song, &self.shape) {
            // Transpositions that keep the note inside the rows.
            let row = self.shape.row(cell) as i32;
            let down = row.min(OCTAVE);
            let up = (self.shape.pitches() as i32 - 1 - row).min(OCTAVE);
            for shift in -down..=up {
                let moved = (i32::from(cell) + shift) as usize;
                let shared = &mut shared[(shift + OCTAVE) as usize * songs..][..songs];
                for &(song, held) in self.holders.get(moved) {
                    shared[song as usize] += u32::from(held.min(times));
                }
            }
        }
        let size = onsets(song) as u32;
        self.onsets.iter().enumerate().map(move |(song, &onsets)| {
            let most_shared = (0..SHIFTS).map(|shift| shared[shift * songs + song]).max();
            let most_shared = most_shared.unwrap_or(0);
            let union = (onsets + size - most_shared).max(1);
            most_shared as f32 / union as f32
        })
    }
}

impl Shortlists {
    /// Merges the lists of scans over different candidates.
    pub fn merge(mut self, other: Self) -> Self {
        for (mine, theirs) in self.lists.iter_mut().zip(other.lists) {
            mine.extend(theirs);
            if mine.len() >= 2 * self.max_candidates {
                keep_best(mine, self.max_candidates);
            }
        }
        self
    }

    /// Returns the best candidates of each song, the best first.
    pub fn finish(mut self) -> Vec<Vec<Candidate>> {
        for list in &mut self.lists {
            list.sort_unstable_by(Candidate::order);
            list.truncate(self.max_candidates);
        }
        self.lists
    }
}

/// Keeps the best `count` candidates, in any order.
fn keep_best(list: &mut Vec<Candidate>, count: usize) {
    list.select_nth_unstable_by(count, Candidate::order);
    list.truncate(count);
}

#[cfg(test)]
mod tests {
    use super::super::alignment::AlignableSong;
    use super::*;
    use crate::metrics::testing::song;

    fn tune(seed: usize, semitones: usize, measures: usize) -> Vec<Vec<u16>> {
        let note = |at: usize| {
            let value = (at * 31 + 7) * (seed + 11);
            ((value / 7 + measures) % 16, value % 24 * 4, 40 + value / 5 % 23 + semitones)
        };
        song(&(0..80).map(note).collect::<Vec<_>>())
    }

    fn lists(songs: &[Vec<Vec<u16>>], most: usize, parts: usize) -> Vec<Vec<Candidate>> {
        let folds = Folds::new(songs, RollShape::THESIS, most);
        let mut found = vec![folds.new_state(); parts];
        for at in 0..200u32 {
            folds.visit(&mut found[at as usize % parts], at, &tune(at as usize, 0, 0));
        }
        found.into_iter().reduce(Shortlists::merge).unwrap().finish()
    }

    #[test]
    fn aligned_copies_are_first_in_their_list() {
        let songs = [tune(150, 5, 3), tune(9, 12, 15)];
        let lists = lists(&songs, 4, 1);
        assert_eq!(lists.iter().map(|list| list[0].song).collect::<Vec<_>>(), [150, 9]);
        assert_eq!((lists[0][0].bound, lists[0].len()), (1.0, 4));
    }

    #[test]
    fn similarity_never_exceeds_its_bound() {
        let (shape, songs) = (RollShape::THESIS, [tune(150, 5, 3), tune(33, 0, 1)]);
        for (song, list) in songs.iter().zip(lists(&songs, 200, 1)) {
            assert_eq!(list.len(), 200);
            for candidate in list {
                let aligned = AlignableSong::new(&tune(candidate.song as usize, 0, 0), &shape);
                let similarity = AlignableSong::new(song, &shape).nearest(&aligned).similarity;
                assert!(
                    similarity <= f64::from(candidate.bound) + 1e-6,
                    "{candidate:?} {similarity}"
                );
            }
        }
    }

    #[test]
    fn division_of_the_candidates_does_not_matter() {
        let songs = [tune(150, 5, 3), tune(9, 12, 15), song(&[])];
        assert_eq!(lists(&songs, 8, 1), lists(&songs, 8, 3));
    }
}
