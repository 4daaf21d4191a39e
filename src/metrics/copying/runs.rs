//! The longest run of chords that a song shares with any training sample, at any place and in any transposition.
//!
//! A song that strings phrases of training samples together is like none of them as a whole. A run is a sequence of
//! moves from one chord to the next: the time between them, the interval of the bass, and the intervals within the second chord
//! (after Yin 2022, "Measuring When a Music Generation Algorithm Copies Too Much"). Its length is in moves, rounded down to
//! a multiple of 4.

use crate::metrics::judges::chords;
use crate::music::roll::RollShape;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Unit of lengths, in moves.
const STEP: usize = 4;
/// Base of the polynomial hash of a run: odd.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The runs of some songs.
#[derive(Debug)]
pub struct Runs {
    shape: RollShape,
    songs: usize,
    /// By length: the songs that have a run, by its hash.
    grams: Vec<HashMap<u64, Vec<u32>>>,
}

/// The longest run of each song so far.
pub type LongestRuns = Vec<u32>;

impl Runs {
    /// Indexes the runs of songs.
    pub fn new(songs: &[Vec<Vec<u16>>], shape: RollShape) -> Self {
        let mut grams: Vec<HashMap<u64, Vec<u32>>> = Vec::new();
        for (index, song) in (0..).zip(songs) {
            let hashes = Hashes::new(song, &shape);
            for length in (STEP..=hashes.moves()).step_by(STEP) {
                grams.resize_with(grams.len().max(length / STEP), HashMap::new);
                for start in 0..=hashes.moves() - length {
                    let having =
                        grams[length / STEP - 1].entry(hashes.of(start, length)).or_default();
                    if having.last() != Some(&index) {
                        having.push(index);
                    }
                }
            }
        }
        Self { shape, songs: songs.len(), grams }
    }

    /// Returns the state before any sample.
    pub fn new_state(&self) -> LongestRuns {
        vec![0; self.songs]
    }

    /// Compares the songs with a training sample.
    pub fn visit(&self, longest: &mut LongestRuns, sample: &[Vec<u16>]) {
        let hashes = Hashes::new(sample, &self.shape);
        for start in 0..hashes.moves() {
            for (grams, length) in self.grams.iter().zip((STEP..).step_by(STEP)) {
                let found = (start + length <= hashes.moves())
                    .then(|| grams.get(&hashes.of(start, length)))
                    .flatten();
                // Nothing longer begins here either.
                let Some(songs) = found else { break };
                for &song in songs {
                    let longest = &mut longest[song as usize];
                    *longest = (*longest).max(length as u32);
                }
            }
        }
    }

    /// Joins what two parts of the samples gave.
    pub fn merge(mut one: LongestRuns, other: LongestRuns) -> LongestRuns {
        one.iter_mut().zip(other).for_each(|(longest, other)| *longest = (*longest).max(other));
        one
    }
}

/// Hashes of the runs of a song.
struct Hashes {
    /// Hash of the first `n` moves, by `n`.
    prefixes: Vec<u64>,
    powers: Vec<u64>,
}

impl Hashes {
    fn new(song: &[Vec<u16>], shape: &RollShape) -> Self {
        let chords = chords(song, shape);
        let (mut prefixes, mut powers) = (vec![0_u64], vec![1_u64]);
        for pair in chords.windows(2) {
            let (bass, gap) = (pair[1].bass(), pair[1].time - pair[0].time);
            let mut hasher = DefaultHasher::new();
            (gap, bass.wrapping_sub(pair[0].bass())).hash(&mut hasher);
            pair[1].pitches.iter().for_each(|pitch| (pitch - bass).hash(&mut hasher));
            let last = prefixes[prefixes.len() - 1];
            prefixes.push(last.wrapping_mul(BASE).wrapping_add(hasher.finish()));
            powers.push(powers[powers.len() - 1].wrapping_mul(BASE));
        }
        Self { prefixes, powers }
    }

    fn moves(&self) -> usize {
        self.prefixes.len() - 1
    }

    fn of(&self, start: usize, length: usize) -> u64 {
        let before = self.prefixes[start].wrapping_mul(self.powers[length]);
        self.prefixes[start + length].wrapping_sub(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: RollShape = RollShape::THESIS;

    /// A line of single notes, one at each eighth, with these pitches above row 30.
    fn line(pitches: impl IntoIterator<Item = usize>) -> Vec<Vec<u16>> {
        let mut song = vec![Vec::new(); 16];
        for (at, pitch) in pitches.into_iter().enumerate() {
            song[at / 8].push(SHAPE.cell(at % 8 * 12, 30 + pitch));
        }
        song
    }

    fn longest(song: Vec<Vec<u16>>, samples: &[Vec<Vec<u16>>]) -> u32 {
        let runs = Runs::new(&[song], SHAPE);
        let mut found = runs.new_state();
        samples.iter().for_each(|sample| runs.visit(&mut found, sample));
        found[0]
    }

    /// A line without returns: the squares modulo 41.
    fn tune() -> Vec<usize> {
        (1..40).map(|at| at * at % 41).collect()
    }

    #[test]
    fn run_is_found_at_another_place_and_in_another_transposition() {
        let tune = tune();
        assert_eq!(longest(line(tune.clone()), &[line(tune.clone())]), 36, "38 moves");
        let other = [5, 5, 5].into_iter().chain(tune[4..21].iter().map(|pitch| pitch + 3));
        assert_eq!(longest(line(tune.clone()), &[line([0]), line(other)]), 16);
        let other: Vec<usize> = tune[4..21].iter().flat_map(|&pitch| [pitch, 60]).collect();
        assert_eq!(longest(line(tune), &[line(other)]), 0);
    }

    #[test]
    fn silent_songs_share_nothing() {
        assert_eq!(longest(line([]), &[line(tune())]), 0);
        assert_eq!(longest(line(tune()), &[line([]), line([3])]), 0);
    }

    #[test]
    fn parts_of_the_samples_join() {
        assert_eq!(Runs::merge(vec![4, 0, 8], vec![0, 12, 4]), [4, 12, 8]);
    }
}
