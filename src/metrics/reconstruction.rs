//! Reconstruction: how well a predicted song matches a true one.
//!
//! Cells are compared exactly: a predicted onset is a hit if the truth has an onset in the same measure, step
//! and pitch. With `h` hits, `p` predicted and `a` actual onsets: precision `h / p`, recall `h /
//! a`, F1 `2h / (p + a)`, each in 0..=1. A ratio with denominator 0 is 0, so silence scores 0,
//! except if the truth is silent too: then the score is 1.
//!
//! Accuracy is not used: 0.2 to 0.8 % of the cells have an onset, so silence would be 99 % right.

use super::jaccard::shared;
use super::order::ascending;
use crate::music::roll::onsets;
use serde::Serialize;
use std::ops::AddAssign;

/// Every STRIDE-th cell is sampled to estimate the largest probabilities; prime to steps and pitches.
const STRIDE: usize = 61;
/// Number of cells that are compared at once.
const BLOCK: usize = 64;

/// Precision, recall and their harmonic mean, each in 0..=1, higher is better.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Score {
    /// Share of the predicted onsets that are true.
    pub precision: f64,
    /// Share of the true onsets that were predicted.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

/// Numbers of predicted onsets, true ones, and both. Counts of several songs can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Predicted onsets that are true.
    pub hits: u64,
    /// Predicted onsets.
    pub predicted: u64,
    /// True onsets.
    pub actual: u64,
}

impl Counts {
    /// Compares two songs, measure by measure. A measure that only one of them has counts as empty in the other.
    pub fn compare(predicted: &[Vec<u16>], truth: &[Vec<u16>]) -> Self {
        let hits = predicted.iter().zip(truth).map(|(a, b)| shared(a, b) as u64).sum();
        Self { hits, predicted: onsets(predicted) as u64, actual: onsets(truth) as u64 }
    }

    /// The score of these counts.
    pub fn score(&self) -> Score {
        if self.predicted + self.actual == 0 {
            return Score { precision: 1.0, recall: 1.0, f1: 1.0 };
        }
        let ratio = |part: u64, whole: u64| {
            if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
        };
        Score {
            precision: ratio(self.hits, self.predicted),
            recall: ratio(self.hits, self.actual),
            f1: ratio(2 * self.hits, self.predicted + self.actual),
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.predicted += other.predicted;
        self.actual += other.actual;
    }
}

/// Accumulates the scores of many samples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ScoreAccumulator {
    /// Samples added so far.
    pub samples: u64,
    counts: Counts,
    sum: Score,
}

impl ScoreAccumulator {
    /// Adds the counts of one sample.
    pub fn add(&mut self, counts: Counts) {
        let score = counts.score();
        self.samples += 1;
        self.counts += counts;
        self.sum.precision += score.precision;
        self.sum.recall += score.recall;
        self.sum.f1 += score.f1;
    }

    /// Mean of the samples' scores, each sample weighing the same; all 0 without samples.
    pub fn macro_mean(&self) -> Score {
        let samples = self.samples.max(1) as f64;
        Score {
            precision: self.sum.precision / samples,
            recall: self.sum.recall / samples,
            f1: self.sum.f1 / samples,
        }
    }

    /// Score of the counts of all samples together, each onset weighing the same.
    pub fn micro(&self) -> Score {
        if self.samples == 0 { Score::default() } else { self.counts.score() }
    }
}

impl FromIterator<Counts> for ScoreAccumulator {
    fn from_iter<I: IntoIterator<Item = Counts>>(samples: I) -> Self {
        let mut tally = Self::default();
        samples.into_iter().for_each(|counts| tally.add(counts));
        tally
    }
}

