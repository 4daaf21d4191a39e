//! Histograms of several sets of values of one feature on one grid, for plots.

use serde::Serialize;

/// Maximum number of bins.
pub const BINS: usize = 24;

/// Histograms of several sets on a common grid of equal bins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histograms {
    /// Start of the first bin.
    pub low: f64,
    /// End of the last bin.
    pub high: f64,
    /// Share of the values of each set in each bin: the sum is 1, or 0 for a set without finite values.
    pub shares: Vec<Vec<f64>>,
}

/// Computes the histograms of these sets, from the smallest to the largest value of all. If all values are whole, each bin
/// has equally many whole numbers, so that the grid causes no gaps or peaks. Non-finite values are ignored. `None` if there
/// is no finite value.
pub fn histograms(sets: &[Vec<f64>]) -> Option<Histograms> {
    let finite = || sets.iter().flatten().copied().filter(|value| value.is_finite());
    let least = finite().reduce(f64::min)?;
    let most = finite().reduce(f64::max)?;
    let (low, width, bins) = bins(least, most, finite().all(|value| value.fract() == 0.0));
    let bin = |value: f64| (((value - low) / width) as usize).min(bins - 1);
    let shares = |set: &Vec<f64>| {
        let mut counts = vec![0u32; bins];
        set.iter().filter(|value| value.is_finite()).for_each(|&value| counts[bin(value)] += 1);
        let all = counts.iter().sum::<u32>().max(1);
        counts.iter().map(|&count| f64::from(count) / f64::from(all)).collect()
    };
    let shares = sets.iter().map(shares).collect();
    Some(Histograms { low, high: low + width * bins as f64, shares })
}

/// Returns the start, width and number of the bins.
fn bins(least: f64, most: f64, whole: bool) -> (f64, f64, usize) {
    let range = most - least;
    if whole && range < 1e9 {
        let width = ((range + 1.0) / BINS as f64).ceil();
        return (least - 0.5, width, ((range + 1.0) / width).ceil() as usize);
    }
    if range <= 0.0 {
        let room = (least.abs() / 1e3).max(1e-9);
        return (least - room / 2.0, room, 1);
    }
    (least, range / BINS as f64, BINS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_one_bin_each_on_a_common_grid() {
        let found = histograms(&[vec![1.0, 1.0, 2.0, 4.0], vec![3.0], vec![]]).unwrap();
        assert_eq!((found.low, found.high), (0.5, 4.5));
        assert_eq!(found.shares[0], [0.5, 0.25, 0.0, 0.25]);
        assert_eq!(found.shares[1], [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(found.shares[2], [0.0; 4]);
    }

    #[test]
    fn many_whole_numbers_share_bins_evenly() {
        let all: Vec<f64> = (0..100).map(f64::from).collect();
        let found = histograms(&[all]).unwrap();
        // Five numbers a bin, and twenty bins.
        assert_eq!((found.shares[0].len(), found.high - found.low), (20, 100.0));
        assert!(found.shares[0].iter().all(|&share| share == 0.05));
    }

    #[test]
    fn fractions_reach_from_end_to_end() {
        let found = histograms(&[vec![0.25, f64::NAN], vec![0.75]]).unwrap();
        assert_eq!((found.low, found.high, found.shares[0].len()), (0.25, 0.75, BINS));
        assert_eq!((found.shares[0][0], found.shares[1][BINS - 1]), (1.0, 1.0));
    }

    #[test]
    fn one_value_has_one_bin_and_no_value_no_histogram() {
        let found = histograms(&[vec![0.5, 0.5]]).unwrap();
        assert!(found.low < 0.5 && 0.5 < found.high && found.shares == [[1.0]]);
        assert_eq!(histograms(&[vec![f64::NAN], vec![]]), None);
    }
}
