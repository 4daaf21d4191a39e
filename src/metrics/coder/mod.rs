//! A counting coder: the bits per note of a model that only counts, as a baseline.
//!
//! It codes a song from left to right and each chord upwards: at each step whether notes start, then for each pitch whether
//! it does. Every decision is predicted by counts in twelve contexts, such as the same cell in earlier measures or the
//! last chord. Counts of the training songs and counts of the song so far are mixed by a logistic
//! regression that learns along (context mixing, Mahoney 2005). No latent variable, no network, some milliseconds per
//! song.
//!
//! The length of a song's code is exact: `2^-bits` is a probability, and those of all songs add up to 1. A model of songs
//! that needs more bits has learned less than counting teaches. Generated songs that need far fewer bits than real ones are
//! too regular, those that need more too random.

mod contexts;
mod history;
mod mixing;

use crate::music::roll::{RollShape, onsets};
use contexts::{Decision, decisions};
use mixing::{Local, Mixing};

/// Counts of training songs.
pub struct Coder {
    shape: RollShape,
    mixing: Mixing,
}

impl Coder {
    /// Creates a coder that has counted nothing.
    pub fn new(shape: RollShape) -> Self {
        Self { shape, mixing: Mixing::new() }
    }

    /// Counts a song.
    pub fn learn(&mut self, song: &[Vec<u16>]) {
        let mut local = Local::new();
        decisions(song, &self.shape, &mut |decision: &Decision| {
            self.mixing.learn(decision, &mut local);
        });
    }

    /// Returns the length of a song's code in bits.
    pub fn bits(&self, song: &[Vec<u16>]) -> f64 {
        let (mut local, mut bits) = (Local::new(), 0.0);
        decisions(song, &self.shape, &mut |decision: &Decision| {
            bits += self.mixing.cost(decision, &mut local);
        });
        bits
    }
}

/// Code length of a set of songs.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CodeLength {
    /// Bits per onset, over all onsets of the set.
    pub bits_per_onset: f64,
    /// Mean over the songs of each song's bits per onset.
    pub mean_bits_per_onset: f64,
}

impl CodeLength {
    /// Summarizes songs, each with its bits. `None` without an onset.
    pub fn new<'a>(songs: impl IntoIterator<Item = (&'a [Vec<u16>], f64)>) -> Option<Self> {
        let (mut bits, mut notes, mut ratios) = (0.0, 0, Vec::new());
        for (song, cost) in songs {
            let count = onsets(song);
            if count > 0 {
                bits += cost;
                notes += count;
                ratios.push(cost / count as f64);
            }
        }
        (notes > 0).then(|| Self {
            bits_per_onset: bits / notes as f64,
            mean_bits_per_onset: ratios.iter().sum::<f64>() / ratios.len() as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;

    #[test]
    fn probabilities_of_all_songs_add_up_to_one() {
        let shape = RollShape::new(2, 2, 2, 60).unwrap();
        let cells = |bits: u16| (0..4).filter(|cell| bits >> cell & 1 == 1).collect::<Vec<u16>>();
        let songs: Vec<Vec<Vec<u16>>> =
            (0..256).map(|song| vec![cells(song & 15), cells(song >> 4)]).collect();
        let mut coder = Coder::new(shape);
        for _ in 0..3 {
            let all: f64 = songs.iter().map(|song| (-coder.bits(song)).exp2()).sum();
            assert!((all - 1.0).abs() < 1e-3, "{all}");
            songs.iter().step_by(7).for_each(|song| coder.learn(song));
        }
    }

    #[test]
    fn songs_that_repeat_or_resemble_the_training_songs_are_shorter() {
        let shape = RollShape::THESIS;
        let steady = |first: usize| -> Vec<Vec<u16>> {
            let notes: Vec<_> = (0..16)
                .flat_map(|m| (0..8).map(move |at| (m, 12 * at, first + 5 * (at * at % 5))))
                .collect();
            song(&notes)
        };
        let wild: Vec<_> =
            (0..128).map(|at| (at / 8, at * 37 % 96, 40 + at * at * 11 % 50)).collect();
        let wild = song(&wild);
        let mut coder = Coder::new(shape);
        (0..12).for_each(|key| coder.learn(&steady(48 + key)));
        let per_note = |song: &[Vec<u16>]| coder.bits(song) / onsets(song) as f64;
        assert!(per_note(&steady(55)) < 2.0, "{}", per_note(&steady(55)));
        assert!(per_note(&wild) > 4.0 * per_note(&steady(55)), "{}", per_note(&wild));
        assert_eq!(coder.bits(&wild), coder.bits(&wild));
    }

    #[test]
    fn silent_songs_do_not_count() {
        let (silent, one) = (song(&[]), song(&[(0, 0, 60)]));
        let length = CodeLength::new([(silent.as_slice(), 3.0), (one.as_slice(), 8.0)]).unwrap();
        assert_eq!((length.bits_per_onset, length.mean_bits_per_onset), (8.0, 8.0));
        assert_eq!(CodeLength::new([(silent.as_slice(), 3.0)]), None);
    }
}
