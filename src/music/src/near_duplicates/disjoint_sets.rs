//! Near-duplicates among many songs, without looking at every pair.

use super::{THRESHOLD, is_near_duplicate};
use rayon::prelude::*;
use std::ops::Range;

/// The smallest hashes of each sketch, by which candidates are found. At the threshold a pair shares six of
/// them on average.
const INDEXED: usize = 48;
/// How many of them a pair must share to be looked at.
pub(super) const MIN_INDEXED: u8 = 3;
/// Songs that may share a figure before not every pair of them is looked at, but only neighbours in the
/// order of their sketches. Only thousands of copies of one song come so far.
pub(super) const MAX_SHARING: usize = 4096;
const NEIGHBOURS: usize = 16;
/// Stretches of songs that one thread searches: later songs have more to be compared with.
const STRETCHES_A_THREAD: usize = 4;

/// The groups of songs, given their sketches, how similar near-duplicates are at least (never less than
/// [`THRESHOLD`], below which pairs would be missed), and what pairs are the same piece for other reasons
/// (equal notes, say): for each song, the smallest index in its group. Songs without figures stay alone. The
/// groups are the same in whatever order songs come, and time is about linear in their number.
pub fn groups<S: AsRef<[u32]> + Sync>(
    sketches: &[S],
    threshold: f64,
    known: &[(usize, usize)],
) -> Vec<usize> {
    let mut groups = DisjointSets::new(sketches.len(), threshold);
    known.iter().for_each(|&(a, b)| groups.join(a, b));
    let (buckets, crowds) = buckets(sketches);
    let memberships = Memberships::of(&buckets, sketches.len());
    // Each stretch of songs joins what it finds on its own; together that is what all of them find.
    let stretch = sketches.len().div_ceil(STRETCHES_A_THREAD * rayon::current_num_threads()).max(1);
    let starts: Vec<usize> = (0..sketches.len()).step_by(stretch).collect();
    let search = |&start: &usize| {
        let songs = start..sketches.len().min(start + stretch);
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

/// The near-duplicates among some songs and all earlier ones, as far as they are not in one group yet.
fn joins<S: AsRef<[u32]>>(
    sketches: &[S],
    buckets: &Buckets,
    memberships: &Memberships,
    songs: Range<usize>,
    mut groups: DisjointSets,
) -> Vec<(usize, usize)> {
    let mut shared = vec![0_u8; songs.end];
    let mut candidates = Vec::new();
    let mut joined = Vec::new();
    for song in songs {
        // Members ascend, so each pair is met once, from its later song.
        let earlier = |&number: &u32| {
            let members = buckets.members(number as usize).iter().map(|&other| other as usize);
            members.take_while(|&other| other < song)
        };
        for other in memberships.of_song(song).iter().flat_map(earlier) {
            shared[other] += 1; // at most INDEXED
            if shared[other] == MIN_INDEXED {
                candidates.push(other);
            }
        }
        memberships.of_song(song).iter().flat_map(earlier).for_each(|other| shared[other] = 0);
        let near =
            candidates.drain(..).filter(|&other| groups.join_if_similar(sketches, song, other));
        joined.extend(near.map(|other| (song, other)));
    }
    joined
}

/// Songs that share a figure, figure by figure: two at least, ascending.
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
}

/// The numbers of the buckets that each song is in.
struct Memberships {
    numbers: Vec<u32>,
    ends: Vec<u32>,
}

impl Memberships {
    fn of(buckets: &Buckets, songs: usize) -> Self {
        let mut ends = vec![0_u32; songs];
        buckets.members.iter().for_each(|&song| ends[song as usize] += 1);
        let mut total = 0;
        for end in &mut ends {
            // For now where the song's numbers begin: noting them moves it to where they end.
            total += std::mem::replace(end, total);
        }
        let mut numbers = vec![0_u32; buckets.members.len()];
        for number in 0..buckets.ends.len() {
            for &song in buckets.members(number) {
                let place = &mut ends[song as usize];
                numbers[*place as usize] = number as u32;
                *place += 1;
            }
        }
        Self { numbers, ends }
    }

    fn of_song(&self, song: usize) -> &[u32] {
        let start = song.checked_sub(1).map_or(0, |last| self.ends[last] as usize);
        &self.numbers[start..self.ends[song] as usize]
    }
}

/// The songs that share a figure; and, apart, where they are too many, in the order of their sketches.
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
        if run.len() > MAX_SHARING {
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

/// The figures of a sketch by which candidates are found.
pub(super) fn indexed(sketch: &[u32]) -> &[u32] {
    &sketch[..sketch.len().min(INDEXED)]
}

/// Disjoint sets; each one's root is its smallest member.
#[derive(Clone)]
pub(super) struct DisjointSets {
    roots: Vec<u32>,
    /// The least similarity of near-duplicates.
    threshold: f64,
}

impl DisjointSets {
    /// Every song alone.
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

    /// The smallest index in each song's group.
    pub(super) fn roots(mut self) -> Vec<usize> {
        (0..self.roots.len()).map(|song| self.root(song)).collect()
    }

    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.roots[a.max(b)] = a.min(b) as u32;
    }

    /// Joins two songs if they are near-duplicates; whether that was news.
    pub(super) fn join_if_similar<S: AsRef<[u32]>>(
        &mut self,
        sketches: &[S],
        a: usize,
        b: usize,
    ) -> bool {
        let news = self.root(a) != self.root(b)
            && is_near_duplicate(sketches[a].as_ref(), sketches[b].as_ref(), self.threshold);
        if news {
            self.join(a, b);
        }
        news
    }
}
