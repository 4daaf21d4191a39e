//! Rank correlation of the probabilities of several songs.
//!
//! The thesis' songs differed only in "the volume of the notes": the same cells in the same order, with more or fewer of
//! them above the threshold. Spearman's rank correlation does not depend on the volume: it is 1 for two such songs, and
//! lower the more two songs disagree on *which* cells are likely.

use super::order::ascending;

/// Mean of Spearman's rank correlation over all pairs of rolls, accumulated roll by roll.
///
/// With the ranks of each roll centred and scaled to unit length, the sum of their products over all pairs is
/// `(|sum of all|^2 - n) / 2`: one pass and the memory of one roll, whatever the number of songs.
#[derive(Debug, Clone, PartialEq)]
pub struct RankCorrelation {
    sum: Vec<f64>,
    rolls: usize,
}

impl RankCorrelation {
    /// Creates an accumulator for rolls of `cells` probabilities.
    pub fn new(cells: usize) -> Self {
        Self { sum: vec![0.0; cells], rolls: 0 }
    }

    /// Adds the ranks of a roll; ignores one with another number of cells.
    pub fn add(&mut self, ranks: &Ranks) {
        if ranks.0.len() != self.sum.len() {
            return;
        }
        self.rolls += 1;
        for (sum, rank) in self.sum.iter_mut().zip(&ranks.0) {
            *sum += rank;
        }
    }

    /// Mean over all pairs, -1..=1: 1 if all songs have the same order. `None` for fewer than two rolls.
    pub fn mean(&self) -> Option<f64> {
        let rolls = self.rolls as f64;
        let square: f64 = self.sum.iter().map(|value| value * value).sum();
        (self.rolls > 1).then(|| (square - rolls) / (rolls * (rolls - 1.0)))
    }
}

/// The ranks of a roll's probabilities, centred and of unit length. Computing them takes most of the time and can be done
/// in parallel.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranks(Vec<f64>);

impl Ranks {
    /// Ranks probabilities: equal ones share their mean rank, and NaN ranks lowest. `None` if all are equal.
    pub fn new(probabilities: &[f32]) -> Option<Self> {
        let key =
            |(cell, &value): (u32, &f32)| (u64::from(ascending(value)) << 32) | u64::from(cell);
        let mut order: Vec<u64> = (0..).zip(probabilities).map(key).collect();
        order.sort_unstable();
        let middle = (order.len() as f64 - 1.0) / 2.0;
        let (mut ranks, mut first, mut square) = (vec![0.0; order.len()], 0, 0.0);
        for run in order.chunk_by(|a, b| a >> 32 == b >> 32) {
            let rank = first as f64 + (run.len() as f64 - 1.0) / 2.0 - middle;
            square += rank * rank * run.len() as f64;
            run.iter().for_each(|&key| ranks[key as u32 as usize] = rank);
            first += run.len();
        }
        if square == 0.0 {
            return None;
        }
        let length = square.sqrt();
        ranks.iter_mut().for_each(|rank| *rank /= length);
        Some(Self(ranks))
    }
}

/// Returns Spearman's rank correlation of pairs of numbers, -1..=1; `None` if one of the two does not vary.
pub fn spearman(pairs: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (first, second): (Vec<f32>, Vec<f32>) =
        pairs.map(|(one, other)| (one as f32, other as f32)).unzip();
    let (first, second) = (Ranks::new(&first)?, Ranks::new(&second)?);
    Some(first.0.iter().zip(&second.0).map(|(one, other)| one * other).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_correlation_of_pairs_depends_on_their_order_alone() {
        let correlation = |pairs: &[(f64, f64)]| spearman(pairs.iter().copied());
        assert!(close(correlation(&[(1.0, 10.0), (2.0, 30.0), (5.0, 31.0)]), 1.0));
        assert!(close(correlation(&[(1.0, 9.0), (2.0, 8.0), (5.0, -1.0)]), -1.0));
        assert!(close(correlation(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)]), 0.5));
        assert_eq!(correlation(&[(1.0, 2.0), (2.0, 2.0)]), None);
        assert_eq!(correlation(&[]), None);
    }

    fn mean(rolls: &[&[f32]]) -> Option<f64> {
        let mut correlation = RankCorrelation::new(rolls[0].len());
        rolls.iter().filter_map(|roll| Ranks::new(roll)).for_each(|ranks| correlation.add(&ranks));
        correlation.mean()
    }

    fn close(found: Option<f64>, expected: f64) -> bool {
        (found.unwrap() - expected).abs() < 1e-12
    }

    #[test]
    fn scaled_probabilities_correlate_fully() {
        assert!(close(mean(&[&[0.1, 0.2, 0.3, 0.05], &[0.2, 0.4, 0.9, 0.06]]), 1.0));
        assert!(close(mean(&[&[0.1, 0.2, 0.3], &[0.3, 0.2, 0.1]]), -1.0));
    }

    #[test]
    fn ties_share_their_mean_rank() {
        // scipy.stats.spearmanr([1, 2, 2, 3], [1, 3, 2, 4]) = 0.9486832980505138
        assert!(close(mean(&[&[1.0, 2.0, 2.0, 3.0], &[1.0, 3.0, 2.0, 4.0]]), 0.9486832980505138));
    }

    #[test]
    fn correlation_of_three_rolls_is_the_mean_of_their_pairs() {
        let rolls: [&[f32]; 3] = [&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0], &[3.0, 2.0, 1.0]];
        let pairs = [[0, 1], [0, 2], [1, 2]].map(|[a, b]| mean(&[rolls[a], rolls[b]]).unwrap());
        assert!(close(mean(&rolls), pairs.iter().sum::<f64>() / 3.0));
    }

    #[test]
    fn rolls_without_an_order_do_not_count() {
        assert_eq!(mean(&[&[0.5, 0.5], &[0.1, 0.2]]), None);
        assert_eq!(mean(&[&[f32::NAN, f32::NAN], &[0.1, 0.2]]), None);
        assert!(close(mean(&[&[f32::NAN, 0.5], &[0.1, 0.2]]), 1.0));
    }
}
