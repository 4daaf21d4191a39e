//! Two-sample tests: how accurately classifiers separate sets of songs from real songs.
//!
//! Every set has as many songs as were generated, and is compared with an equal number of real ones, so that the effect of
//! small sets is the same in all rows.

use super::reference::{ReferenceData, Song};
use crate::metrics::baselines::shuffled;
use crate::metrics::features::FEATURES;
use crate::metrics::two_sample::histogram::{Histograms, histograms};
use crate::metrics::two_sample::neighbours::{self, manifold};
use crate::metrics::two_sample::{Vectors, classifier, distance};
use crate::metrics::{SongFeatures, describe};
use crate::report::page::{FeatureDistance, SongSet, TwoSampleRow};
use crate::stages::spread::spread;
use partita_vae::sampling::bernoulli;
use rayon::prelude::*;

/// Maximum number of songs in a set: the time grows with its square.
const MAX_SONGS: usize = 1000;
/// Songs in a set if none were generated.
const DEFAULT_SONGS: usize = 100;
/// Seed of the noise and of the shuffled measures.
const SEED: u64 = 0;

/// A set of songs compared with real songs.
pub(super) struct ComparisonSet {
    /// Name in `metrics.json`.
    pub(super) key: &'static str,
    pub(super) row: TwoSampleRow,
    /// In the order of [`FEATURES`].
    pub(super) features: Vec<FeatureDistance>,
}

/// Every set of songs compared with real songs.
pub(super) struct TwoSample {
    pub(super) sets: Vec<ComparisonSet>,
    /// In the order of [`FEATURES`], each on a grid of its own: of the real songs, then of every set.
    pub(super) histograms: Vec<Option<Histograms>>,
}

impl TwoSample {
    /// Returns the set with this name in `metrics.json`.
    pub(super) fn get(&self, key: &str) -> Option<&ComparisonSet> {
        self.sets.iter().find(|set| set.key == key)
    }
}

/// Name in `metrics.json`, name and description on the page, and features of a set of songs.
type Candidates = (&'static str, &'static str, &'static str, Vec<SongFeatures>);

/// Compares the generated songs, and songs for comparison, with the real songs that the model is evaluated on.
pub(super) fn two_sample(
    reference: &ReferenceData,
    generated: &[SongFeatures],
    real: &[SongFeatures],
    real_songs: &[Song],
) -> TwoSample {
    let size = if generated.is_empty() { DEFAULT_SONGS } else { generated.len().min(MAX_SONGS) };
    let size = size.min(real.len());
    let candidates = candidates(reference, generated, real_songs, size);
    let real: Vec<SongFeatures> = choose(real, size);
    let sets: Vec<&[SongFeatures]> = std::iter::once(real.as_slice())
        .chain(candidates.iter().map(|(.., songs)| songs.as_slice()))
        .collect();
    let points = Vectors::new(&sets).sets;
    let compare = |(index, (key, name, about, songs)): (usize, &Candidates)| {
        let (real_points, points) = (&points[0], &points[index + 1]);
        let manifold = manifold(real_points, points);
        let row = TwoSampleRow {
            set: if *key == "drawn" { SongSet::Generated } else { SongSet::Other },
            name: (*name).to_owned(),
            about: (*about).to_owned(),
            count: songs.len(),
            nearest_accuracy: neighbours::accuracy(real_points, points),
            classifier_accuracy: classifier::accuracy(real_points, points),
            precision: manifold.map(|manifold| manifold.precision),
            recall: manifold.map(|manifold| manifold.recall),
            coverage: manifold.map(|manifold| manifold.coverage),
        };
        let features = (0..FEATURES.len()).map(|feature| feature_distance(feature, songs, &real));
        ComparisonSet { key, row, features: features.collect() }
    };
    let compared = candidates.par_iter().enumerate().map(compare).collect();
    let histogram = |feature: usize| {
        let values = |songs: &&[SongFeatures]| values(feature, songs);
        histograms(&sets.iter().map(values).collect::<Vec<_>>())
    };
    TwoSample { sets: compared, histograms: (0..FEATURES.len()).map(histogram).collect() }
}

/// Returns the sets of songs to compare with real songs.
fn candidates(
    reference: &ReferenceData,
    generated: &[SongFeatures],
    real: &[Song],
    size: usize,
) -> Vec<Candidates> {
    let ReferenceData { training, validation, shape, mean, .. } = reference;
    let describe_all = |song: &(dyn Fn(usize) -> Song + Sync), count: usize| {
        (0..count).into_par_iter().map(|index| describe(&song(index), shape)).collect()
    };
    // If the model is evaluated on training samples, these would be the same songs.
    let trained = if validation.is_empty() { Vec::new() } else { spread(training.len(), size) };
    let chosen = spread(real.len(), size);
    let (rates, ranking) = (mean.probabilities(), mean.ranking());
    let sample = |index: usize| training.measures(trained[index]);
    let shuffle = |index: usize| shuffled(&sample(index), SEED ^ index as u64);
    let usual = |index: usize| ranking.song(real[chosen[index]].iter().map(Vec::len).sum());
    let noise = |index: usize| shape.song(&bernoulli(&rates, SEED, index as u64, 1.0));
    vec![
        ("drawn", "Generated songs", "sampled from the model", choose(generated, size)),
        ("train", "Training samples", "other real music", describe_all(&sample, trained.len())),
        (
            "shuffled",
            "Shuffled measures",
            "training samples, each with its measures in random order",
            describe_all(&shuffle, trained.len()),
        ),
        (
            "mean_roll",
            "Mean roll",
            "the cells that most training samples use, as many as a real song has notes",
            describe_all(&usual, chosen.len()),
        ),
        (
            "noise",
            "Noise",
            "each cell at random, as often as in the training samples",
            describe_all(&noise, size),
        ),
    ]
}

/// Returns `size` of the songs, evenly spread.
fn choose(songs: &[SongFeatures], size: usize) -> Vec<SongFeatures> {
    let size = size.min(songs.len());
    (0..size).map(|place| songs[place * songs.len() / size]).collect()
}

fn feature_distance(feature: usize, a: &[SongFeatures], b: &[SongFeatures]) -> FeatureDistance {
    let [a, b] = [a, b].map(|songs| values(feature, songs));
    FeatureDistance {
        wasserstein: distance::wasserstein(&a, &b),
        overlap: distance::overlap(&a, &b),
    }
}

fn values(feature: usize, songs: &[SongFeatures]) -> Vec<f64> {
    songs.iter().map(|song| (FEATURES[feature].value)(song)).collect()
}
