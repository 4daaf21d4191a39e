//! Self-similarity of a song: which measures repeat, and at which lag.
//!
//! Two measures are compared by the Jaccard index of their cells, `|A and B| / |A or B|`, 0..=1.
//! Two empty measures are equal: 1. A mean over different measures close to 1 is the failure that the thesis reports
//! ("the same music in all measures"); real video game music has 0.2.

use super::jaccard::{jaccard_index, shared};
use serde::Serialize;

/// Jaccard index of two sorted, distinct lists, 0..=1; 1 if both are empty.
pub fn jaccard(a: &[u16], b: &[u16]) -> f64 {
    jaccard_index(shared(a, b), a.len(), b.len())
}

/// Jaccard index of all pairs of measures of a song: symmetric, 1 on the diagonal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasureSimilarity {
    /// `rows[a][b]` compares measure `a` with measure `b`.
    pub rows: Vec<Vec<f64>>,
}

impl MeasureSimilarity {
    /// Compares the measures of a song.
    pub fn new(song: &[Vec<u16>]) -> Self {
        let row = |a: &Vec<u16>| song.iter().map(|b| jaccard(a, b)).collect();
        Self { rows: song.iter().map(row).collect() }
    }

    /// Mean over all pairs of measures `lag` apart, 0..=1; `None` if there is no such pair or `lag`
    /// is 0.
    pub fn at_lag(&self, lag: usize) -> Option<f64> {
        let pairs = self.rows.len().checked_sub(lag).filter(|&pairs| pairs > 0 && lag > 0)?;
        Some((0..pairs).map(|a| self.rows[a][a + lag]).sum::<f64>() / pairs as f64)
    }

    /// Effective number of measures, 1..=measures, similar ones counted as one: 1 if all are the same, the number of
    /// measures if none share a note (Leinster & Cobbold 2012, *Measuring diversity: the importance of species
    /// similarity*, order 2, each measure being a species). `None` without measures.
    pub fn effective(&self) -> Option<f64> {
        let all: f64 = self.rows.iter().flatten().sum();
        let measures = self.rows.len() as f64;
        (all > 0.0).then(|| measures * measures / all)
    }

    /// The lag, up to half the song, at which measures are most similar, the smallest of equals, and the similarity
    /// [`at_lag`](Self::at_lag). `None` if it is 0 at every lag.
    pub fn best_period(&self) -> Option<(usize, f64)> {
        let lags = (1..=self.rows.len() / 2).filter_map(|lag| Some((lag, self.at_lag(lag)?)));
        let best = lags.reduce(|best, lag| if lag.1 > best.1 { lag } else { best });
        best.filter(|&(_, similarity)| similarity > 0.0)
    }

    /// Mean over all pairs of different measures, 0..=1; `None` for fewer than two measures.
    pub fn mean_off_diagonal(&self) -> Option<f64> {
        let measures = self.rows.len();
        if measures < 2 {
            return None;
        }
        let all: f64 = self.rows.iter().flatten().sum();
        let diagonal: f64 = (0..measures).map(|a| self.rows[a][a]).sum();
        Some((all - diagonal) / (measures * (measures - 1)) as f64)
    }
}

/// Counts the measures that differ from all before them, 1..=measures; an empty measure counts like any other.
pub fn distinct_measures(song: &[impl PartialEq]) -> usize {
    song.iter().enumerate().filter(|(at, measure)| !song[..*at].contains(measure)).count()
}

/// Fraction of the measures without an onset, 0..=1; 0 without measures.
pub fn empty_measure_rate(song: &[Vec<u16>]) -> f64 {
    let empty = song.iter().filter(|measure| measure.is_empty()).count();
    empty as f64 / song.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;

    #[test]
    fn jaccard_is_shared_over_all() {
        assert_eq!(jaccard(&[1, 2, 3], &[2, 3, 4, 5]), 0.4);
        assert_eq!((jaccard(&[1], &[]), jaccard(&[], &[])), (0.0, 1.0));
    }

    #[test]
    fn a_song_that_alternates_is_similar_at_even_lags_only() {
        let notes: Vec<_> = (0..16).map(|measure| (measure, 0, 60 + measure % 2)).collect();
        let song = song(&notes);
        let similarity = MeasureSimilarity::new(&song);
        assert_eq!(similarity.at_lag(1), Some(0.0));
        assert_eq!((similarity.at_lag(2), similarity.at_lag(3)), (Some(1.0), Some(0.0)));
        assert_eq!(similarity.mean_off_diagonal(), Some(7.0 / 15.0));
        assert_eq!(distinct_measures(&song), 2);
    }

    #[test]
    fn the_matrix_is_symmetric_with_ones_on_its_diagonal() {
        let song = song(&[(0, 0, 60), (0, 24, 64), (1, 0, 60), (7, 24, 64), (7, 48, 67)]);
        let rows = MeasureSimilarity::new(&song).rows;
        assert!((0..16).all(|a| rows[a][a] == 1.0 && (0..16).all(|b| rows[a][b] == rows[b][a])));
        assert_eq!((rows[0][1], rows[0][7]), (0.5, 1.0 / 3.0));
    }

    #[test]
    fn lags_without_a_pair_have_no_mean() {
        let similarity = MeasureSimilarity::new(&song(&[]));
        assert_eq!((similarity.at_lag(0), similarity.at_lag(16)), (None, None));
        assert_eq!(MeasureSimilarity::new(&[vec![1]]).mean_off_diagonal(), None);
    }

    #[test]
    fn what_is_alike_counts_as_one_measure() {
        let effective = |pitch: fn(usize) -> usize| {
            let notes: Vec<_> = (0..16).map(|measure| (measure, 0, pitch(measure))).collect();
            MeasureSimilarity::new(&song(&notes)).effective()
        };
        assert_eq!(effective(|_| 60), Some(1.0));
        assert_eq!(effective(|measure| 60 + measure), Some(16.0));
        assert_eq!(effective(|measure| 60 + measure % 4), Some(4.0));
        assert_eq!(MeasureSimilarity::new(&[]).effective(), None);
    }

    #[test]
    fn the_best_period_is_the_smallest_of_those_that_repeat_most() {
        let period = |pitch: fn(usize) -> usize| {
            let notes: Vec<_> = (0..16).map(|measure| (measure, 0, pitch(measure))).collect();
            MeasureSimilarity::new(&song(&notes)).best_period()
        };
        assert_eq!(period(|measure| 60 + measure % 4), Some((4, 1.0)));
        assert_eq!(period(|_| 60), Some((1, 1.0)));
        assert_eq!(period(|measure| 60 + measure), None);
        // The first two measures return at the end of the half: one pair of eight.
        assert_eq!(period(|measure| 60 + if measure == 8 { 0 } else { measure }), Some((8, 0.125)));
    }

    #[test]
    fn empty_measures_are_counted() {
        assert_eq!(empty_measure_rate(&song(&[(0, 0, 60), (3, 0, 60)])), 14.0 / 16.0);
    }
}
