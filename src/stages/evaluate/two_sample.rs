//! Can drawn songs be told from real ones, and what else can?
//!
//! Every reference has as many songs as were drawn, and is compared with as many real ones: what small sets
//! do to the numbers, they do to all rows.

use super::ReferenceData;
use super::reconstruction::spread;
use crate::metrics::baselines::shuffled;
use crate::metrics::features::FEATURES;
use crate::metrics::two_sample::histogram::{Histograms, histograms};
use crate::metrics::two_sample::neighbours::{self, Manifold, manifold};
use crate::metrics::two_sample::{Vectors, classifier, distance};
use crate::metrics::{SongFeatures, describe};
use partita_vae::sampling::bernoulli;
use rayon::prelude::*;

/// Songs of a set, at most: the time grows with their square.
const MOST: usize = 1000;
/// Songs of a set where none were drawn.
const USUAL: usize = 100;
/// Any noise will do.
const SEED: u64 = 0;

/// One kind of songs beside real ones.
pub(super) struct Reference {
    /// Name in `metrics.json`.
    pub(super) key: &'static str,
    /// Name for people.
    pub(super) name: &'static str,
    /// What they are, in a few words.
    pub(super) about: &'static str,
    /// How many songs were compared with as many real ones.
    pub(super) count: usize,
    /// Leave-one-out accuracy of the nearest neighbour.
    pub(super) nearest_accuracy: Option<f64>,
    /// Cross-validated accuracy of a logistic regression.
    pub(super) classifier_accuracy: Option<f64>,
    /// Precision, recall, coverage.
    pub(super) manifold: Option<Manifold>,
    /// Of each of [`FEATURES`]: Wasserstein distance and overlap.
    pub(super) features: Vec<(Option<f64>, Option<f64>)>,
}

/// Every kind beside real songs.
pub(super) struct TwoSample {
    pub(super) references: Vec<Reference>,
    /// Of each of [`FEATURES`], on a grid of its own: the real songs, then every reference.
    pub(super) histograms: Vec<Option<Histograms>>,
}

impl TwoSample {
    /// The kind of this name in `metrics.json`.
    pub(super) fn of(&self, key: &str) -> Option<&Reference> {
        self.references.iter().find(|reference| reference.key == key)
    }
}

/// Name in `metrics.json`, name and words for people, and the songs of one kind.
type Kind = (&'static str, &'static str, &'static str, Vec<SongFeatures>);

/// Compares the drawn songs, and songs that are reference not to be the model's, with the real ones that the
/// model was judged on, which have these features.
pub(super) fn two_sample(
    reference: &ReferenceData,
    drawn: &[SongFeatures],
    real: &[SongFeatures],
    songs: &[Vec<Vec<u16>>],
) -> TwoSample {
    let size = if drawn.is_empty() { USUAL } else { drawn.len().min(MOST) }.min(real.len());
    let kinds = kinds(reference, drawn, songs, size);
    let real: Vec<SongFeatures> = chosen(real, size);
    let sets: Vec<&[SongFeatures]> = std::iter::once(real.as_slice())
        .chain(kinds.iter().map(|kind| kind.3.as_slice()))
        .collect();
    let points = Vectors::of(&sets).sets;
    let judge = |(place, (key, name, about, songs)): (usize, &Kind)| Reference {
        key,
        name,
        about,
        count: songs.len(),
        nearest_accuracy: neighbours::accuracy(&points[0], &points[place + 1]),
        classifier_accuracy: classifier::accuracy(&points[0], &points[place + 1]),
        manifold: manifold(&points[0], &points[place + 1]),
        features: (0..FEATURES.len()).map(|feature| apart(feature, songs, &real)).collect(),
    };
    let references = kinds.par_iter().enumerate().map(judge).collect();
    let histogram = |feature: usize| {
        let values = |songs: &&[SongFeatures]| values(feature, songs);
        histograms(&sets.iter().map(values).collect::<Vec<_>>())
    };
    TwoSample { references, histograms: (0..FEATURES.len()).map(histogram).collect() }
}

/// The songs of every kind.
fn kinds(
    reference: &ReferenceData,
    drawn: &[SongFeatures],
    real: &[Vec<Vec<u16>>],
    size: usize,
) -> Vec<Kind> {
    let ReferenceData { training, shape, mean, .. } = reference;
    let described =
        |song: &(dyn Fn(usize) -> Vec<Vec<u16>> + Sync), count: usize| -> Vec<SongFeatures> {
            (0..count).into_par_iter().map(|place| describe(&song(place), shape)).collect()
        };
    // Where the model is judged on training samples, these would be the same songs.
    let trained = if reference.held.is_empty() { Vec::new() } else { spread(training.len(), size) };
    let places = spread(real.len(), size);
    let (rates, ranking) = (mean.probabilities(), mean.ranking());
    let noise = |place| shape.song(&bernoulli(&rates, SEED, place as u64, 1.0));
    let usual = |place: usize| ranking.song(real[places[place]].iter().map(Vec::len).sum());
    let sample = |place: usize| training.measures(trained[place]);
    let mixed = |place: usize| shuffled(&sample(place), SEED ^ place as u64);
    vec![
        ("drawn", "Drawn songs", "what the model plays", chosen(drawn, size)),
        ("train", "Training samples", "other real music", described(&sample, trained.len())),
        (
            "shuffled",
            "Shuffled measures",
            "training samples, each with its measures in another order",
            described(&mixed, trained.len()),
        ),
        (
            "mean_roll",
            "Mean roll",
            "the cells that most training samples use, as many as a real song has notes",
            described(&usual, places.len()),
        ),
        (
            "noise",
            "Noise",
            "each cell by chance, as often as in the training samples",
            described(&noise, size),
        ),
    ]
}

/// So many of these songs, evenly spread.
fn chosen(songs: &[SongFeatures], size: usize) -> Vec<SongFeatures> {
    let size = size.min(songs.len());
    (0..size).map(|place| songs[place * songs.len() / size]).collect()
}

fn apart(feature: usize, a: &[SongFeatures], b: &[SongFeatures]) -> (Option<f64>, Option<f64>) {
    let [a, b] = [a, b].map(|songs| values(feature, songs));
    (distance::wasserstein(&a, &b), distance::overlap(&a, &b))
}

fn values(feature: usize, songs: &[SongFeatures]) -> Vec<f64> {
    songs.iter().map(|song| FEATURES[feature].of(song)).collect()
}
