//! Which candidates are worth trying every move on?
//!
//! Trying 400 moves on each pair of songs takes hours where there are many. Songs that are alike after a move
//! share much of what no move changes ([`signature`](super::moved::signature)), and that is counted for all
//! songs at once in one walk over the candidates, as the exact search does. The candidates that share most
//! are tried. It can miss one: how often, must be measured against trying all.

use super::moved::{BUCKETS, signature};
use crate::metrics::Shape;
use std::cmp::Ordering;

/// A candidate that may be alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hint {
    /// The candidate's number.
    pub candidate: u32,
    /// Jaccard index of the two signatures, 0..=1, repetitions counted.
    pub score: f32,
}

impl Hint {
    /// The better first; of equals the lower number.
    fn order(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.candidate.cmp(&other.candidate))
    }
}

/// Songs whose likeliest candidates are asked for, indexed by signature.
#[derive(Debug, Clone)]
pub struct Signatures {
    shape: Shape,
    most: usize,
    /// `holders[starts[bucket]..starts[bucket + 1]]`: a song, and how often it has the bucket.
    starts: Vec<u32>,
    holders: Vec<(u32, u32)>,
    sizes: Vec<u32>,
}

/// The likeliest candidates of each song so far, and room to count in.
#[derive(Debug, Clone)]
pub struct Shortlists {
    /// For each song, the best first once [`finish`](Self::finish)ed.
    lists: Vec<Vec<Hint>>,
    shared: Vec<u32>,
    most: usize,
}

impl Signatures {
    /// Indexes songs of a shape; `most` candidates (at least 1) are kept for each.
    pub fn new(songs: &[Vec<Vec<u16>>], shape: Shape, most: usize) -> Self {
        let all: Vec<Vec<u32>> = songs.iter().map(|song| signature(song, &shape)).collect();
        let mut starts = vec![0u32; BUCKETS + 1];
        for run in all.iter().flat_map(|all| all.chunk_by(|a, b| a == b)) {
            starts[run[0] as usize + 1] += 1;
        }
        (0..BUCKETS).for_each(|bucket| starts[bucket + 1] += starts[bucket]);
        let (mut next, mut holders) = (starts.clone(), vec![(0, 0); starts[BUCKETS] as usize]);
        for (song, all) in (0..).zip(&all) {
            for run in all.chunk_by(|a, b| a == b) {
                let place = &mut next[run[0] as usize];
                holders[*place as usize] = (song, run.len() as u32);
                *place += 1;
            }
        }
        let sizes = all.iter().map(|all| all.len() as u32).collect();
        Self { shape, most: most.max(1), starts, holders, sizes }
    }

    /// Empty lists.
    pub fn nothing(&self) -> Shortlists {
        let songs = self.sizes.len();
        Shortlists { lists: vec![Vec::new(); songs], shared: vec![0; songs], most: self.most }
    }

    /// Looks at one candidate, a song of the same shape.
    pub fn visit(&self, found: &mut Shortlists, candidate: u32, song: &[Vec<u16>]) {
        let Shortlists { lists, shared, most } = found;
        shared.fill(0);
        let all = signature(song, &self.shape);
        for run in all.chunk_by(|a, b| a == b) {
            let bucket = run[0] as usize;
            let holders = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
            for &(song, times) in &self.holders[holders] {
                shared[song as usize] += times.min(run.len() as u32);
            }
        }
        for ((list, &shared), &size) in lists.iter_mut().zip(&*shared).zip(&self.sizes) {
            let union = (size + all.len() as u32 - shared).max(1);
            list.push(Hint { candidate, score: shared as f32 / union as f32 });
            if list.len() >= 2 * *most {
                cut(list, *most);
            }
        }
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
    pub fn finish(mut self) -> Vec<Vec<Hint>> {
        for list in &mut self.lists {
            list.sort_unstable_by(Hint::order);
            list.truncate(self.most);
        }
        self.lists
    }
}

/// Leaves the `most` best, in any order.
fn cut(list: &mut Vec<Hint>, most: usize) {
    list.select_nth_unstable_by(most, Hint::order);
    list.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::shape::testing::song;

    fn tune(seed: usize, semitones: usize, measures: usize) -> Vec<Vec<u16>> {
        let note = |at: usize| {
            let value = (at * 31 + 7) * (seed + 11);
            ((value / 7 + measures) % 16, value % 24 * 4, 40 + value / 5 % 24 + semitones)
        };
        song(&(0..80).map(note).collect::<Vec<_>>())
    }

    fn lists(songs: &[Vec<Vec<u16>>], most: usize, parts: usize) -> Vec<Vec<Hint>> {
        let signatures = Signatures::new(songs, Shape::default(), most);
        let mut found = vec![signatures.nothing(); parts];
        for at in 0..200u32 {
            let candidate = tune(at as usize, 0, 0);
            signatures.visit(&mut found[at as usize % parts], at, &candidate);
        }
        found.into_iter().reduce(Shortlists::merge).unwrap().finish()
    }

    #[test]
    fn a_moved_copy_heads_its_list() {
        let songs = [tune(150, 5, 3), tune(9, 12, 15)];
        let lists = lists(&songs, 4, 1);
        assert_eq!(lists.iter().map(|list| list[0].candidate).collect::<Vec<_>>(), [150, 9]);
        assert_eq!((lists[0][0].score, lists[0].len()), (1.0, 4));
    }

    #[test]
    fn the_division_of_the_candidates_does_not_matter() {
        let songs = [tune(150, 5, 3), tune(9, 12, 15), song(&[])];
        assert_eq!(lists(&songs, 8, 1), lists(&songs, 8, 3));
    }
}
