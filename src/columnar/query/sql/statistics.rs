//! Statistics of numbers; `None` where too few numbers leave one undefined.

use std::collections::HashMap;

use super::super::describe;
use super::super::frame::Value;
use super::compare::{Key, compare};

/// The mean.
fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len() as f64;
    numbers.sum::<f64>() / count
}

/// The variance; `missing` degrees of freedom: 1 for a sample, 0 for a population.
pub(super) fn variance(numbers: &[f64], missing: usize) -> Option<f64> {
    let freedom = numbers.len().checked_sub(missing).filter(|freedom| *freedom > 0)?;
    let mean = mean(numbers.iter().copied());
    Some(numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / freedom as f64)
}

/// The covariance.
pub(super) fn covariance(pairs: &[(f64, f64)], missing: usize) -> Option<f64> {
    let freedom = pairs.len().checked_sub(missing).filter(|freedom| *freedom > 0)?;
    let (x, y) = (mean(pairs.iter().map(|pair| pair.0)), mean(pairs.iter().map(|pair| pair.1)));
    Some(pairs.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum::<f64>() / freedom as f64)
}

/// Pearson's correlation.
pub(super) fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let column =
        |pick: fn(&(f64, f64)) -> f64| variance(&pairs.iter().map(pick).collect::<Vec<_>>(), 0);
    let (x, y) = (column(|pair| pair.0)?, column(|pair| pair.1)?);
    Some(covariance(pairs, 0)? / (x.sqrt() * y.sqrt()))
}

/// The skewness of a sample, corrected for its size.
pub(super) fn skewness(numbers: &[f64]) -> Option<f64> {
    let count = numbers.len() as f64;
    let (second, third) = (moment(numbers, 2), moment(numbers, 3));
    (numbers.len() > 2 && second > 0.0)
        .then(|| third / second.powf(1.5) * (count * (count - 1.0)).sqrt() / (count - 2.0))
}

/// The excess kurtosis of a sample, corrected for its size.
pub(super) fn kurtosis(numbers: &[f64]) -> Option<f64> {
    let count = numbers.len() as f64;
    let (second, fourth) = (moment(numbers, 2), moment(numbers, 4));
    (numbers.len() > 3 && second > 0.0).then(|| {
        let excess = fourth / second.powi(2) - 3.0;
        (count - 1.0) / ((count - 2.0) * (count - 3.0)) * ((count + 1.0) * excess + 6.0)
    })
}

fn moment(numbers: &[f64], power: i32) -> f64 {
    let mean = mean(numbers.iter().copied());
    numbers.iter().map(|number| (number - mean).powi(power)).sum::<f64>() / numbers.len() as f64
}

/// The quantile, interpolated.
pub(super) fn quantile(mut numbers: Vec<f64>, at: f64) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    (!numbers.is_empty()).then(|| describe::quantile(&numbers, at))
}

/// The smallest value that is at least as large as the fraction `at` of all values.
pub(super) fn quantile_value(values: &[&Value], at: f64) -> Value {
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| compare(one, other));
    let place = (at * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).map_or(Value::Null, |value| (*value).clone())
}

/// The most frequent value; of equally frequent ones the first.
pub(super) fn mode(values: &[&Value]) -> Value {
    let mut counts: HashMap<Key, (usize, usize)> = HashMap::new();
    for (place, value) in values.iter().enumerate() {
        counts.entry(Key((*value).clone())).or_insert((0, place)).0 += 1;
    }
    let best =
        counts.into_iter().max_by_key(|(_, (count, place))| (*count, std::cmp::Reverse(*place)));
    best.map_or(Value::Null, |(Key(value), _)| value)
}
