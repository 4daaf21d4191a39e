//! Near-duplicates: songs that are the same piece, though not note for note, such as another arranger's version, the same
//! file with an additional voice or one repeat less, or the tune of a sequel. They must not be split across train and
//! validation.
//!
//! A *figure* is five consecutive notes of a line (the highest notes of one channel): four moves, each a time and an
//! interval. It does not depend on key, tempo, meter or its position in the measure. A figure has at least three
//! different moves, because scales, trills and repeated notes are in all music.
//!
//! ```text
//! score -> figures -> hashes -> the 128 smallest (a sketch) --+
//!                                                             +-> pairs that share figures -> groups
//! other songs' sketches --------------------------------------+
//! ```
//!
//! The smallest hashes of a set are a sample of it that is comparable between sets (bottom-k MinHash): the Jaccard
//! similarity of the figures of two songs is that of their sketches, exactly for up to 128 figures and within about 0.03
//! beyond. Two songs are near-duplicates if it is at least a threshold, by default [`THRESHOLD`], with at least
//! [`MIN_SHARED`] shared figures. Such pairs connect the songs of a group.
//!
//! Whether two songs are near-duplicates depends only on the two, so a new file can join groups but never split one, and
//! the order of files does not matter.

mod disjoint_sets;
mod regroup;

pub use disjoint_sets::groups;
pub use regroup::{PreviousGroups, regroup};

use super::note::Tick;
use super::score::Score;

/// Default and smallest possible minimum similarity of near-duplicates: an eighth of all figures of both. Of unrelated
/// songs of VGMusic, 999 pairs in 1,000 are below 0.023. Just above the threshold, of the pairs from two games, three in
/// four are the same tune by title and notes; the others only make a group larger than necessary.
pub const THRESHOLD: f64 = 0.125;
/// Minimum number of shared figures: fewer may be a coincidence.
pub const MIN_SHARED: usize = 8;

/// Maximum number of hashes of a sketch.
const SKETCH: usize = 128;
/// Minimum number of different moves of a figure.
const MIN_MOVES: usize = 3;
/// Time units per quarter note.
const PER_QUARTER: u64 = 24;
/// Maximum duration of a figure, in time units: two measures of 4/4.
const MAX_DURATION: u64 = 8 * PER_QUARTER;

/// Returns the sketch of a song: at most 128 hashes of figures, ascending, without those of drums. It does not depend on
/// transposition, tempo or division.
pub fn sketch(score: &Score) -> Vec<u32> {
    let mut smallest = Smallest { kept: Vec::with_capacity(Smallest::CAPACITY), limit: u32::MAX };
    let mut lines = [Line::default(); 16];
    let division = u64::from(score.division.get());
    let (mut onset, mut at) = (Tick(0), 0);
    for note in score.notes.iter().filter(|note| !note.drum) {
        if note.onset != onset {
            onset = note.onset;
            at = units(onset, division);
        }
        let line = &mut lines[usize::from(note.channel.get() & 15)];
        smallest.extend(line.note(at, note.pitch.get()));
    }
    lines.iter_mut().for_each(|line| smallest.extend(line.close()));
    smallest.finish()
}

/// Converts ticks to the nearest time unit, halves up.
fn units(Tick(tick): Tick, division: u64) -> u64 {
    let quarters = tick / division;
    let rest = tick - quarters * division;
    let within = (2 * rest * PER_QUARTER + division) / (2 * division);
    quarters.saturating_mul(PER_QUARTER).saturating_add(within)
}

/// The highest notes of one channel.
#[derive(Clone, Copy, Default)]
struct Line {
    /// Time of the last note, and its highest pitch so far.
    last: Option<(u64, u8)>,
    /// The note before it.
    before: Option<(u64, u8)>,
    /// The last four moves up to the note before, 16 bits each, the last one lowest; 0 for none.
    moves: u64,
}

