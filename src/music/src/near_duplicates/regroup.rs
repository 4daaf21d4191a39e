//! Groups songs of which most were grouped before.

use super::disjoint_sets::{DisjointSets, MAX_BUCKET, MIN_INDEXED_SHARED, groups, indexed};
use std::collections::HashMap;

/// The groups of an earlier run.
pub struct PreviousGroups<'a> {
    /// For each song the number of its group, if that group was found with the same threshold and known pairs, and all
    /// of its songs still exist.
    pub groups: &'a [Option<u32>],
    /// Sketches of the songs that were grouped then and no longer exist.
    pub gone: &'a [&'a [u32]],
}

/// If more than one song in this many is new, all are grouped from scratch.
const SONGS_PER_NEW: usize = 8;
/// Number of counters of the songs that share a figure.
const COUNTERS: usize = 1 << 16;

/// Returns what [`groups`] does, in less time. Whether two songs are near-duplicates depends only on the two, so only new
/// songs are compared, with all. If a figure is or was in too many songs to compare all of them, the earlier
/// groups are not used.
pub fn regroup<S: AsRef<[u32]> + Sync>(
    sketches: &[S],
    threshold: f64,
    known: &[(usize, usize)],
    earlier: &PreviousGroups<'_>,
) -> Vec<usize> {
    let new: Vec<usize> =
        (0..sketches.len()).filter(|&song| earlier.groups[song].is_none()).collect();
    if new.len() > sketches.len() / SONGS_PER_NEW || has_overfull_bucket(sketches, earlier.gone) {
        return groups(sketches, threshold, known);
    }
    let mut joined = DisjointSets::new(sketches.len(), threshold);
    known.iter().for_each(|&(a, b)| joined.join(a, b));
    let mut first: HashMap<u32, usize> = HashMap::new();
    for (song, group) in earlier.groups.iter().enumerate() {
        if let Some(group) = group {
            joined.join(*first.entry(*group).or_insert(song), song);
        }
    }
    for (song, other) in candidates(sketches, &new) {
        joined.join_if_similar(sketches, song, other);
    }
    joined.roots()
}

/// Returns true if a figure may be in more songs than are all compared. Figures share counters, so it may return true
/// without need, but never misses one.
fn has_overfull_bucket<S: AsRef<[u32]>>(sketches: &[S], gone: &[&[u32]]) -> bool {
    let mut counts = vec![0_u32; COUNTERS];
    let sketches = sketches.iter().map(AsRef::as_ref).chain(gone.iter().copied());
    for &figure in sketches.flat_map(indexed) {
        // Sketches hold small numbers, which differ in their low digits.
        counts[figure as usize % COUNTERS] += 1;
    }
    counts.iter().any(|&count| count as usize > MAX_BUCKET)
}

/// Returns the pairs of a new song and any other that share enough figures to be compared.
fn candidates<S: AsRef<[u32]>>(sketches: &[S], new: &[usize]) -> Vec<(usize, usize)> {
    let mut of_figure: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut may_be = vec![false; COUNTERS];
    for &song in new {
        for &figure in indexed(sketches[song].as_ref()) {
            may_be[figure as usize % COUNTERS] = true;
            of_figure.entry(figure).or_default().push(song);
        }
    }
    let mut candidates = Vec::new();
    let mut shared: HashMap<usize, u8> = HashMap::new();
    for (other, sketch) in sketches.iter().enumerate() {
        let figures = indexed(sketch.as_ref()).iter();
        let figures = figures.filter(|&&figure| may_be[figure as usize % COUNTERS]);
        for &song in figures.filter_map(|figure| of_figure.get(figure)).flatten() {
            *shared.entry(song).or_default() += 1;
        }
        let enough = shared.drain().filter(|&(_, count)| count >= MIN_INDEXED_SHARED);
        candidates
            .extend(enough.map(|(song, _)| (song, other)).filter(|(song, other)| song != other));
    }
    candidates
}
