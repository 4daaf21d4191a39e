//! Near-duplicates among many songs, without looking at every pair.

use super::{THRESHOLD, near};

/// The smallest hashes of each sketch, by which candidates are found. At the threshold a pair shares six of
/// them on average.
const INDEXED: usize = 48;
/// How many of them a pair must share to be looked at.
const LEAST_INDEXED: u8 = 3;
/// Songs that may share a figure before not every pair of them is looked at, but only neighbours in the
/// order of their sketches. Only thousands of copies of one song come so far.
const MOST_SHARING: usize = 4096;
const NEIGHBOURS: usize = 16;

/// The groups of songs, given their sketches, how similar near-duplicates are at least (never less than
/// [`THRESHOLD`], below which pairs would be missed), and what pairs are the same piece for other reasons
/// (equal notes, say): for each song, the smallest index in its group. Songs without figures stay alone. The
/// groups are the same in whatever order songs come, and time is about linear in their number.
pub fn groups<S: AsRef<[u32]>>(
    sketches: &[S],
    threshold: f64,
    known: &[(usize, usize)],
) -> Vec<usize> {
    let threshold = threshold.max(THRESHOLD);
    let mut groups = Groups { roots: (0..sketches.len()).collect(), threshold };
    known.iter().for_each(|&(a, b)| groups.join(a, b));
    let (buckets, crowds) = buckets(sketches);
    let mut buckets_of: Vec<Vec<u32>> = vec![Vec::new(); sketches.len()];
    for (number, bucket) in buckets.iter().enumerate() {
        bucket.iter().for_each(|&song| buckets_of[song as usize].push(number as u32));
    }
    let mut shared = vec![0_u8; sketches.len()];
    let mut candidates = Vec::new();
    for (song, numbers) in buckets_of.iter().enumerate() {
        for &number in numbers {
            // Members ascend, so each pair is met once, from its later song.
            let earlier =
                buckets[number as usize].iter().take_while(|&&other| (other as usize) < song);
            for &other in earlier {
                let count = &mut shared[other as usize];
                *count += 1; // at most INDEXED
                if *count == LEAST_INDEXED {
                    candidates.push(other as usize);
                }
            }
        }
        for &number in numbers {
            let earlier =
                buckets[number as usize].iter().take_while(|&&other| (other as usize) < song);
            earlier.for_each(|&other| shared[other as usize] = 0);
        }
        candidates.drain(..).for_each(|other| groups.consider(sketches, song, other));
    }
    for crowd in crowds {
        for (index, &song) in crowd.iter().enumerate() {
            let next = crowd[index + 1..].iter().take(NEIGHBOURS);
            next.for_each(|&other| groups.consider(sketches, song as usize, other as usize));
        }
    }
    (0..sketches.len()).map(|song| groups.root(song)).collect()
}

/// The songs that share a figure, ascending, two at least; and, apart, where they are too many, in the order
/// of their sketches.
fn buckets<S: AsRef<[u32]>>(sketches: &[S]) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let mut entries: Vec<(u32, u32)> = Vec::new();
    for (song, sketch) in sketches.iter().enumerate() {
        entries.extend(sketch.as_ref().iter().take(INDEXED).map(|&figure| (figure, song as u32)));
    }
    entries.sort_unstable();
    let runs = entries.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1);
    let songs = runs.map(|run| run.iter().map(|&(_, song)| song).collect::<Vec<u32>>());
    let (buckets, mut crowds): (Vec<_>, Vec<_>) =
        songs.partition(|songs| songs.len() <= MOST_SHARING);
    if !crowds.is_empty() {
        let mut order: Vec<usize> = (0..sketches.len()).collect();
        order.sort_by(|&a, &b| sketches[a].as_ref().cmp(sketches[b].as_ref()));
        let mut place = vec![0; sketches.len()];
        order.into_iter().enumerate().for_each(|(at, song)| place[song] = at);
        crowds.iter_mut().for_each(|crowd| crowd.sort_by_key(|&song| place[song as usize]));
    }
    (buckets, crowds)
}

/// Disjoint sets; each one's root is its smallest member.
struct Groups {
    roots: Vec<usize>,
    /// The least similarity of near-duplicates.
    threshold: f64,
}

impl Groups {
    fn root(&mut self, mut song: usize) -> usize {
        while self.roots[song] != song {
            self.roots[song] = self.roots[self.roots[song]];
            song = self.roots[song];
        }
        song
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.roots[a.max(b)] = a.min(b);
    }

    /// Joins two songs if they are near-duplicates.
    fn consider<S: AsRef<[u32]>>(&mut self, sketches: &[S], a: usize, b: usize) {
        if self.root(a) == self.root(b) {
            return;
        }
        if near(sketches[a].as_ref(), sketches[b].as_ref(), self.threshold) {
            self.join(a, b);
        }
    }
}
