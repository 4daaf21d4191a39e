//! Values of the report's feature table and histograms.

use super::evaluation::Evaluation;
use crate::metrics::features::{FEATURES, KEY_FEATURES};
use crate::report::page::{FeatureDistance, FeatureHistograms, FeatureRow, HistogramRow, SongSet};

/// Builds the table that compares generated with real songs.
pub(super) fn feature_rows(evaluation: &Evaluation) -> Vec<FeatureRow> {
    let Evaluation { generated, real, two_sample, .. } = evaluation;
    let distance = |key: &str, index: usize| {
        two_sample.get(key).map_or_else(FeatureDistance::default, |set| set.features[index])
    };
    let row = |index: usize| FeatureRow {
        label: FEATURES[index].label.to_owned(),
        about: FEATURES[index].about.to_owned(),
        generated: generated.features[index],
        real: real.features[index],
        is_key: KEY_FEATURES.contains(&FEATURES[index].name),
        generated_distance: distance("drawn", index),
        training_distance: distance("train", index),
    };
    (0..FEATURES.len()).map(row).collect()
}

/// Builds the histograms of the real songs and of every set that has a song.
pub(super) fn feature_histograms(evaluation: &Evaluation) -> Vec<FeatureHistograms> {
    let two_sample = &evaluation.two_sample;
    let histograms = |index: usize| {
        let found = two_sample.histograms[index].as_ref()?;
        let real = HistogramRow {
            set: SongSet::Real,
            name: "Real songs".to_owned(),
            shares: found.shares[0].clone(),
            distance: FeatureDistance::default(),
        };
        let sets = two_sample.sets.iter().zip(&found.shares[1..]);
        let sets = sets.filter(|(set, _)| set.row.count > 0).map(|(set, shares)| HistogramRow {
            set: set.row.set,
            name: set.row.name.clone(),
            shares: shares.clone(),
            distance: set.features[index],
        });
        Some(FeatureHistograms {
            label: FEATURES[index].label.to_owned(),
            is_key: KEY_FEATURES.contains(&FEATURES[index].name),
            low: found.low,
            high: found.high,
            sets: std::iter::once(real).chain(sets).collect(),
        })
    };
    (0..FEATURES.len()).filter_map(histograms).collect()
}
