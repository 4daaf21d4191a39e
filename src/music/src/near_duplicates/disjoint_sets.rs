//! Groups near-duplicates among many songs without comparing every pair.

use super::{THRESHOLD, is_near_duplicate};
use crate::inverted_index::InvertedIndex;
use rayon::prelude::*;
use std::ops::Range;

/// Number of the smallest hashes of a sketch that are indexed. At the threshold, a pair shares six of them on average.
const INDEXED: usize = 48;
/// Minimum number of indexed hashes that a pair must share to be compared.
pub(super) const MIN_INDEXED_SHARED: u8 = 3;
/// Maximum number of songs that share a figure and are all compared. Of more, which only thousands of copies of one song
/// reach, each is compared with its neighbours in the order of the sketches.
pub(super) const MAX_BUCKET: usize = 4096;
const NEIGHBOURS: usize = 16;
/// Ranges of songs per thread: later songs have more songs to be compared with.
const RANGES_PER_THREAD: usize = 4;

/// Groups songs by their sketches: for each song, returns the smallest index in its group. `threshold` is the minimum
/// similarity of near-duplicates (at least [`THRESHOLD`], below which pairs would be missed); `known` are pairs that are
/// the same piece for other reasons, such as equal notes. Songs without figures stay alone. The groups do not depend on
/// the order of the songs; time is about linear in their number.
pub fn groups<S: AsRef<[u32]> + Sync>(
    sketches: &[S],
    threshold: f64,
    known: &[(usize, usize)],
) -> Vec<usize> {
    let mut groups = DisjointSets::new(sketches.len(), threshold);
    known.iter().for_each(|&(a, b)| groups.join(a, b));
    let (buckets, crowds) = buckets(sketches);
    let memberships = buckets.by_song(sketches.len());
    // Each range of songs is joined on its own; the pairs of all ranges together give the groups.
    let range = sketches.len().div_ceil(RANGES_PER_THREAD * rayon::current_num_threads()).max(1);
    let starts: Vec<usize> = (0..sketches.len()).step_by(range).collect();
    let search = |&start: &usize| {
        let songs = start..sketches.len().min(start + range);
        joins(sketches, &buckets, &memberships, songs, groups.clone())
    };
    let found: Vec<Vec<(usize, usize)>> = starts.par_iter().map(search).collect();
    found.iter().flatten().for_each(|&(a, b)| groups.join(a, b));
    for crowd in crowds {
        for (index, &song) in crowd.iter().enumerate() {
            for &other in crowd[index + 1..].iter().take(NEIGHBOURS) {
                groups.join_if_similar(sketches, song as usize, other as usize);
            }
        }
    }
    groups.roots()
}

/// Returns near-duplicates among some songs and all songs before them that are not in one group yet.
fn joins<S: AsRef<[u32]>>(
    sketches: &[S],
    buckets: &Buckets,
    memberships: &InvertedIndex<u32>,
    songs: Range<usize>,
    mut groups: DisjointSets,
) -> Vec<(usize, usize)> {
    let mut shared = vec![0_u8; songs.end];
    let mut candidates = Vec::new();
    let mut joined = Vec::new();
    for song in songs {
        // Members ascend, so each pair is found once, from its later song.
        let earlier = |&number: &u32| {
            let members = buckets.members(number as usize).iter().map(|&other| other as usize);
            members.take_while(|&other| other < song)
        };
        for other in memberships.get(song).iter().flat_map(earlier) {
            shared[other] += 1; // at most INDEXED
            if shared[other] == MIN_INDEXED_SHARED {
                candidates.push(other);
            }
        }
        memberships.get(song).iter().flat_map(earlier).for_each(|other| shared[other] = 0);
        let near =
            candidates.drain(..).filter(|&other| groups.join_if_similar(sketches, song, other));
        joined.extend(near.map(|other| (song, other)));
    }
    joined
}

/// Songs that share a figure, figure by figure: at least two, ascending.
#[derive(Default)]
struct Buckets {
    members: Vec<u32>,
    ends: Vec<u32>,
}

impl Buckets {
    fn members(&self, number: usize) -> &[u32] {
        let start = number.checked_sub(1).map_or(0, |last| self.ends[last] as usize);
        &self.members[start..self.ends[number] as usize]
    }

    /// Returns the numbers of the buckets that each of `songs` songs is in.
    fn by_song(&self, songs: usize) -> InvertedIndex<u32> {
        let numbers = 0..self.ends.len();
        let entries = numbers.flat_map(|number| {
            self.members(number).iter().map(move |&song| (song as usize, number as u32))
        });
        InvertedIndex::new(songs, entries)
    }
}

/// Returns the songs that share a figure and, separately, those of oversized buckets in the order of their sketches.
fn buckets<S: AsRef<[u32]>>(sketches: &[S]) -> (Buckets, Vec<Vec<u32>>) {
    let mut entries: Vec<(u32, u32)> = Vec::new();
    for (song, sketch) in sketches.iter().enumerate() {
        entries.extend(indexed(sketch.as_ref()).iter().map(|&figure| (figure, song as u32)));
    }
    entries.par_sort_unstable();
    let mut buckets = Buckets::default();
    let mut crowds: Vec<Vec<u32>> = Vec::new();
    for run in entries.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
        let songs = run.iter().map(|&(_, song)| song);
        if run.len() > MAX_BUCKET {
            crowds.push(songs.collect());
        } else {
            buckets.members.extend(songs);
            buckets.ends.push(buckets.members.len() as u32);
        }
    }
    if !crowds.is_empty() {
        let mut order: Vec<usize> = (0..sketches.len()).collect();
        order.sort_by(|&a, &b| sketches[a].as_ref().cmp(sketches[b].as_ref()));
        let mut place = vec![0; sketches.len()];
        order.into_iter().enumerate().for_each(|(at, song)| place[song] = at);
        crowds.iter_mut().for_each(|crowd| crowd.sort_by_key(|&song| place[song as usize]));
    }
    (buckets, crowds)
}

/// The indexed hashes of a sketch.
pub(super) fn indexed(sketch: &[u32]) -> &[u32] {
    &sketch[..sketch.len().min(INDEXED)]
}

/// Disjoint sets of songs (union-find); the root of each is its smallest member.
#[derive(Clone)]
pub(super) struct DisjointSets {
    roots: Vec<u32>,
    /// Minimum similarity of near-duplicates.
    threshold: f64,
}

impl DisjointSets {
    /// Creates a set per song.
    pub(super) fn new(songs: usize, threshold: f64) -> Self {
        Self { roots: (0..songs as u32).collect(), threshold: threshold.max(THRESHOLD) }
    }

    fn root(&mut self, song: usize) -> usize {
        let mut song = song as u32;
        while self.roots[song as usize] != song {
            self.roots[song as usize] = self.roots[self.roots[song as usize] as usize];
            song = self.roots[song as usize];
        }
        song as usize
    }

    /// Returns the smallest index in each song's set.
    pub(super) fn roots(mut self) -> Vec<usize> {
        (0..self.roots.len()).map(|song| self.root(song)).collect()
    }

    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.roots[a.max(b)] = a.min(b) as u32;
    }

    /// Joins the sets of two songs if they are near-duplicates. Returns true if the sets were different.
    pub(super) fn join_if_similar<S: AsRef<[u32]>>(
        &mut self,
        sketches: &[S],
        a: usize,
        b: usize,
    ) -> bool {
        let is_new = self.root(a) != self.root(b)
            && is_near_duplicate(sketches[a].as_ref(), sketches[b].as_ref(), self.threshold);
        if is_new {
            self.join(a, b);
        }
        is_new
    }
}
