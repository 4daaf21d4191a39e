//! Songs that are the same piece, though not note for note: another arranger's version, the same file with
//! a voice more or a repeat less, the tune that a sequel plays again. They must not be split across train
//! and validation, so they are found by what they play.
//!
//! A *figure* is five notes in a row of one line (the highest notes of one channel): four moves, each a time
//! and an interval. It knows neither key, nor tempo, nor where in a measure it starts, nor which meter a file
//! claims. A figure has at least three different moves, for scales, trills and repeated notes are in
//! everybody's music.
//!
//! ```text
//! score -> figures -> hashes -> the 128 smallest (a sketch) --+
//!                                                             +-> pairs that share figures -> groups
//! other songs' sketches --------------------------------------+
//! ```
//!
//! The smallest hashes of a set are a sample of it, and one that two sets draw alike (bottom-k MinHash): the
//! Jaccard similarity of the figures of two songs is that of their sketches, exactly for up to 128 figures
//! and within about 0.03 beyond. Two songs are near-duplicates when it is at least a threshold, by default
//! [`THRESHOLD`], and rests on at least [`LEAST_SHARED`] figures. Groups are what such pairs connect.
//!
//! Whether two songs are near-duplicates depends on nothing but the two, so a new file can join groups but
//! never part one, in whatever order files come.

mod groups;
mod regroup;

pub use groups::groups;
pub use regroup::{Earlier, regroup};

use super::score::Score;
use std::collections::BTreeMap;

/// The least similarity of near-duplicates unless somebody wants a higher one: an eighth of all figures of both. Of unrelated songs of VGMusic,
/// 999 pairs in 1,000 stay below 0.023. Just above the threshold, of the pairs from two games, three in four
/// are the same tune by title and notes; where they are not, a group is merely coarser than it had to be.
pub const THRESHOLD: f64 = 0.125;
/// The least number of shared figures: fewer may be chance.
pub const LEAST_SHARED: usize = 8;

/// Hashes in a sketch.
const SKETCH: usize = 128;
/// Notes of a figure.
const NOTES: usize = 5;
/// Different moves of a figure.
const MOVES: usize = 3;
/// Units of time: parts of a quarter note.
const PER_QUARTER: u64 = 24;
/// How long a figure may last, in those units: two measures of 4/4.
const LONGEST: u64 = 8 * PER_QUARTER;

/// The figures of a song, sampled: at most 128 numbers, ascending. Drums have none. Equal for a
/// transposition, another tempo, another division.
pub fn sketch(score: &Score) -> Vec<u32> {
    let mut figures: Vec<u32> = lines(score).values().flat_map(|line| figures(line)).collect();
    figures.sort_unstable();
    figures.dedup();
    figures.truncate(SKETCH);
    // A sketch is kept, of each song of a corpus: without the room that all figures took.
    figures.shrink_to_fit();
    figures
}

/// The highest pitch at each moment, by channel.
fn lines(score: &Score) -> BTreeMap<u8, Vec<(u64, u8)>> {
    let division = u64::from(score.division.get());
    let mut lines: BTreeMap<u8, Vec<(u64, u8)>> = BTreeMap::new();
    for note in score.notes.iter().filter(|note| !note.drum) {
        let quarter = note.onset.0 / division * PER_QUARTER;
        let within = (2 * (note.onset.0 % division) * PER_QUARTER + division) / (2 * division);
        let at = quarter.saturating_add(within);
        let line = lines.entry(note.channel.get()).or_default();
        match line.last_mut() {
            Some((last, highest)) if *last == at => *highest = note.pitch.get().max(*highest),
            _ => line.push((at, note.pitch.get())),
        }
    }
    lines
}

/// The hashes of a line's figures.
fn figures(line: &[(u64, u8)]) -> impl Iterator<Item = u32> {
    line.windows(NOTES).filter_map(|notes| {
        if notes[NOTES - 1].0 - notes[0].0 > LONGEST {
            return None;
        }
        // Both fit: a move lasts 192 units at most and spans 127 semitones.
        let step = |pair: &[(u64, u8)]| {
            (pair[1].0 - pair[0].0) << 8 | (128 + u64::from(pair[1].1) - u64::from(pair[0].1))
        };
        let mut moves = [0; NOTES - 1];
        notes.windows(2).zip(&mut moves).for_each(|(pair, step_of)| *step_of = step(pair));
        let different = (0..NOTES - 1).filter(|&i| !moves[..i].contains(&moves[i])).count();
        (different >= MOVES).then(|| hash(&moves))
    })
}

/// A hash that is the same in every build and on every machine, for sketches are kept.
fn hash(moves: &[u64]) -> u32 {
    let mixed = moves.iter().fold(0x9E37_79B9_7F4A_7C15_u64, |state, &step| {
        let state = (state ^ step).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state ^ state >> 31
    });
    (mixed.wrapping_mul(0x94D0_49BB_1331_11EB) >> 32) as u32
}

/// How alike two songs are, by their sketches: shared figures, and the Jaccard similarity, 0 to 1.
pub fn similarity(a: &[u32], b: &[u32]) -> (usize, f64) {
    // What lies above the end of a full sketch is unknown of that song.
    let end = |sketch: &[u32]| match sketch.len() {
        SKETCH.. => sketch.last().copied(),
        _ => None,
    };
    let known = end(a).into_iter().chain(end(b)).min().unwrap_or(u32::MAX);
    let (a, b) = (upto(a, known), upto(b, known));
    let (mut shared, mut i, mut j) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        shared += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    let all = a.len() + b.len() - shared;
    (shared, if all == 0 { 0.0 } else { shared as f64 / all as f64 })
}

fn upto(sketch: &[u32], last: u32) -> &[u32] {
    &sketch[..sketch.partition_point(|&figure| figure <= last)]
}

/// Whether two songs are near-duplicates: at least so similar.
pub fn near(a: &[u32], b: &[u32], threshold: f64) -> bool {
    let (shared, similarity) = similarity(a, b);
    shared >= LEAST_SHARED && similarity >= threshold
}

#[cfg(test)]
mod tests;
