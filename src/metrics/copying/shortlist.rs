//! Which candidates are worth trying every move on?
//!
//! Trying 400 moves on each pair of songs takes long where there are many. When all measures of a song are laid
//! over each other, what remains is how often each pitch is played on each step; turning the measures round
//! does not change it. For each of the 25 transpositions, the notes that two songs have in common on that
//! *fold* are counted for all songs at once in one walk over the candidates, as the exact search does. No move
//! can make more notes meet than that, so it is a bound of the likeness over moves, and the candidates with
//! the largest bounds are tried. It can miss one: how often, must be measured against trying all.

use super::alignment::{OCTAVE, SHIFTS};
use crate::music::roll::RollShape;
use crate::music::roll::onsets;
use std::cmp::Ordering;

/// A candidate that may be alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Number of the song.
    pub song: u32,
    /// No move makes it more alike than this, 0..=1.
    pub bound: f32,
}

impl Candidate {
    /// The better first; of equals the lower number.
    fn order(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound).then(self.song.cmp(&other.song))
    }
}

/// Songs whose likeliest candidates are asked for, indexed by the cells of their folds.
#[derive(Debug, Clone)]
pub struct Folds {
    shape: RollShape,
    most: usize,
    /// `holders[starts[cell]..starts[cell + 1]]`: a song, and in how many of its measures it has the cell.
    starts: Vec<u32>,
    holders: Vec<(u32, u16)>,
    onsets: Vec<u32>,
}

/// The likeliest candidates of each song so far, and room to count in.
#[derive(Debug, Clone)]
pub struct Shortlists {
    lists: Vec<Vec<Candidate>>,
    /// Notes in common: of all songs at the lowest shift, then at the next.
    shared: Vec<u32>,
    most: usize,
}

/// The cells of all measures over each other, ascending, each with how many measures have it.
fn fold(song: &[Vec<u16>], shape: &RollShape) -> Vec<(u16, u16)> {
    let mut cells: Vec<u16> = song.iter().flatten().copied().collect();
    cells.retain(|&cell| usize::from(cell) < shape.cells_per_measure());
    cells.sort_unstable();
    cells.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u16)).collect()
}

impl Folds {
    /// Indexes songs of a shape; `most` candidates (at least 1) are kept for each.
    pub fn new(songs: &[Vec<Vec<u16>>], shape: RollShape, most: usize) -> Self {
        let folds: Vec<_> = songs.iter().map(|song| fold(song, &shape)).collect();
        let mut starts = vec![0u32; shape.cells_per_measure() + 1];
        folds.iter().flatten().for_each(|&(cell, _)| starts[usize::from(cell) + 1] += 1);
        (1..starts.len()).for_each(|cell| starts[cell] += starts[cell - 1]);
        let mut next = starts.clone();
        let mut holders = vec![(0, 0); folds.iter().map(Vec::len).sum()];
        for (song, fold) in (0..).zip(&folds) {
            for &(cell, times) in fold {
                let place = &mut next[usize::from(cell)];
                holders[*place as usize] = (song, times);
                *place += 1;
            }
        }
        let onsets = songs.iter().map(|song| onsets(song) as u32).collect();
        Self { shape, most: most.max(1), starts, holders, onsets }
    }

    /// Empty lists.
    pub fn new_state(&self) -> Shortlists {
        let songs = self.onsets.len();
        let shared = vec![0; songs * SHIFTS];
        Shortlists { lists: vec![Vec::new(); songs], shared, most: self.most }
    }

    /// Looks at one candidate, a song of the same shape.
    pub fn visit(&self, found: &mut Shortlists, candidate: u32, song: &[Vec<u16>]) {
        let Shortlists { lists, shared, most } = found;
        for (list, bound) in lists.iter_mut().zip(self.bounds(shared, song)) {
            list.push(Candidate { song: candidate, bound });
            if list.len() >= 2 * *most {
                cut(list, *most);
            }
        }
    }

    /// How alike no move of a song of the same shape can be more than, for each song of ours. `shared` is room to
    /// count in, of any content.
    pub fn bounds(&self, shared: &mut Vec<u32>, song: &[Vec<u16>]) -> impl Iterator<Item = f32> {
        shared.clear();
        shared.resize(self.onsets.len() * SHIFTS, 0);
        let songs = self.onsets.len();
        for (cell, times) in fold(song, &self.shape) {
            // Shifts that leave the note on the grid: its row stands in for how far it can go down.
            let row = self.shape.row(cell) as i32;
            let down = row.min(OCTAVE);
            let up = (self.shape.pitches() as i32 - 1 - row).min(OCTAVE);
            for shift in -down..=up {
                let moved = (i32::from(cell) + shift) as usize;
                let shared = &mut shared[(shift + OCTAVE) as usize * songs..][..songs];
                let holders = self.starts[moved] as usize..self.starts[moved + 1] as usize;
                for &(song, held) in &self.holders[holders] {
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
    /// What two walks over different candidates have found together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (mine, theirs) in self.lists.iter_mut().zip(other.lists) {
            mine.extend(theirs);
            if mine.len() >= 2 * self.most {
                cut(mine, self.most);
            }
        }
        self
    }

    /// The likeliest candidates of each song, the best first.
    pub fn finish(mut self) -> Vec<Vec<Candidate>> {
        for list in &mut self.lists {
            list.sort_unstable_by(Candidate::order);
            list.truncate(self.most);
        }
        self.lists
    }
}

/// Leaves the `most` best, in any order.
fn cut(list: &mut Vec<Candidate>, most: usize) {
    list.select_nth_unstable_by(most, Candidate::order);
    list.truncate(most);
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
    fn a_moved_copy_heads_its_list() {
        let songs = [tune(150, 5, 3), tune(9, 12, 15)];
        let lists = lists(&songs, 4, 1);
        assert_eq!(lists.iter().map(|list| list[0].song).collect::<Vec<_>>(), [150, 9]);
        assert_eq!((lists[0][0].bound, lists[0].len()), (1.0, 4));
    }

    #[test]
    fn no_candidate_is_more_alike_than_its_bound() {
        let (shape, songs) = (RollShape::THESIS, [tune(150, 5, 3), tune(33, 0, 1)]);
        for (song, list) in songs.iter().zip(lists(&songs, 200, 1)) {
            assert_eq!(list.len(), 200);
            for candidate in list {
                let aligned = AlignableSong::of(&tune(candidate.song as usize, 0, 0), &shape);
                let likeness = AlignableSong::of(song, &shape).nearest(&aligned).similarity;
                assert!(likeness <= f64::from(candidate.bound) + 1e-6, "{candidate:?} {likeness}");
            }
        }
    }

    #[test]
    fn the_division_of_the_candidates_does_not_matter() {
        let songs = [tune(150, 5, 3), tune(9, 12, 15), song(&[])];
        assert_eq!(lists(&songs, 8, 1), lists(&songs, 8, 3));
    }
}