/// Returns the `count` most probable cells, ascending; all of them if there are fewer.
///
/// Of equal probabilities the lower cell is preferred, and NaN is below everything, so the result depends only on the
/// arguments. Logits work as well as probabilities. Time is linear in the number of cells.
pub fn most_probable(probabilities: &[f32], count: usize) -> Vec<u32> {
    if count == 0 {
        return Vec::new();
    }
    if count >= probabilities.len() {
        return (0..probabilities.len() as u32).collect();
    }
    let key = |(cell, &value): (u32, &f32)| {
        (u64::from(u32::MAX - ascending(value)) << 32) | u64::from(cell)
    };
    let mut keys: Vec<u64> = Vec::new();
    if let Some(threshold) = estimated_threshold(probabilities, count) {
        for (first, block) in (0u32..).step_by(BLOCK).zip(probabilities.chunks(BLOCK)) {
            // Comparisons without a branch: most blocks have no such cell.
            if block.iter().fold(false, |any, &value| any | (value >= threshold)) {
                let cells = (first..).zip(block).filter(|(_, value)| **value >= threshold);
                keys.extend(cells.map(key));
            }
        }
    }
    if keys.len() < count {
        keys = (0..).zip(probabilities).map(key).collect();
    }
    if count < keys.len() {
        keys.select_nth_unstable(count - 1);
        keys.truncate(count);
    }
    let mut cells: Vec<u32> = keys.into_iter().map(|key| key as u32).collect();
    cells.sort_unstable();
    cells
}

/// Estimates, from a sample of the cells, a value that slightly more than `count` cells reach; `None` if these would be
/// most of the cells.
fn estimated_threshold(probabilities: &[f32], count: usize) -> Option<f32> {
    let cells = || probabilities.iter().step_by(STRIDE).copied();
    let mut sample: Vec<f32> = cells().filter(|value| !value.is_nan()).collect();
    let place = count * 3 / 2 / STRIDE + 16;
    if place >= sample.len() {
        return None;
    }
    Some(*sample.select_nth_unstable_by(place, |a, b| b.total_cmp(a)).1)
}

/// Density-matched comparison: predicts the `N` most probable cells, `N` being the true number of onsets, so precision,
/// recall and F1 are equal.
///
/// `cells_per_measure` is [`RollShape::cells_per_measure`](crate::music::roll::RollShape::cells_per_measure).
pub fn density_matched(
    truth: &[Vec<u16>],
    probabilities: &[f32],
    cells_per_measure: usize,
) -> Counts {
    let actual = onsets(truth);
    let predicted = most_probable(probabilities, actual);
    let hits = predicted.iter().filter(|&&index| {
        let (measure, cell) =
            (index as usize / cells_per_measure, index as usize % cells_per_measure);
        truth.get(measure).is_some_and(|cells| cells.binary_search(&(cell as u16)).is_ok())
    });
    let hits = hits.count() as u64;
    Counts { hits, predicted: predicted.len() as u64, actual: actual as u64 }
}

