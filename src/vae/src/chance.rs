//! All chance: ChaCha8 streams named by (seed, purpose, index), drawn on the host.
//!
//! No stream depends on how far another has been read, so a resumed training, a different
//! micro-batch or a different number of drawn songs sees the same numbers.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What a stream is for; the discriminants are part of the definition of every seed's meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// Initial weights; index = layer.
    Weights = 1,
    /// Order of the training samples; index = epoch.
    Order = 2,
    /// Reparameterisation noise of a training step; index = step since the start.
    TrainingNoise = 3,
    /// Reparameterisation noise of a validation sample, the same in each epoch; index = sample.
    ValidationNoise = 4,
    /// A latent vector drawn from the prior; index = song.
    Prior = 5,
    /// Semitones by which a sample is shifted; index = sample, epoch.
    Transposition = 16,
    /// Measure at which a sample begins; index = sample, epoch.
    Rotation = 17,
    /// Onsets that the encoder does not see; index = sample, epoch.
    OnsetDropout = 18,
    /// Units of the decoder's `song_hidden` that are silenced; index = step since the start.
    SongDropout = 19,
    /// Units of the decoder's `measure_hidden` that are silenced; index = step since the start.
    MeasureDropout = 26,
    /// A latent vector drawn from a fitted Gaussian; index = song.
    Gaussian = 20,
    /// The component that a song is drawn from; index = song.
    MixtureComponent = 21,
    /// The points that a mixture's components start from.
    MixtureStart = 22,
    /// The way of a latent vector from the song that it is near to; index = song.
    Near = 23,
    /// The sample that a song is a variation of; index = song.
    Choice = 24,
    /// Which cells are onsets; index = song.
    Onsets = 25,
    /// Which cells are onsets in all measures that share their chance; index = song.
    SharedOnsets = 27,
    /// Which cells of a song share it; index = song.
    Sharing = 28,
    /// Which phrases and measures of a song return; index = song.
    Form = 29,
    /// How steps of a song round to notes in all measures; index = song.
    Groove = 30,
    /// Rounding and pitches of the measures of one material; index = song, material.
    Material = 31,
    /// Where the search for principal components starts; index = sample.
    Components = 64,
}

/// The stream of one purpose and index.
pub(crate) fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    stream_of(seed, purpose, [index, 0])
}

/// The stream of one purpose and a pair of indices.
pub(crate) fn stream_of(seed: u64, purpose: Purpose, [index, second]: [u64; 2]) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
    key[16..24].copy_from_slice(&index.to_le_bytes());
    key[24..].copy_from_slice(&second.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// `count` draws from the standard normal distribution.
pub(crate) fn normal(random: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    StandardNormal.sample_iter(random).take(count).collect()
}

/// `count` draws from the uniform distribution on `[-limit, limit)`.
pub(crate) fn uniform(random: &mut ChaCha8Rng, count: usize, limit: f32) -> Vec<f32> {
    let unit = |bits: u32| (bits >> 8) as f32 * (1.0 / (1 << 24) as f32);
    (0..count).map(|_| limit * (2.0 * unit(random.next_u32()) - 1.0)).collect()
}

/// A draw from the integers below `bound`.
pub(crate) fn below(random: &mut ChaCha8Rng, bound: u64) -> u64 {
    // The high half of a 64 by 64 bit product: uniform up to 2^-64 * bound.
    ((u128::from(random.next_u64()) * u128::from(bound)) >> 64) as u64
}

/// Whether something that is dropped with a probability stays, up to 2^-32.
pub(crate) fn stays(random: &mut ChaCha8Rng, dropped: f64) -> bool {
    !happens(random, dropped)
}

/// A draw from 0..1 of 32 random bits.
pub(crate) fn unit(bits: u32) -> f64 {
    f64::from(bits) * (1.0 / 4_294_967_296.0)
}

/// Whether something happens that has this chance, up to 2^-32.
pub(crate) fn happens(random: &mut ChaCha8Rng, chance: impl Into<f64>) -> bool {
    unit(random.next_u32()) < chance.into()
}

/// The order in which an epoch visits `count` samples (Fisher and Yates).
pub(crate) fn order(seed: u64, epoch: usize, count: usize) -> Vec<usize> {
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
    fn an_epoch_visits_each_sample_once_in_an_order_of_its_own() {
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
    fn draws_have_the_moments_of_their_distributions() {
        let mut random = stream(3, Purpose::Weights, 0);
        let draws = uniform(&mut random, 20_000, 0.5);
        assert!(draws.iter().all(|x| (-0.5..0.5).contains(x)));
        let mean = draws.iter().sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.01, "{mean}");
        let draws = normal(&mut random, 20_000);
        let variance = draws.iter().map(|x| x * x).sum::<f32>() / 20_000.0;
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
