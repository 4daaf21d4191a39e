//! Random numbers: ChaCha8 streams keyed by (seed, purpose, index), computed on the host.
//!
//! No stream depends on how far another has been read. So a resumed training, other micro-batches
//! or another number of generated songs see the same numbers.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Use of a stream. The discriminants are part of its key: changing one changes what every seed means.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Initial weights; index = layer.
    Weights = 1,
    /// Order of the training samples; index = epoch.
    Order = 2,
    /// Reparameterization noise of a training step; index = step since the start.
    TrainingNoise = 3,
    /// Reparameterization noise of a validation sample, the same in each epoch; index = sample.
    ValidationNoise = 4,
    /// Latent vector sampled from the prior; index = song.
    Prior = 5,
    /// Transposition of a training sample; index = sample, epoch.
    Transposition = 16,
    /// First measure of a training sample; index = sample, epoch.
    Rotation = 17,
    /// Onsets hidden from the encoder; index = sample, epoch.
    OnsetDropout = 18,
    /// Dropout in the decoder's `song_hidden`; index = step since the start.
    SongDropout = 19,
    /// Dropout in the decoder's `measure_hidden`; index = step since the start.
    MeasureDropout = 26,
    /// Latent vector sampled from a fitted Gaussian; index = song.
    Gaussian = 20,
    /// Mixture component that a song is sampled from; index = song.
    MixtureComponent = 21,
    /// Points that a mixture's components start from (k-means++).
    MixtureStart = 22,
    /// Offset of a latent vector from its song's code; index = song.
    Near = 23,
    /// Sample that a song is a variation of; index = song.
    Choice = 24,
    /// Uniform number of each cell, which decides about its onset; index = song.
    Onsets = 25,
    /// Uniform numbers that measures share; index = song.
    SharedOnsets = 27,
    /// Cells that take the shared number; index = song.
    Sharing = 28,
    /// Phrases and measures that return; index = song.
    Form = 29,
    /// Rounding of expected notes, common to all measures; index = song.
    Groove = 30,
    /// Rounding and pitches of one material's measures; index = song, material.
    Material = 31,
    /// Initial weights of the note-by-note decoder; index = network, part.
    DecoderWeights = 32,
    /// Which samples a step of the decoder's training learns from, and how they are changed; index = step.
    DecoderExamples = 33,
    /// Candidates that a step of the decoder's training learns from; index = step, sample.
    DecoderCandidates = 34,
    /// Decisions of the note-by-note decoder; index = song.
    Playing = 35,
    /// Which candidate becomes a song; index = song.
    Candidate = 36,
    /// Which song of a pair comes first; index = pair.
    Pair = 37,
    /// Initial weights of a refiner; index = layer.
    Refiner = 38,
    /// How a sample that a refiner learns from is changed; index = step.
    RefinerExamples = 39,
    /// Start of the search for principal components; index = sample.
    Components = 64,
}

/// Returns the stream of a purpose and an index.
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    stream_at(seed, purpose, [index, 0])
}

/// Returns the stream of a purpose and a pair of indices.
pub fn stream_at(seed: u64, purpose: Purpose, [index, second]: [u64; 2]) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
    key[16..24].copy_from_slice(&index.to_le_bytes());
    key[24..].copy_from_slice(&second.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// Samples `count` numbers from the standard normal distribution.
pub fn normal(random: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    StandardNormal.sample_iter(random).take(count).collect()
}

/// Samples `count` numbers from the uniform distribution on `[-limit, limit)`.
pub fn uniform(random: &mut ChaCha8Rng, count: usize, limit: f32) -> Vec<f32> {
    let unit = |bits: u32| (bits >> 8) as f32 * (1.0 / (1 << 24) as f32);
    (0..count).map(|_| limit * (2.0 * unit(random.next_u32()) - 1.0)).collect()
}

/// Samples an integer below `bound`; 0 if `bound` is 0.
pub fn below(random: &mut ChaCha8Rng, bound: u64) -> u64 {
    // High half of a 64 by 64 bit product: uniform up to 2^-64 * bound.
    ((u128::from(random.next_u64()) * u128::from(bound)) >> 64) as u64
}

/// Returns false with the probability `dropped`, up to 2^-32.
pub fn draw_keep(random: &mut ChaCha8Rng, dropped: f64) -> bool {
    !draw_bool(random, dropped)
}

/// Maps 32 random bits to `[0, 1)`.
pub fn unit(bits: u32) -> f64 {
    f64::from(bits) * (1.0 / 4_294_967_296.0)
}

/// Returns true with the given probability, up to 2^-32.
pub fn draw_bool(random: &mut ChaCha8Rng, probability: impl Into<f64>) -> bool {
    unit(random.next_u32()) < probability.into()
}

/// Returns the order in which an epoch visits `count` samples (Fisher-Yates shuffle).
pub fn order(seed: u64, epoch: usize, count: usize) -> Vec<usize> {
    let mut random = stream(seed, Purpose::Order, epoch as u64);
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let other = below(&mut random, last as u64 + 1);
        order.swap(last, other as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoch_visits_each_sample_once_in_its_own_order() {
        let first = order(7, 1, 100);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert_eq!(first, order(7, 1, 100));
        assert_ne!(first, order(7, 2, 100));
        assert_ne!(first, order(8, 1, 100));
        assert!(order(7, 1, 0).is_empty());
    }

    #[test]
    fn random_numbers_have_the_moments_of_their_distribution() {
        let mut random = stream(3, Purpose::Weights, 0);
        let numbers = uniform(&mut random, 20_000, 0.5);
        assert!(numbers.iter().all(|x| (-0.5..0.5).contains(x)));
        let mean = numbers.iter().sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.01, "{mean}");
        let numbers = normal(&mut random, 20_000);
        let variance = numbers.iter().map(|x| x * x).sum::<f32>() / 20_000.0;
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
