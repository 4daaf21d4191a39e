//! Quartiles, extremes and mean of many values.

use serde::Serialize;

/// Order statistics of a set of values, in the values' own unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quartiles {
    /// Smallest value.
    pub min: f64,
    /// A quarter of the values is below.
    pub q1: f64,
    /// Half of the values are below.
    pub median: f64,
    /// Three quarters of the values are below.
    pub q3: f64,
    /// Largest value.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
}

/// Summarizes the finite values among `values`; `None` if there is none.
///
/// A quantile `q` is at index `q * (n - 1)` of the sorted values, with linear interpolation
/// (method 7 of Hyndman and Fan 1996, the default of numpy and R).
pub fn summary(values: impl IntoIterator<Item = f64>) -> Option<Quartiles> {
    let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (&min, &max) = (sorted.first()?, sorted.last()?);
    let quantile = |share: f64| {
        let index = share * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[index.floor() as usize], sorted[index.ceil() as usize]);
        below + (above - below) * index.fract()
    };
    Some(Quartiles {
        min,
        q1: quantile(0.25),
        median: quantile(0.5),
        q3: quantile(0.75),
        max,
        mean: sorted.iter().sum::<f64>() / sorted.len() as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_interpolated_as_numpy_does() {
        let found = summary([4.0, 1.0, 3.0, 2.0]).unwrap();
        let expected = Quartiles { min: 1.0, q1: 1.75, median: 2.5, q3: 3.25, max: 4.0, mean: 2.5 };
        assert_eq!(found, expected);
    }

    #[test]
    fn non_finite_values_do_not_count() {
        assert_eq!(summary([f64::NAN, 7.0]).map(|quartiles| quartiles.mean), Some(7.0));
        assert_eq!(summary([f64::NAN, f64::INFINITY]), None);
        assert_eq!(summary([]), None);
    }
}