/// Comparison at a fixed threshold: predicts every cell whose probability is at least `threshold`.
pub fn at_threshold(
    truth: &[Vec<u16>],
    probabilities: &[f32],
    cells_per_measure: usize,
    threshold: f32,
) -> Counts {
    let mut counts = Counts { actual: onsets(truth) as u64, ..Counts::default() };
    counts.predicted = probabilities.iter().filter(|&&p| p >= threshold).count() as u64;
    for (measure, cells) in truth.iter().enumerate() {
        let hit = |&&cell: &&u16| {
            let index = measure * cells_per_measure + usize::from(cell);
            probabilities.get(index).is_some_and(|&p| p >= threshold)
        };
        counts.hits += cells.iter().filter(hit).count() as u64;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;
    use crate::music::roll::RollShape;
    use proptest::prelude::*;

    #[test]
    fn precision_recall_and_f1_follow_from_the_counts() {
        let truth = song(&[(0, 0, 60), (0, 24, 64), (1, 0, 67)]);
        let predicted = song(&[(0, 0, 60), (1, 0, 60)]);
        let counts = Counts::compare(&predicted, &truth);
        assert_eq!(counts, Counts { hits: 1, predicted: 2, actual: 3 });
        assert_eq!(counts.score(), Score { precision: 0.5, recall: 1.0 / 3.0, f1: 0.4 });
    }

    #[test]
    fn silence_scores_0_unless_the_truth_is_silent() {
        let (silence, tone) = (song(&[]), song(&[(0, 0, 60)]));
        assert_eq!(Counts::compare(&silence, &tone).score(), Score::default());
        assert_eq!(Counts::compare(&tone, &silence).score(), Score::default());
        assert_eq!(Counts::compare(&silence, &silence).score().f1, 1.0);
    }

    #[test]
    fn equal_cells_of_different_measures_are_no_hits() {
        let counts = Counts::compare(&song(&[(4, 0, 60)]), &song(&[(5, 0, 60)]));
        assert_eq!(counts.hits, 0);
    }

    #[test]
    fn macro_mean_weighs_samples_and_micro_mean_onsets() {
        let tally = ScoreAccumulator::from_iter([
            Counts { hits: 1, predicted: 1, actual: 1 },
            Counts { hits: 0, predicted: 3, actual: 3 },
        ]);
        assert_eq!((tally.samples, tally.macro_mean().f1, tally.micro().f1), (2, 0.5, 0.25));
        assert_eq!(ScoreAccumulator::default().macro_mean(), ScoreAccumulator::default().micro());
    }

    #[test]
    fn ties_prefer_the_lower_cell_and_nan_is_last() {
        assert_eq!(most_probable(&[0.5, 0.9, 0.5, 0.5], 2), [0, 1]);
        assert_eq!(most_probable(&[0.0, -0.0, 0.0], 1), [0]);
        assert_eq!(most_probable(&[f32::NAN, -3.0, f32::NEG_INFINITY], 2), [1, 2]);
        assert_eq!(most_probable(&[0.1, 0.2], 9), [0, 1]);
        assert!(most_probable(&[0.1], 0).is_empty());
    }

    #[test]
    fn largest_of_many_cells_are_found() {
        let wave = |cell: usize| ((cell * 7919) % 10_007) as f32;
        let far: Vec<f32> = (0..30_000).map(wave).collect();
        let heaped: Vec<f32> = (0..30_000).map(|at| if at < 400 { 2.0 } else { 0.5 }).collect();
        let broken: Vec<f32> =
            (0..30_000).map(|at| if at % 61 == 0 { 9.0 } else { f32::NAN }).collect();
        for values in [far, heaped, broken] {
            for count in [1, 300, 399, 400, 401, 7000, 29_999] {
                let mut cells: Vec<u32> = (0..values.len() as u32).collect();
                let order = |cell: u32| std::cmp::Reverse(ascending(values[cell as usize]));
                cells.sort_by_key(|&cell| order(cell));
                cells.truncate(count);
                cells.sort_unstable();
                assert_eq!(most_probable(&values, count), cells, "{count}");
            }
        }
    }

    #[test]
    fn density_matching_predicts_as_many_onsets_as_there_are() {
        let shape = RollShape::THESIS;
        let truth = song(&[(0, 0, 60), (2, 48, 72)]);
        let mut probabilities = vec![0.01f32; shape.cells()];
        let cells: Vec<usize> = shape.indices(&truth).collect();
        probabilities[cells[0]] = 0.3;
        probabilities[cells[1]] = 0.2;
        probabilities[7] = 0.25;
        let counts = density_matched(&truth, &probabilities, shape.cells_per_measure());
        assert_eq!(counts, Counts { hits: 1, predicted: 2, actual: 2 });
        let counts = at_threshold(&truth, &probabilities, shape.cells_per_measure(), 0.2);
        assert_eq!(counts, Counts { hits: 2, predicted: 3, actual: 2 });
    }

    proptest! {
        #[test]
        fn selection_equals_a_full_sort(
            values in prop::collection::vec(prop_oneof![prop::num::f32::ANY, Just(0.25)], 0..200),
            count in 0usize..220,
        ) {
            let mut cells: Vec<u32> = (0..values.len() as u32).collect();
            cells.sort_by(|&a, &b| {
                let (a, b) = (values[a as usize], values[b as usize]);
                let nan_last = a.is_nan().cmp(&b.is_nan());
                nan_last.then(b.partial_cmp(&a).unwrap_or(std::cmp::Ordering::Equal))
            });
            cells.truncate(count);
            cells.sort_unstable();
            prop_assert_eq!(most_probable(&values, count), cells);
        }
    }
}
