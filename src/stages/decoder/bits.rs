//! Bits per onset.

use super::examples::Examples;
use crate::columnar::SampleFile;
use crate::stage_api::{InputSet, Result, StageError};
use partita_decoder::{Decoder, Example, Nats};
use partita_vae::Model;
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// The file of the numbers.
pub(super) const FILE: &str = "decoder/bits.json";

/// Bits per onset of all decisions, and of each kind of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Bits {
    total: f64,
    plan: f64,
    rhythm: f64,
    chord: f64,
}

impl Bits {
    /// Converts sums over songs with this many onsets.
    pub(super) fn new(nats: Nats, onsets: usize) -> Self {
        let bits = |nats: f64| nats / LN_2 / onsets.max(1) as f64;
        let Nats { plan, rhythm, chord } = nats;
        Self {
            total: bits(nats.total()),
            plan: bits(plan),
            rhythm: bits(rhythm),
            chord: bits(chord),
        }
    }

    pub(super) fn total(self) -> f64 {
        self.total
    }
}

/// Bits per onset of validation samples; see the stage's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(in crate::stages) struct Measured {
    samples: usize,
    coded: Bits,
    other: Bits,
    uncoded: Bits,
    kl: f64,
    mean: f64,
    drawn: Bits,
}

impl Measured {
    /// Reads `decoder/bits.json`.
    pub(in crate::stages) fn read(decoder: &InputSet) -> Result<Self> {
        let text = fs_err::read(decoder.file(FILE)?)?;
        serde_json::from_slice(&text)
            .map_err(|error| StageError::failed(format!("{FILE}: {error}")))
    }

    /// Describes the numbers in a line.
    pub(in crate::stages) fn summary(&self) -> String {
        let Self { coded, other, uncoded, drawn, .. } = self;
        if self.samples == 0 {
            return "no validation samples to measure".to_owned();
        }
        format!(
            "{:.2} bits per onset given the code, {:.2} given another's, {:.2} without a code, {:.2} of drawn songs",
            coded.total, other.total, uncoded.total, drawn.total
        )
    }
}

/// Measures up to `count` samples, evenly spread.
pub(super) fn measure(
    decoder: &Decoder,
    model: &Model,
    samples: &SampleFile,
    seed: u64,
    count: usize,
) -> Result<Measured> {
    let batch = Examples { model, samples, seed }.unchanged(count)?;
    let mut examples = batch.examples;
    let count = examples.len();
    let drawn = decoder.draw_measured(&examples, seed, 0, count);
    let drawn = Bits::new(
        drawn.iter().map(|(nats, _)| *nats).sum(),
        drawn.iter().map(|(_, song)| song.onsets()).sum(),
    );
    let onsets: Vec<usize> = examples.iter().map(|example| example.song.onsets()).collect();
    let all: usize = onsets.iter().sum();
    let likelihoods = |examples: &[Example]| {
        let of_songs = decoder.likelihoods(examples);
        (Bits::new(of_songs.iter().copied().sum(), all), of_songs)
    };
    let (coded, of_songs) = likelihoods(&examples);
    let means = of_songs.iter().zip(&onsets).map(|(&nats, &onsets)| Bits::new(nats, onsets).total);
    let mean = means.sum::<f64>() / count.max(1) as f64;
    let mut guides: Vec<_> = examples.iter_mut().map(|example| example.guide.take()).collect();
    let (uncoded, _) = likelihoods(&examples);
    // Neighbours are often windows of one song.
    guides.rotate_left(count / 2);
    examples.iter_mut().zip(guides).for_each(|(example, guide)| example.guide = guide);
    let (other, _) = likelihoods(&examples);
    let kl = batch.kl.iter().sum::<f64>() / LN_2 / all.max(1) as f64;
    Ok(Measured { samples: count, coded, other, uncoded, kl, mean, drawn })
}
