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
//! [`THRESHOLD`], and rests on at least [`MIN_SHARED`] figures. DisjointSets are what such pairs connect.
//!
//! Whether two songs are near-duplicates depends on nothing but the two, so a new file can join groups but
//! never part one, in whatever order files come.

mod disjoint_sets;
mod regroup;

pub use disjoint_sets::groups;
pub use regroup::{PreviousGroups, regroup};

use super::note::Tick;
use super::score::Score;

/// The least similarity of near-duplicates unless somebody wants a higher one: an eighth of all figures of both. Of unrelated songs of VGMusic,
/// 999 pairs in 1,000 stay below 0.023. Just above the threshold, of the pairs from two games, three in four
/// are the same tune by title and notes; where they are not, a group is merely coarser than it had to be.
pub const THRESHOLD: f64 = 0.125;
/// The least number of shared figures: fewer may be chance.
pub const MIN_SHARED: usize = 8;

/// Hashes in a sketch.
const SKETCH: usize = 128;
/// Different moves of a figure.
const MOVES: usize = 3;
/// Units of time: parts of a quarter note.
const PER_QUARTER: u64 = 24;
/// How long a figure may last, in those units: two measures of 4/4.
const LONGEST: u64 = 8 * PER_QUARTER;

/// The figures of a song, sampled: at most 128 numbers, ascending. Drums have none. Equal for a
/// transposition, another tempo, another division.
pub fn sketch(score: &Score) -> Vec<u32> {
    let mut smallest = Smallest::default();
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

/// A moment in units of time, the nearest one, halves up.
fn units(Tick(tick): Tick, division: u64) -> u64 {
    let quarters = tick / division;
    let rest = tick - quarters * division;
    let within = (2 * rest * PER_QUARTER + division) / (2 * division);
    quarters.saturating_mul(PER_QUARTER).saturating_add(within)
}

/// The highest notes of one channel, as they come.
#[derive(Clone, Copy, Default)]
struct Line {
    /// The moment of the last note, and its highest pitch so far.
    last: Option<(u64, u8)>,
    /// The note before it.
    before: Option<(u64, u8)>,
    /// The last four moves up to the note before, 16 bits each, the last one lowest; 0 where there is none.
    moves: u64,
}

impl Line {
    /// One more note, at the moment of the one before or later. Gives the figure that ended before it.
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

    /// No higher note comes at the last moment. Gives the figure that ends there.
    #[inline]
    fn close(&mut self) -> Option<u32> {
        let (at, pitch) = self.last?;
        let (then, from) = self.before.replace((at, pitch))?;
        if at - then > LONGEST {
            self.moves = 0; // no figure has a move as long
            return None;
        }
        // It fits: a move lasts 192 units at most and spans 127 semitones, and so it is not 0.
        let step = (at - then) << 8 | (128 + u64::from(pitch) - u64::from(from));
        self.moves = self.moves << 16 | step;
        figure(self.moves)
    }
}

/// The hash of the figure of four moves; `None` where they make none.
#[inline]
fn figure(moves: u64) -> Option<u32> {
    let [a, b, c, d] = [48, 32, 16, 0].map(|shift| moves >> shift & 0xFFFF);
    let long = (a >> 8) + (b >> 8) + (c >> 8) + (d >> 8) > LONGEST;
    let different = 1
        + usize::from(b != a)
        + usize::from(c != a && c != b)
        + usize::from(d != a && d != b && d != c);
    (a != 0 && !long && different >= MOVES).then(|| hash(&[a, b, c, d]))
}

/// A hash that is the same in every build and on every machine, for sketches are kept.
fn hash(moves: &[u64]) -> u32 {
    let mixed = moves.iter().fold(0x9E37_79B9_7F4A_7C15_u64, |state, &step| {
        let state = (state ^ step).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state ^ state >> 31
    });
    (mixed.wrapping_mul(0x94D0_49BB_1331_11EB) >> 32) as u32
}

/// The smallest of many numbers, each once. Few are kept at a time, and most are no longer looked at.
struct Smallest {
    kept: Vec<u32>,
    /// Greater ones are none of them.
    most: u32,
}

impl Default for Smallest {
    fn default() -> Self {
        Self { kept: Vec::with_capacity(Self::ROOM), most: u32::MAX }
    }
}

impl Smallest {
    const ROOM: usize = 8 * SKETCH;

    #[inline]
    fn extend(&mut self, number: Option<u32>) {
        if let Some(number) = number.filter(|&number| number <= self.most) {
            self.kept.push(number);
            if self.kept.len() == Self::ROOM {
                self.settle();
            }
        }
    }

    #[cold]
    fn settle(&mut self) {
        self.kept.sort_unstable();
        self.kept.dedup();
        self.kept.truncate(SKETCH);
        if let Some(&last) = self.kept.get(SKETCH - 1) {
            self.most = last;
        }
    }

    fn finish(mut self) -> Vec<u32> {
        self.settle();
        self.kept.shrink_to_fit();
        self.kept
    }
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
pub fn is_near_duplicate(a: &[u32], b: &[u32], threshold: f64) -> bool {
    let (shared, similarity) = similarity(a, b);
    shared >= MIN_SHARED && similarity >= threshold
}

#[cfg(test)]
mod tests;