impl Line {
    /// Adds a note, not earlier than the one before. Returns the figure that ended before it.
    #[inline]
    fn note(&mut self, at: u64, pitch: u8) -> Option<u32> {
        if let Some((moment, highest)) = &mut self.last
            && *moment == at
        {
            *highest = pitch.max(*highest);
            return None;
        }
        let figure = self.close();
        self.last = Some((at, pitch));
        figure
    }

    /// Completes the last note. Returns the figure that ends with it.
    #[inline]
    fn close(&mut self) -> Option<u32> {
        let (at, pitch) = self.last?;
        let (then, from) = self.before.replace((at, pitch))?;
        if at - then > MAX_DURATION {
            self.moves = 0; // no figure has such a long move
            return None;
        }
        // At most 192 units and 127 semitones, so a move fits 16 bits and is not 0.
        let step = (at - then) << 8 | (128 + u64::from(pitch) - u64::from(from));
        self.moves = self.moves << 16 | step;
        figure(self.moves)
    }
}

/// Returns the hash of a figure of four moves; `None` if they are none.
#[inline]
fn figure(moves: u64) -> Option<u32> {
    let [a, b, c, d] = [48, 32, 16, 0].map(|shift| moves >> shift & 0xFFFF);
    let long = (a >> 8) + (b >> 8) + (c >> 8) + (d >> 8) > MAX_DURATION;
    let different = 1
        + usize::from(b != a)
        + usize::from(c != a && c != b)
        + usize::from(d != a && d != b && d != c);
    (a != 0 && !long && different >= MIN_MOVES).then(|| hash(&[a, b, c, d]))
}

/// Hashes a figure; equal in every build and on every machine, because sketches are stored.
fn hash(moves: &[u64]) -> u32 {
    let mixed = moves.iter().fold(0x9E37_79B9_7F4A_7C15_u64, |state, &step| {
        let state = (state ^ step).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state ^ state >> 31
    });
    (mixed.wrapping_mul(0x94D0_49BB_1331_11EB) >> 32) as u32
}

/// Collects the smallest of many numbers, each once, with few in memory.
struct Smallest {
    kept: Vec<u32>,
    /// Greater numbers are not among the smallest.
    limit: u32,
}

impl Smallest {
    const CAPACITY: usize = 8 * SKETCH;

    #[inline]
    fn extend(&mut self, number: Option<u32>) {
        if let Some(number) = number.filter(|&number| number <= self.limit) {
            self.kept.push(number);
            if self.kept.len() == Self::CAPACITY {
                self.prune();
            }
        }
    }

    #[cold]
    fn prune(&mut self) {
        self.kept.sort_unstable();
        self.kept.dedup();
        self.kept.truncate(SKETCH);
        if let Some(&last) = self.kept.get(SKETCH - 1) {
            self.limit = last;
        }
    }

    fn finish(mut self) -> Vec<u32> {
        self.prune();
        self.kept.shrink_to_fit();
        self.kept
    }
}

/// Compares two sketches: returns the number of shared figures and the Jaccard similarity, 0 to 1.
pub fn similarity(a: &[u32], b: &[u32]) -> (usize, f64) {
    // Figures above the end of a full sketch are unknown.
    let end = |sketch: &[u32]| sketch.last().copied().filter(|_| sketch.len() >= SKETCH);
    let known = end(a).into_iter().chain(end(b)).min().unwrap_or(u32::MAX);
    let (a, b) = (up_to(a, known), up_to(b, known));
    let (mut shared, mut i, mut j) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        shared += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    let all = a.len() + b.len() - shared;
    (shared, if all == 0 { 0.0 } else { shared as f64 / all as f64 })
}

fn up_to(sketch: &[u32], last: u32) -> &[u32] {
    &sketch[..sketch.partition_point(|&figure| figure <= last)]
}

/// Returns true if two songs are near-duplicates.
pub fn is_near_duplicate(a: &[u32], b: &[u32], threshold: f64) -> bool {
    let (shared, similarity) = similarity(a, b);
    shared >= MIN_SHARED && similarity >= threshold
}

#[cfg(test)]
mod tests;
