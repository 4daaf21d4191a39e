//! Training: Adam on the mean negative log-likelihood of songs.

use crate::decisions::Decisions;
use crate::decoder::Decoder;
use crate::guide::Guide;
use crate::learning::{Learning, SURE};
use crate::loss::{Nats, song_loss};
use crate::song::Song;
use partita_numerics::adam_step::AdamStep;
use partita_numerics::kernels::{adam, add, lerp, sum_of_squares};
use partita_numerics::rng::{Purpose, stream_at};
use rayon::prelude::*;

/// Partial sums of gradients: a fixed number, so that the result does not depend on the number of threads.
const LANES: usize = 8;
/// Typical onsets of a song: the gradient of a batch is that of about one onset.
const ONSETS: f32 = 400.0;
/// Largest norm of the gradient of a step.
const MAX_NORM: f64 = 1.0;

/// A song to learn from, with its code or without.
#[derive(Debug, Clone)]
pub struct Example {
    /// The song.
    pub song: Song,
    /// Its code, and the rates of the VAE's decoder.
    pub guide: Option<Guide>,
    /// The song that features are computed from; `None`: the song itself. A drawn song has mistakes, so a decoder that has
    /// seen only real songs drifts away from them (exposure bias: Bengio 2015).
    pub heard: Option<Song>,
}

/// The learning rate of a step and the share by which the average of the weights follows them.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Learning rate of Adam.
    pub learning: f64,
    /// Share of the difference, 0..=1.
    pub average: f32,
    /// Weight decay of Adam, which is multiplied by the learning rate.
    pub decay: f64,
}

/// A decoder in training.
pub struct Trainer {
    decoder: Decoder,
    average: Vec<f32>,
    moments: [Vec<f32>; 2],
    lanes: Vec<(Vec<f32>, Decisions)>,
    seed: u64,
    time: u64,
}

impl Trainer {
    /// Starts from a decoder.
    pub fn new(decoder: Decoder, seed: u64) -> Self {
        let zeros = || vec![0.0; decoder.parameters.len()];
        Self {
            average: decoder.parameters.clone(),
            moments: [zeros(), zeros()],
            lanes: (0..LANES).map(|_| (zeros(), Decisions::default())).collect(),
            seed,
            time: 0,
            decoder,
        }
    }

    /// Learns from a batch; returns the sums of its likelihoods before.
    pub fn step(&mut self, examples: &[Example], rate: Rate) -> Nats {
        self.time += 1;
        let (decoder, seed, time) = (&self.decoder, self.seed, self.time);
        let scale = 1.0 / (examples.len() as f32 * ONSETS);
        let lane = |(index, (gradients, decisions)): (usize, &mut (Vec<f32>, Decisions))| {
            gradients.fill(0.0);
            let mut nats = Nats::default();
            for (at, example) in examples.iter().enumerate().skip(index).step_by(LANES) {
                let random = stream_at(seed, Purpose::DecoderCandidates, [time, at as u64]);
                let mut learning = Learning { gradients, scale, sure: SURE, random };
                nats += song_loss(decoder, example.into(), Some(&mut learning), decisions);
            }
            nats
        };
        let sums: Vec<Nats> = self.lanes.par_iter_mut().enumerate().map(lane).collect();
        let (first, others) = self.lanes.split_at_mut(1);
        let gradients = &mut first[0].0;
        others.iter().for_each(|(other, _)| add(gradients, other));
        let norm = sum_of_squares(gradients).sqrt();
        let clip = if norm > MAX_NORM { MAX_NORM / norm } else { 1.0 };
        let step = AdamStep::new(rate.learning, self.time, clip, rate.decay);
        let [m, v] = &mut self.moments;
        adam(step, &mut self.decoder.parameters, gradients, m, v);
        lerp(&mut self.average, &self.decoder.parameters, rate.average);
        sums.into_iter().sum()
    }

    /// Returns the weights, their average and the moments.
    pub(crate) fn state(&self) -> [&Vec<f32>; 4] {
        let [first, second] = &self.moments;
        [&self.decoder.parameters, &self.average, first, second]
    }

    /// Returns the same, mutably.
    pub(crate) fn state_mut(&mut self) -> [&mut Vec<f32>; 4] {
        let [first, second] = &mut self.moments;
        [&mut self.decoder.parameters, &mut self.average, first, second]
    }

    /// Sets the number of steps so far.
    pub(crate) fn continue_at(&mut self, steps: u64) {
        self.time = steps;
    }

    /// Returns the number of steps so far.
    pub fn steps(&self) -> u64 {
        self.time
    }

    /// Returns the decoder with the average of its weights.
    pub fn averaged(&self) -> Decoder {
        Decoder { parameters: self.average.clone(), ..self.decoder.clone() }
    }
}
