//! Songs as points: their features on one scale.

use crate::metrics::features::{FEATURES, Feature, SongFeatures};

/// Songs of several sets as points of one space: each feature is standardized so that the first set has mean 0 and
/// standard deviation 1. An undefined feature is at the mean; one that is constant in the first set is not scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// The points of each set, in the order given.
    pub sets: Vec<Vec<Vec<f64>>>,
}

impl Vectors {
    /// Standardizes the features of these sets of songs by those of the first.
    pub fn new(sets: &[&[SongFeatures]]) -> Self {
        let first = sets.first().copied().unwrap_or_default();
        let scale = |feature: &Feature| scale(first.iter().map(feature.value));
        let scales: Vec<(f64, f64)> = FEATURES.iter().map(scale).collect();
        let point = |song: &SongFeatures| {
            let value = |(feature, (mean, deviation)): (&Feature, &(f64, f64))| {
                let value = ((feature.value)(song) - mean) / deviation;
                if value.is_finite() { value } else { 0.0 }
            };
            FEATURES.iter().zip(&scales).map(value).collect()
        };
        Self { sets: sets.iter().map(|songs| songs.iter().map(point).collect()).collect() }
    }
}

/// Mean and standard deviation of the finite values; (0, 1) without values, standard deviation 1 without spread.
fn scale(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    if finite.is_empty() {
        return (0.0, 1.0);
    }
    let count = finite.len() as f64;
    let mean = finite.iter().sum::<f64>() / count;
    let variance = finite.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let deviation = variance.sqrt();
    (mean, if deviation > 1e-9 * mean.abs().max(1e-300) { deviation } else { 1.0 })
}

/// Squared Euclidean distance.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// Subsamples the larger of two sets, evenly, to the size of the smaller.
pub(super) fn subsample_equal<'a>(a: &'a [Vec<f64>], b: &'a [Vec<f64>]) -> [Vec<&'a [f64]>; 2] {
    let size = a.len().min(b.len());
    let spread = |set: &'a [Vec<f64>]| {
        (0..size).map(|place| set[place * set.len() / size].as_slice()).collect()
    };
    [spread(a), spread(b)]
}

#[cfg(test)]
pub(super) mod testing {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};

    /// `count` normal points of three numbers around `centre`.
    pub(in crate::metrics::two_sample) fn cloud(
        count: usize,
        centre: f64,
        seed: u64,
    ) -> Vec<Vec<f64>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let normal = Normal::new(centre, 1.0).unwrap();
        (0..count).map(|_| (0..3).map(|_| normal.sample(&mut random)).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::describe;
    use crate::music::roll::RollShape;

    fn song(onsets: usize) -> SongFeatures {
        let mut song = vec![Vec::new(); 16];
        song[0] = (0..onsets as u16).collect();
        describe(&song, &RollShape::THESIS)
    }

    #[test]
    fn the_first_set_has_mean_zero_and_deviation_one() {
        let real = [song(1), song(3)];
        let vectors = Vectors::new(&[&real, &[song(5)]]);
        assert_eq!(vectors.sets[0][0][0], -1.0);
        assert_eq!((vectors.sets[0][1][0], vectors.sets[1][0][0]), (1.0, 3.0));
    }

    #[test]
    fn undefined_features_are_at_the_mean() {
        let vectors = Vectors::new(&[&[song(1), song(3)], &[song(0)]]);
        assert!(vectors.sets[1][0].iter().all(|value| value.is_finite()));
        assert!(Vectors::new(&[&[], &[song(2)]]).sets[1][0].iter().all(|value| value.is_finite()));
    }
}
