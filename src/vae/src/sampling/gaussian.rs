//! A Gaussian with correlations.

use super::linear::{Triangle, add_outer};
use crate::rng::{self, Purpose};

/// A Gaussian distribution on the latent space.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    pub(super) mean: Vec<f64>,
    /// Lower Cholesky factor of the covariance.
    pub(super) factor: Triangle,
}

impl Gaussian {
    /// Fits mean and covariance (divided by the number of points) to `points` of equal length. Adds `more` to
    /// the variances, one number per dimension, or none. One point gives that point, no point the standard
    /// normal distribution of as many dimensions as `more` has.
    pub fn fit(points: &[Vec<f32>], more: &[f32]) -> Self {
        let Some(first) = points.first() else {
            let mut identity = Triangle::zeros(more.len());
            identity.add_to_diagonal(std::iter::repeat(1.0));
            return Self { mean: vec![0.0; more.len()], factor: identity };
        };
        let mean = mean(points, first.len());
        let (mut covariance, mut centred) = (Triangle::zeros(first.len()), Vec::new());
        for point in points {
            centred.clear();
            centred.extend(point.iter().zip(&mean).map(|(&x, mean)| f64::from(x) - mean));
            add_outer(&mut covariance, &centred, 1.0);
        }
        covariance.scale(1.0 / points.len() as f64);
        covariance.add_to_diagonal(more.iter().copied().map(f64::from));
        Self { mean, factor: covariance.cholesky() }
    }

    /// Samples the point of a seed and an index; `temperature` scales its distance from the mean.
    pub fn sample(&self, seed: u64, index: u64, temperature: f32) -> Vec<f32> {
        let mut random = rng::stream(seed, Purpose::Gaussian, index);
        let noise = rng::normal(&mut random, self.mean.len());
        let noise: Vec<f64> =
            noise.into_iter().map(|noise| f64::from(noise) * f64::from(temperature)).collect();
        let offset = self.factor.times(&noise);
        self.mean.iter().zip(offset).map(|(mean, offset)| (mean + offset) as f32).collect()
    }
}

/// Returns the mean of at least one point.
fn mean(points: &[Vec<f32>], size: usize) -> Vec<f64> {
    let mut mean = vec![0.0; size];
    for point in points {
        mean.iter_mut().zip(point).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    mean.iter_mut().for_each(|sum| *sum /= points.len() as f64);
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points `(a, a + b / 2, 0.1 b) + (5, 0, -1)` for standard normal a and b: three dimensions, two
    /// directions.
    fn points(count: u64) -> Vec<Vec<f32>> {
        let point = |index| {
            let noise = rng::normal(&mut rng::stream(8, Purpose::Prior, index), 2);
            vec![noise[0] + 5.0, noise[0] + noise[1] / 2.0, 0.1 * noise[1] - 1.0]
        };
        (0..count).map(point).collect()
    }

    fn moments(points: &[Vec<f32>]) -> (Vec<f64>, [[f64; 3]; 3]) {
        let mean = mean(points, 3);
        let about = |i: usize, j: usize| {
            let product = |p: &Vec<f32>| (f64::from(p[i]) - mean[i]) * (f64::from(p[j]) - mean[j]);
            points.iter().map(product).sum::<f64>() / points.len() as f64
        };
        let covariance = std::array::from_fn(|i| std::array::from_fn(|j| about(i, j)));
        (mean, covariance)
    }

    fn assert_close(found: [[f64; 3]; 3], expected: [[f64; 3]; 3]) {
        for (i, j) in (0..9).map(|at| (at / 3, at % 3)) {
            let (found, expected) = (found[i][j], expected[i][j]);
            assert!((found - expected).abs() < 0.06, "{i} {j}: {found} for {expected}");
        }
    }

    #[test]
    fn samples_have_the_mean_and_covariance_of_the_points() {
        let points = points(4000);
        let gaussian = Gaussian::fit(&points, &[]);
        let sampled: Vec<Vec<f32>> = (0..20_000).map(|i| gaussian.sample(1, i, 1.0)).collect();
        let ((mean, covariance), (sampled_mean, sampled_covariance)) =
            (moments(&points), moments(&sampled));
        assert!(
            mean.iter().zip(&sampled_mean).all(|(a, b)| (a - b).abs() < 0.05),
            "{sampled_mean:?}"
        );
        assert_close(sampled_covariance, covariance);
        assert_close(covariance, [[1.0, 1.0, 0.0], [1.0, 1.25, 0.05], [0.0, 0.05, 0.01]]);
    }

    #[test]
    fn variances_are_added_and_temperature_scales_standard_deviations_only() {
        let points = points(4000);
        let wide = Gaussian::fit(&points, &[0.0, 0.0, 2.0]);
        let sampled: Vec<Vec<f32>> = (0..20_000).map(|i| wide.sample(1, i, 0.5)).collect();
        let (mean, covariance) = moments(&sampled);
        assert!((mean[0] - 5.0).abs() < 0.05, "{mean:?}");
        assert!((covariance[0][0] - 0.25).abs() < 0.02, "{covariance:?}");
        assert!((covariance[2][2] - 2.01 / 4.0).abs() < 0.03, "{covariance:?}");
        let at_zero = wide.sample(1, 7, 0.0);
        assert!(at_zero.iter().zip(&wide.mean).all(|(&a, &b)| a == b as f32));
    }

    #[test]
    fn fewer_points_than_dimensions_can_be_fitted() {
        let two = Gaussian::fit(&[vec![0.0, 0.0, 1.0], vec![2.0, 4.0, 1.0]], &[]);
        for index in 0..20 {
            let sampled = two.sample(3, index, 1.0);
            assert!(
                (sampled[1] - 2.0 * sampled[0]).abs() < 1e-5 && sampled[2] == 1.0,
                "{sampled:?}"
            );
        }
        assert_eq!(Gaussian::fit(&[vec![1.0, 2.0]], &[]).sample(3, 0, 1.0), [1.0, 2.0]);
        assert_ne!(Gaussian::fit(&[], &[1.0, 1.0]).sample(3, 0, 1.0), [0.0, 0.0]);
    }
}
