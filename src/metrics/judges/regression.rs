//! Logistic regression on many numbers: Newton's method, as in [`classifier`](crate::metrics::two_sample::classifier),
//! would solve a system of their number at every step.

use partita_numerics::kernels::{axpy, dot};

/// Weight of the squared coefficients, per song.
const RIDGE: f32 = 0.1;
/// Steps of the accelerated descent.
const STEPS: usize = 150;
/// Standardized numbers are cut off at this, so that a rare count does not decide alone.
const LIMIT: f32 = 5.0;

/// A logistic regression with a ridge penalty on standardized numbers.
pub(in crate::metrics) struct Regression {
    /// Mean and standard deviation of each number.
    pub(in crate::metrics) scales: Vec<(f32, f32)>,
    pub(in crate::metrics) weights: Vec<f32>,
    pub(in crate::metrics) constant: f32,
}

impl Regression {
    /// Fits rows, each with whether it is in the second set, by Nesterov's accelerated gradient descent.
    pub(in crate::metrics) fn fit(rows: &[(&[f32], bool)]) -> Self {
        let scales = scales(rows);
        let points: Vec<Vec<f32>> = rows.iter().map(|(row, _)| standardize(&scales, row)).collect();
        let width = scales.len();
        let (mut weights, mut constant) = (vec![0.0; width], 0.0);
        let (mut ahead, mut ahead_constant) = (weights.clone(), constant);
        let count = rows.len().max(1) as f32;
        let rate = 1.0 / (0.25 * (1.0 + largest_eigenvalue(&points) / count) + RIDGE);
        for step in 0..STEPS {
            let mut gradient: Vec<f32> = ahead.iter().map(|weight| RIDGE * weight).collect();
            let mut constant_gradient = 0.0;
            for (point, (_, is_second)) in points.iter().zip(rows) {
                let score = ahead_constant + dot(&ahead, point);
                let slope =
                    (1.0 / (1.0 + (-score).exp()) - f32::from(u8::from(*is_second))) / count;
                constant_gradient += slope;
                axpy(&mut gradient, point, slope);
            }
            let momentum = step as f32 / (step as f32 + 3.0);
            for at in 0..width {
                let next = ahead[at] - rate * gradient[at];
                ahead[at] = next + momentum * (next - weights[at]);
                weights[at] = next;
            }
            let next = ahead_constant - rate * constant_gradient;
            ahead_constant = next + momentum * (next - constant);
            constant = next;
        }
        Self { scales, weights, constant }
    }

    /// Returns the log odds that a row is of the second set.
    pub(super) fn score(&self, row: &[f32]) -> f64 {
        f64::from(self.constant + dot(&self.weights, &standardize(&self.scales, row)))
    }
}

/// Returns mean and standard deviation of each column of finite numbers; a column without spread is not scaled.
pub(super) fn scales(rows: &[(&[f32], bool)]) -> Vec<(f32, f32)> {
    let columns = rows.first().map_or(0, |(row, _)| row.len());
    let scale = |column: usize| {
        let values =
            || rows.iter().map(|(row, _)| f64::from(row[column])).filter(|it| it.is_finite());
        let count = values().count().max(1) as f64;
        let mean = values().sum::<f64>() / count;
        let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        let has_spread = deviation > 1e-6 * mean.abs().max(1e-12);
        (mean as f32, if has_spread { deviation as f32 } else { 1.0 })
    };
    (0..columns).map(scale).collect()
}

/// Returns a row on these scales; an undefined number is at the mean.
pub(super) fn standardize(scales: &[(f32, f32)], row: &[f32]) -> Vec<f32> {
    row.iter().zip(scales).map(|(&value, &scale)| standardized(value, scale)).collect()
}

/// Returns a number on a scale of this mean and standard deviation, within -5..=5.
pub(in crate::metrics) fn standardized(value: f32, (mean, deviation): (f32, f32)) -> f32 {
    let value = (value - mean) / deviation;
    if value.is_finite() { value.clamp(-LIMIT, LIMIT) } else { 0.0 }
}

/// Estimates the largest eigenvalue of the sum of the outer products of points, from above (power iteration).
fn largest_eigenvalue(points: &[Vec<f32>]) -> f32 {
    let width = points.first().map_or(0, Vec::len);
    let mut direction = vec![1.0 / (width.max(1) as f32).sqrt(); width];
    let mut value = 0.0;
    for _ in 0..20 {
        let mut next = vec![0.0; width];
        for point in points {
            axpy(&mut next, point, dot(point, &direction));
        }
        value = dot(&next, &next).sqrt();
        if value <= 0.0 {
            return 0.0;
        }
        direction = next.into_iter().map(|sum| sum / value).collect();
    }
    // The estimate is from below.
    1.1 * value
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};

    /// 1000 points of three numbers around 0, and as many around 1.
    fn clouds(seed: u64) -> Vec<(Vec<f32>, bool)> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut point = |centre: f32| {
            let normal = Normal::new(centre, 1.0).unwrap();
            (0..3).map(|_| normal.sample(&mut random)).collect()
        };
        (0..2000).map(|at| (point((at % 2) as f32), at % 2 == 1)).collect()
    }

    fn borrowed(rows: &[(Vec<f32>, bool)]) -> Vec<(&[f32], bool)> {
        rows.iter().map(|(row, label)| (row.as_slice(), *label)).collect()
    }

    #[test]
    fn overlapping_sets_are_separated_as_well_as_by_the_best_line() {
        let (training, test) = (clouds(1), clouds(2));
        let judge = Regression::fit(&borrowed(&training));
        let right = test.iter().filter(|(row, label)| (judge.score(row) > 0.0) == *label).count();
        // Centres sqrt(3) apart in three dimensions: Phi(sqrt(3) / 2) = 0.807.
        let accuracy = right as f64 / test.len() as f64;
        assert!((accuracy - 0.807).abs() < 0.03, "{accuracy}");
    }

    #[test]
    fn undefined_numbers_and_columns_without_spread_do_not_count() {
        let rows = [(vec![1.0, f32::NAN], false), (vec![1.0, 3.0], true), (vec![1.0, 3.0], true)];
        let judge = Regression::fit(&borrowed(&rows));
        assert_eq!(judge.score(&[1.0, 3.0]), judge.score(&[1.0, f32::NAN]));
        assert!(judge.score(&[1.0, 3.0]) > 0.0);
    }
}
