//! The counts by which trees separate two sets of songs.

use super::counts::counts;
use super::evidence::Evidence;
use super::trees::BoostedTrees;
use crate::metrics::summary;
use crate::music::roll::RollShape;
use serde::Serialize;

/// A count by which two sets differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clue {
    /// Name of the count, such as `bass_interval_-12`.
    pub name: String,
    /// Share of the gains of all counts, 0..=1.
    pub weight: f64,
    /// Mean of the count in the first set.
    pub real: f64,
    /// Mean of the count in the second set.
    pub generated: f64,
}

/// Returns the counts that contribute most to trees that separate real from generated songs, at most `max`, the most
/// important first.
pub fn clues(
    real: &[Evidence],
    generated: &[Evidence],
    shape: &RollShape,
    max: usize,
) -> Vec<Clue> {
    let sets = [(real, false), (generated, true)];
    let rows = sets
        .iter()
        .flat_map(|(songs, label)| songs.iter().map(|it| (it.counts.as_slice(), *label)));
    let gains = BoostedTrees::fit(&rows.collect::<Vec<_>>()).gains;
    let all: f64 = gains.iter().sum();
    let mean = |songs: &[Evidence], column: usize| {
        let values = summary(songs.iter().map(|song| f64::from(song.counts[column])));
        values.map_or(f64::NAN, |values| values.mean)
    };
    let mut order: Vec<usize> = (0..gains.len()).filter(|&column| gains[column] > 0.0).collect();
    order.sort_by(|&a, &b| gains[b].total_cmp(&gains[a]));
    let sheet = counts(&[], shape);
    let clue = |&column: &usize| Clue {
        name: sheet.names()[column].clone(),
        weight: gains[column] / all,
        real: mean(real, column),
        generated: mean(generated, column),
    };
    order.iter().take(max).map(clue).collect()
}
