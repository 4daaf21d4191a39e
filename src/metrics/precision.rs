//! How well do probabilities rank the onsets, at all thresholds at once?

/// Average precision: the area under the steps of the precision-recall curve, 0..=1, higher is better.
///
/// `sum over thresholds of (R_n - R_(n-1)) P_n`, recall and precision of the cells at least as probable as
/// the n-th threshold (Manning, Raghavan & Schuetze 2008, section 8.4; scikit-learn's
/// `average_precision_score`). Equal probabilities pass a threshold together. A ranking without
/// information has the share of onsets among the cells, about 0.003 here. `None` for a song without
/// onsets.
///
/// `onsets` number the cells in which a note starts, in any order, without repeats; those past the last
/// probability are missed at every threshold.
pub fn average_precision(onsets: &[usize], probabilities: &[f32]) -> Option<f64> {
    if onsets.is_empty() {
        return None;
    }
    let found = onsets.iter().filter_map(|&cell| probabilities.get(cell).copied());
    let mut thresholds: Vec<f32> = found.filter(|probability| !probability.is_nan()).collect();
    thresholds.sort_unstable_by(|a, b| b.total_cmp(a));
    // Cells between two thresholds change precision only at the next onset, so only they are counted:
    // places[n] cells lie at or above the n-th threshold and below the one before.
    let mut places = vec![0u64; thresholds.len()];
    let Some(&lowest) = thresholds.last() else { return Some(0.0) };
    for &probability in probabilities.iter().filter(|&&probability| probability >= lowest) {
        places[thresholds.partition_point(|&threshold| threshold > probability)] += 1;
    }
    let (mut above, mut sum, mut hits) = (0, 0.0, 0);
    for run in thresholds.chunk_by(|a, b| a == b) {
        above += places[hits..hits + run.len()].iter().sum::<u64>();
        hits += run.len();
        sum += run.len() as f64 * hits as f64 / above as f64;
    }
    Some(sum / onsets.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ranking_that_puts_onsets_first_is_perfect() {
        assert_eq!(average_precision(&[1, 2], &[0.1, 0.9, 0.8, 0.2]), Some(1.0));
    }

    #[test]
    fn it_equals_the_sum_by_hand() {
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
    fn onsets_without_a_probability_are_missed() {
        assert_eq!(average_precision(&[0, 9], &[0.9, 0.1]), Some(0.5));
        assert_eq!(average_precision(&[0], &[f32::NAN, 0.1]), Some(0.0));
        assert_eq!(average_precision(&[], &[0.1]), None);
    }
}
