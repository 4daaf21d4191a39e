//! Principal components of points in the latent space.

use crate::jacobi::{Eigen, Rounding, eigen};

/// Principal components of points of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentComponents {
    /// Mean of the points.
    pub mean: Vec<f64>,
    /// Variance along each component, largest first.
    pub variances: Vec<f64>,
    /// The components, unit vectors; the entry of largest magnitude is positive.
    pub vectors: Vec<Vec<f64>>,
}

impl LatentComponents {
    /// Computes the components of some points; `None` without points.
    pub fn compute(points: &[Vec<f32>]) -> Option<Self> {
        let size = points.first()?.len();
        let count = points.len() as f64;
        let mut mean = vec![0.0; size];
        for point in points {
            mean.iter_mut().zip(point).for_each(|(sum, &value)| *sum += f64::from(value) / count);
        }
        let mut covariance = vec![0.0; size * size];
        for point in points {
            let centred: Vec<f64> =
                point.iter().zip(&mean).map(|(&value, mean)| f64::from(value) - mean).collect();
            for (row, &a) in centred.iter().enumerate() {
                let sums = covariance[row * size..][..=row].iter_mut();
                sums.zip(&centred).for_each(|(sum, b)| *sum += a * b / count);
            }
        }
        for row in 0..size {
            (0..row).for_each(|at| covariance[at * size + row] = covariance[row * size + at]);
        }
        let Eigen { values, vectors } = eigen(covariance, size, Rounding::Plain);
        Some(Self { mean, variances: values, vectors })
    }

    /// Returns the share of the variance along each component; the sum is 1, or 0 if nothing varies.
    pub fn explained_variance(&self) -> Vec<f64> {
        let all: f64 = self.variances.iter().sum();
        let share = |value: &f64| if all > 0.0 { value / all } else { 0.0 };
        self.variances.iter().map(share).collect()
    }

    /// Returns the effective number of components, `(sum v)^2 / sum v^2`, from 1 to the number of units (the
    /// participation ratio). `None` if nothing varies.
    pub fn participation_ratio(&self) -> Option<f64> {
        let all: f64 = self.variances.iter().sum();
        let squares: f64 = self.variances.iter().map(|value| value * value).sum();
        (squares > 0.0).then(|| all * all / squares)
    }

    /// Returns the coordinate of a point along a component; 0 at the mean.
    pub fn coordinate(&self, point: &[f32], component: usize) -> f64 {
        let centred = point.iter().zip(&self.mean).map(|(&value, mean)| f64::from(value) - mean);
        centred.zip(&self.vectors[component]).map(|(value, part)| value * part).sum()
    }

    /// Returns the point along a component at a distance from the mean, in standard deviations.
    pub fn point_at(&self, component: usize, stds: f64) -> Vec<f32> {
        let distance = stds * self.variances[component].max(0.0).sqrt();
        let parts = self.mean.iter().zip(&self.vectors[component]);
        parts.map(|(mean, part)| (mean + distance * part) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_have_one_component() {
        let points: Vec<Vec<f32>> =
            (-5..=5).map(|at| vec![1.0 + 3.0 * at as f32, 2.0 + 4.0 * at as f32]).collect();
        let found = LatentComponents::compute(&points).unwrap();
        assert!((found.mean[0] - 1.0).abs() < 1e-12 && (found.mean[1] - 2.0).abs() < 1e-12);
        assert!((found.variances[0] - 250.0).abs() < 1e-9 && found.variances[1].abs() < 1e-9);
        let [x, y] = [found.vectors[0][0], found.vectors[0][1]];
        assert!((x - 0.6).abs() < 1e-12 && (y - 0.8).abs() < 1e-12);
        assert!((found.participation_ratio().unwrap() - 1.0).abs() < 1e-9);
        assert!((found.coordinate(&points[10], 0) - 25.0).abs() < 1e-9);
        let far = found.point_at(0, 2.0);
        assert!((f64::from(far[0]) - (1.0 + 2.0 * 250f64.sqrt() * 0.6)).abs() < 1e-4);
    }

    #[test]
    fn components_are_orthonormal_and_keep_the_variance() {
        let value = |at: usize, unit: usize| ((at * 37 + unit * unit * 11) % 101) as f32 / 20.0;
        let points: Vec<Vec<f32>> =
            (0..300).map(|at| (0..9).map(|unit| value(at * (unit + 1), unit)).collect()).collect();
        let found = LatentComponents::compute(&points).unwrap();
        for a in 0..9 {
            for b in 0..9 {
                let product: f64 =
                    found.vectors[a].iter().zip(&found.vectors[b]).map(|(a, b)| a * b).sum();
                assert!((product - f64::from(u8::from(a == b))).abs() < 1e-12, "{a} {b}");
            }
            // The variance along a component is that of the points' coordinates.
            let places = points.iter().map(|point| found.coordinate(point, a).powi(2));
            assert!((places.sum::<f64>() / 300.0 - found.variances[a]).abs() < 1e-6, "{a}");
        }
        assert!(found.variances.is_sorted_by(|a, b| a >= b));
        assert!((found.explained_variance().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equal_points_have_no_variance() {
        let found = LatentComponents::compute(&vec![vec![2.0, 3.0]; 4]).unwrap();
        assert_eq!(
            (found.variances.as_slice(), found.participation_ratio()),
            ([0.0, 0.0].as_slice(), None)
        );
        assert_eq!(
            (found.explained_variance(), found.point_at(1, 2.0)),
            (vec![0.0; 2], vec![2.0, 3.0])
        );
        assert_eq!(LatentComponents::compute(&[]), None);
    }
}
