//! Controls: how closely the features of generated songs follow their expectations under the model's probabilities.

use super::probabilities::Probabilities;
use crate::metrics::SongFeatures;
use crate::metrics::latent::Expected;
use crate::metrics::rank::spearman;

/// Returns the rank correlation of each feature of the songs with its expectation: 1 if the order is the same. `None` if
/// the numbers of songs differ.
pub(super) fn controls(
    Probabilities { expected, .. }: &Probabilities,
    songs: &[SongFeatures],
) -> [(&'static str, Option<f64>); 3] {
    type Pair = fn(&Expected, &SongFeatures) -> (f64, f64);
    let pairs: [(&str, Pair); 3] = [
        ("onsets", |expected, song| (expected.onsets, song.onsets)),
        ("pitch_mean", |expected, song| (expected.pitch_mean, song.pitch_mean)),
        ("pitch_class_entropy", |expected, song| {
            (expected.pitch_class_entropy, song.pitch_class_entropy)
        }),
    ];
    pairs.map(|(name, pair)| {
        let pairs = || expected.iter().zip(songs).map(|(expected, song)| pair(expected, song));
        (name, if expected.len() == songs.len() { spearman(pairs()) } else { None })
    })
}
