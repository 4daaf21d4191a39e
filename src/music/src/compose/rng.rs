//! Random numbers that are the same on every machine and in every release: ChaCha8's output is specified, and it
//! is used in integer arithmetic only. Each purpose has a stream of its own, so a song depends only on
//! (seed, index), and an additional draw for the bass leaves every melody as it was.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Purposes of random numbers. The values are part of every song: never renumber, only add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RngStream {
    Plan = 0,
    Band = 1,
    Phrases = 2,
    Harmony = 3,
    Melody = 4,
    Counter = 5,
    Bass = 6,
    Accompaniment = 7,
    Drums = 8,
    Variation = 9,
    Touch = 10,
}

/// The random numbers of one stream.
pub(super) struct Rng(ChaCha8Rng);

impl Rng {
    /// Creates the generator of one stream of song `index`. `scope` separates streams of one purpose, such as one
    /// per section kind.
    pub(super) fn new(seed: u64, index: u32, stream: RngStream, scope: u8) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(b"compose1");
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(u64::from(index) << 16 | (stream as u64) << 8 | u64::from(scope));
        Self(rng)
    }

    /// Draws from `0..bound`. The bias of multiply-and-shift is below 2^-20 for the small bounds used here.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// Draws a whole number from `low..=high`.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below(low.abs_diff(high) + 1) as i32
    }

    /// Returns true with a probability of `percent` in a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// Draws a row of a table, each equally likely.
    pub(super) fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.below(table.len() as u32) as usize]
    }

    /// Draws a row of a table of (weight, row), each as likely as its weight.
    pub(super) fn weighted<T: Copy>(&mut self, table: &[(u32, T)]) -> T {
        let mut left = self.below(table.iter().map(|row| row.0).sum());
        for &(weight, row) in table {
            if left < weight {
                return row;
            }
            left -= weight;
        }
        table[0].1
    }

    /// Draws a row of the part of a table that `energy` selects: `width` neighbouring rows of a table sorted from
    /// calm to busy, the first ones for energy 0, the last ones for energy 4 and above.
    pub(super) fn pick_by_energy<T: Copy>(&mut self, table: &[T], width: usize, energy: u32) -> T {
        let first = (table.len() - width) * energy.min(4) as usize / 4;
        self.pick(&table[first..first + width])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(seed: u64, index: u32, stream: RngStream, scope: u8) -> Vec<u32> {
        let mut rng = Rng::new(seed, index, stream, scope);
        (0..8).map(|_| rng.below(1000)).collect()
    }

    #[test]
    fn seed_song_purpose_and_scope_each_have_their_own_stream() {
        let base = draws(1, 1, RngStream::Plan, 0);
        assert_eq!(base, draws(1, 1, RngStream::Plan, 0));
        assert_ne!(base, draws(2, 1, RngStream::Plan, 0));
        assert_ne!(base, draws(1, 2, RngStream::Plan, 0));
        assert_ne!(base, draws(1, 1, RngStream::Bass, 0));
        assert_ne!(base, draws(1, 1, RngStream::Plan, 1));
    }

    #[test]
    fn draws_of_a_seed_are_the_same_in_every_release() {
        assert_eq!(draws(1, 0, RngStream::Plan, 0), PINNED);
    }

    const PINNED: [u32; 8] = [415, 960, 770, 268, 996, 152, 247, 619];

    #[test]
    fn weighted_draws_follow_their_weights() {
        let mut rng = Rng::new(3, 0, RngStream::Plan, 0);
        let ones = (0..4000).filter(|_| rng.weighted(&[(1, false), (3, true)])).count();
        assert!((2850..3150).contains(&ones), "{ones}");
    }
}
