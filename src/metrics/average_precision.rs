//! Average precision of probabilities.

use super::order::{BUCKETS, ascending, bucket};

/// Average precision: the area under the steps of the precision-recall curve, 0..=1, higher is better.
///
/// `sum over thresholds of (R_n - R_(n-1)) P_n`, with recall and precision of the cells at least as probable as the n-th
/// threshold (Manning, Raghavan & Schuetze 2008, section 8.4; scikit-learn's
/// `average_precision_score`). Equal probabilities pass a threshold together. A random ranking has the share of onsets
/// among the cells, about 0.003 here. `None` for a song without onsets.
///
/// `onsets` are the indices of the cells in which a note starts, in any order, without repeats; those beyond the last
/// probability are missed at every threshold.
pub fn average_precision(onsets: &[usize], probabilities: &[f32]) -> Option<f64> {
    if onsets.is_empty() {
        return None;
    }
    let found = onsets.iter().filter_map(|&cell| probabilities.get(cell).copied());
    let mut thresholds: Vec<u32> =
        found.filter(|probability| !probability.is_nan()).map(ascending).collect();
    thresholds.sort_unstable_by(|a, b| b.cmp(a));
    let counts = cells_between(&thresholds, probabilities);
    let (mut above, mut sum, mut hits) = (0, 0.0, 0);
    for run in thresholds.chunk_by(|a, b| a == b) {
        above += counts[hits..hits + run.len()].iter().sum::<u64>();
        hits += run.len();
        sum += run.len() as f64 * hits as f64 / above as f64;
    }
    Some(sum / onsets.len() as f64)
}

/// Counts the cells at or above the n-th threshold and below the one before; last, those below all. Precision only changes
/// at onsets, so no other thresholds are needed.
fn cells_between(thresholds: &[u32], probabilities: &[f32]) -> Vec<u64> {
    // The thresholds in a bucket or above: most cells share their bucket with none, and need no search.
    let mut above = vec![0; BUCKETS + 1];
    for &threshold in thresholds {
        above[bucket(threshold)] += 1;
    }
    for bucket in (0..BUCKETS).rev() {
        above[bucket] += above[bucket + 1];
    }
    let mut counts = vec![0; thresholds.len() + 1];
    for &probability in probabilities {
        let order = ascending(probability);
        let (first, end) = (above[bucket(order) + 1], above[bucket(order)]);
        let near = &thresholds[first..end];
        counts[first + near.partition_point(|&threshold| threshold > order)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rankings_with_onsets_first_have_precision_1() {
        assert_eq!(average_precision(&[1, 2], &[0.1, 0.9, 0.8, 0.2]), Some(1.0));
    }

    #[test]
    fn average_precision_equals_the_sum_by_hand() {
        // Ranked: onset, silence, onset, silence: (1 / 1 + 2 / 3) / 2.
        let found = average_precision(&[3, 0], &[0.5, 0.7, 0.1, 0.9]).unwrap();
        assert!((found - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn equal_probabilities_pass_together() {
        // scikit-learn: average_precision_score([1, 0, 0, 1], [.5, .5, .5, .9]) = 0.75
        assert_eq!(average_precision(&[0, 3], &[0.5, 0.5, 0.5, 0.9]), Some(0.75));
        assert_eq!(average_precision(&[0], &[0.5; 100]), Some(0.01));
    }

    #[test]
    fn average_precision_equals_the_sum_over_all_thresholds() {
        let wave = |cell: usize| ((cell * 7919) % 1009) as f32 * 1e-4 - 0.03;
        let probabilities: Vec<f32> = (0..3000).map(wave).collect();
        let onsets: Vec<usize> = (0..90).map(|onset| onset * 31 % 3000).collect();
        let at_least = |threshold: f32| probabilities.iter().filter(|&&p| p >= threshold).count();
        let expected: f64 = onsets
            .iter()
            .map(|&onset| {
                let threshold = probabilities[onset];
                let hits = onsets.iter().filter(|&&other| probabilities[other] >= threshold);
                hits.count() as f64 / at_least(threshold) as f64
            })
            .sum();
        let found = average_precision(&onsets, &probabilities).unwrap();
        assert!((found - expected / 90.0).abs() < 1e-12, "{found}");
    }

    #[test]
    fn onsets_without_a_probability_are_missed() {
        assert_eq!(average_precision(&[0, 9], &[0.9, 0.1]), Some(0.5));
        assert_eq!(average_precision(&[0], &[f32::NAN, 0.1]), Some(0.0));
        assert_eq!(average_precision(&[], &[0.1]), None);
    }
}
