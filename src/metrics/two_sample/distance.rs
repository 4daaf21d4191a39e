//! Distances between two sets of values of one feature.

/// Bins of the grid that both sets share.
const BINS: usize = 32;

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    finite.sort_unstable_by(f64::total_cmp);
    finite
}

/// Wasserstein-1 distance in the unit of the values: the mean distance by which one set must be moved to become the other
/// (`integral of |F_a - F_b|`; scipy's `wasserstein_distance`). Non-finite values are ignored. `None` if a set has no
/// value.
pub fn wasserstein(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (sorted(a), sorted(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let mut steps = [a.as_slice(), b.as_slice()].concat();
    steps.sort_unstable_by(f64::total_cmp);
    let share = |set: &[f64], below: f64| {
        set.partition_point(|&value| value <= below) as f64 / set.len() as f64
    };
    let area = |pair: &[f64]| (share(&a, pair[0]) - share(&b, pair[0])).abs() * (pair[1] - pair[0]);
    Some(steps.windows(2).map(area).sum())
}

/// Overlap of the histograms of two sets on one grid of 32 bins from the smallest to the largest value of both, 0..=1: 1
/// for equal shares in all bins, 0 for disjoint sets. Small sets overlap less than their sources. `None` if a set has no
/// finite value.
pub fn overlap(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (sorted(a), sorted(b));
    let low = a.first()?.min(*b.first()?);
    let high = a.last()?.max(*b.last()?);
    let bin = |value: f64| match high - low {
        0.0 => 0,
        range => (((value - low) / range * BINS as f64) as usize).min(BINS - 1),
    };
    let shares = |set: &[f64]| {
        let mut shares = [0.0; BINS];
        set.iter().for_each(|&value| shares[bin(value)] += 1.0 / set.len() as f64);
        shares
    };
    let total: f64 = shares(&a).iter().zip(shares(&b)).map(|(a, b)| a.min(b)).sum();
    Some(total.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_of_shifted_values_is_the_shift() {
        assert_eq!(wasserstein(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]), Some(5.0));
        assert_eq!(wasserstein(&[2.0, 1.0], &[1.0, 2.0]), Some(0.0));
    }

    #[test]
    fn sets_of_different_sizes_compare_as_scipy_does() {
        // scipy.stats.wasserstein_distance([0, 1], [0, 1, 5]) = 1.5
        let found = wasserstein(&[0.0, 1.0], &[0.0, 1.0, 5.0]).unwrap();
        assert!((found - 1.5).abs() < 1e-12, "{found}");
    }

    #[test]
    fn disjoint_sets_do_not_overlap_and_equal_ones_do() {
        let a = [1.0, 2.0, 3.0];
        assert_eq!(overlap(&a, &[105.0, 110.0, 115.0]), Some(0.0));
        assert!((overlap(&a, &a).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(overlap(&[4.0], &[4.0, 4.0]), Some(1.0));
    }

    #[test]
    fn sets_without_values_have_no_distance() {
        assert_eq!((wasserstein(&[], &[1.0]), overlap(&[f64::NAN], &[1.0])), (None, None));
        assert_eq!(wasserstein(&[f64::NAN, 1.0], &[1.0]), Some(0.0));
    }
}
