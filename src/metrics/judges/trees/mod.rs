//! Gradient-boosted trees with the logistic loss (Friedman 2001), stochastic in rows and columns.
//!
//! Our own: of the crates, `perpetual` needs a nightly compiler and sizes its work by the free memory, `forust-ml` is the
//! older code that it continues, `smartcore` boosts regressions only, and `linfa` has AdaBoost only. Sets of some hundred
//! songs need a few hundred lines, and equal bytes on every machine.

mod bins;
mod tree;

use bins::Bins;
use rand::seq::SliceRandom;
use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tree::{Slope, Tree};

/// Trees of a judge, the share of a tree's value that counts, and splits from root to leaf.
const TREES: usize = 300;
const RATE: f64 = 0.06;
const DEPTH: usize = 3;
/// Shares of the rows and columns that a tree sees, and the smallest number of columns.
const ROWS: f64 = 0.7;
const COLUMNS: f64 = 0.15;
const MIN_COLUMNS: usize = 8;
const SEED: u64 = 0;

/// Boosted trees that separate two sets of rows of numbers.
pub(super) struct BoostedTrees {
    bins: Bins,
    trees: Vec<Tree>,
    /// By how much the splits at each column lowered the loss.
    pub(super) gains: Vec<f64>,
}

impl BoostedTrees {
    /// Fits trees to rows, each with whether it is in the second set. Depends only on these.
    pub(super) fn fit(rows: &[(&[f32], bool)]) -> Self {
        let numbers: Vec<&[f32]> = rows.iter().map(|(row, _)| *row).collect();
        let bins = Bins::new(&numbers);
        let classes: Vec<Vec<u8>> = numbers.iter().map(|row| bins.classes(row)).collect();
        let mut columns = bins.varied();
        let seen = (columns.len() as f64 * COLUMNS).ceil() as usize;
        let seen = seen.max(MIN_COLUMNS).min(columns.len());
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let mut scores = vec![0.0; rows.len()];
        let mut gains = vec![0.0; numbers.first().map_or(0, |row| row.len())];
        let mut trees = Vec::with_capacity(TREES);
        for _ in 0..TREES {
            let slope = |(score, (_, is_second)): (&f64, &(&[f32], bool))| {
                let probability = 1.0 / (1.0 + (-score).exp());
                let gradient = probability - f64::from(u8::from(*is_second));
                Slope { gradient, curvature: probability * (1.0 - probability) }
            };
            let slopes: Vec<Slope> = scores.iter().zip(rows).map(slope).collect();
            let chosen = (0..rows.len()).filter(|_| random.random_bool(ROWS)).collect();
            let (columns, _) = columns.partial_shuffle(&mut random, seen);
            let tree = Tree::fit(&classes, &slopes, chosen, columns, DEPTH, &mut gains);
            for (score, row) in scores.iter_mut().zip(&classes) {
                *score += RATE * tree.value(row);
            }
            trees.push(tree);
        }
        Self { bins, trees, gains }
    }

    /// Returns the log odds that a row is of the second set.
    pub(super) fn score(&self, row: &[f32]) -> f64 {
        let classes = self.bins.classes(row);
        self.trees.iter().map(|tree| RATE * tree.value(&classes)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_separate_sets_that_no_line_separates() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut rows = || -> Vec<([f32; 3], bool)> {
            let row = |_| {
                let row: [f32; 3] = std::array::from_fn(|_| random.random_range(-1.0..1.0));
                (row, row[0] * row[1] > 0.0)
            };
            (0..400).map(row).collect()
        };
        let (training, test) = (rows(), rows());
        let borrowed: Vec<(&[f32], bool)> =
            training.iter().map(|(row, label)| (row.as_slice(), *label)).collect();
        let trees = BoostedTrees::fit(&borrowed);
        let right = test.iter().filter(|(row, label)| (trees.score(row) > 0.0) == *label).count();
        assert!(right > 360, "{right} of 400");
        assert!(trees.gains[2] < trees.gains[0].min(trees.gains[1]) / 2.0);
        let again = BoostedTrees::fit(&borrowed);
        assert_eq!(again.score(&test[0].0), trees.score(&test[0].0));
    }
}
