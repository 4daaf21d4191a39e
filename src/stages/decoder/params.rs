//! The parameters of `decoder`.

use crate::params::params;
use crate::stages::visits::rate_share;
use partita_decoder::{Rate, Without};

params! {
    /// The parameters of `decoder`.
    #[derive(Debug)]
    pub(super) struct Params {
        /// How often each training sample is learned from, on average.
        pub(super) epochs: f64 = 3.0 in 0.001..=10_000.0,
        /// Samples of a step.
        pub(super) batch: usize = 8 in 1..=4096,
        /// Highest learning rate; it falls to a hundredth of that, as a cosine.
        learning_rate: f64 = 0.01 in 0.0..=1.0,
        /// Share of the steps in which the learning rate rises from 0.
        warmup: f64 = 0.02 in 0.0..=1.0,
        /// Weight decay.
        weight_decay: f64 = 0.0 in 0.0..=1.0,
        /// Maximum number of semitones by which samples are transposed, up and down.
        pub(super) transpose: usize = 5 in 0..=127,
        /// Whether samples begin at a random measure.
        pub(super) rotate: bool = false,
        /// Share of the samples that are learned without their code.
        pub(super) uncoded: f64 = 0.1 in 0.0..=1.0,
        /// Highest share of earlier onsets that are left out or moved while a sample is learned; half of the samples have
        /// none. A decoder trained on mistakes recovers from its own.
        pub(super) mistakes: f64 = 0.15 in 0.0..=1.0,
        /// What the decoder does without, to measure what it is worth. nothing: the whole decoder; plan: each measure is
        /// played step by step; lags: no look at the same place of earlier measures; habits: no counts of what the song does
        /// often. uncoded: 1.0 does without codes.
        pub(super) without: Without = nothing,
        /// Rounds of songs by which the decoder is calibrated after the training, so that drawn songs are as predictable
        /// as real ones; 0: not calibrated.
        pub(super) calibration: usize = 16 in 0..=1000,
    }
}

/// Time constant of the average of the weights, in steps.
const AVERAGED: f64 = 1000.0;

impl Params {
    /// Returns the rates of a step, counted from 0.
    pub(super) fn rate(&self, step: u64, steps: u64) -> Rate {
        Rate {
            learning: self.learning_rate * rate_share(step, steps, self.warmup),
            average: (1.0 / (1.0 + step as f64)).max(1.0 / AVERAGED.min(0.1 * steps as f64 + 1.0))
                as f32,
            decay: self.weight_decay,
        }
    }
}
