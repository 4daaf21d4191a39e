//! Chooses each song among its candidates.

use super::song_writer::Decoded;
use crate::metrics::critic::Critic;
use crate::music::roll::RollShape;
use partita_numerics::rng::{Purpose, stream, unit};
use rand_chacha::rand_core::RngCore as _;

/// Chooses by what a critic says; the first candidate without one.
pub(super) struct Choice {
    pub(super) critic: Option<Critic>,
    pub(super) shape: RollShape,
    pub(super) seed: u64,
}

impl Choice {
    /// Returns the number of the chosen candidate of a song, and the candidate with its score. There must be one.
    pub(super) fn choose(&self, song: usize, mut candidates: Vec<Decoded>) -> (usize, Decoded) {
        let Some(critic) = &self.critic else { return (0, candidates.swap_remove(0)) };
        let mut random = stream(self.seed, Purpose::Candidate, song as u64);
        let mut best = (0, f64::NEG_INFINITY);
        // A silent song has nothing to judge, and is chosen only if all are silent.
        let sounding = |it: &&mut Decoded| it.song.iter().any(|cells| !cells.is_empty());
        for (at, candidate) in candidates.iter_mut().enumerate().filter(|(_, it)| sounding(it)) {
            let score = critic.score(&candidate.song, &self.shape);
            candidate.score = Some(score);
            // The largest after adding Gumbel noise: a choice in proportion to the ratio of densities.
            let value = score - (-unit(random.next_u32()).max(1e-12).ln()).ln();
            if value > best.1 {
                best = (at, value);
            }
        }
        (best.0, candidates.swap_remove(best.0))
    }
}
