//! The directions in which posterior means vary most.

/// Sweeps over all pairs of units, at most; convergence is quadratic and takes six to ten.
const SWEEPS: usize = 40;

/// Principal components of points of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// Mean of the points.
    pub mean: Vec<f64>,
    /// Variance along each component, largest first.
    pub variances: Vec<f64>,
    /// The components, unit vectors; the entry of largest magnitude is positive.
    pub vectors: Vec<Vec<f64>>,
}

impl Components {
    /// The components of some points; `None` without a point.
    pub fn of(points: &[Vec<f32>]) -> Option<Self> {
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
        let (variances, vectors) = eigen(covariance, size);
        Some(Self { mean, variances, vectors })
    }

    /// Share of the variance along each component, the sum 1; 0 where nothing varies.
    pub fn shares(&self) -> Vec<f64> {
        let all: f64 = self.variances.iter().sum();
        let share = |value: &f64| if all > 0.0 { value / all } else { 0.0 };
        self.variances.iter().map(share).collect()
    }

    /// How many components the variance is spread over: `(sum v)^2 / sum v^2`, 1 to the number of units (the
    /// participation ratio). `None` where nothing varies.
    pub fn effective(&self) -> Option<f64> {
        let all: f64 = self.variances.iter().sum();
        let squares: f64 = self.variances.iter().map(|value| value * value).sum();
        (squares > 0.0).then(|| all * all / squares)
    }

    /// Where a point lies along a component, 0 at the mean.
    pub fn place(&self, point: &[f32], component: usize) -> f64 {
        let centred = point.iter().zip(&self.mean).map(|(&value, mean)| f64::from(value) - mean);
        centred.zip(&self.vectors[component]).map(|(value, part)| value * part).sum()
    }

    /// The point so many deviations from the mean along a component.
    pub fn along(&self, component: usize, deviations: f64) -> Vec<f32> {
        let far = deviations * self.variances[component].max(0.0).sqrt();
        let parts = self.mean.iter().zip(&self.vectors[component]);
        parts.map(|(mean, part)| (mean + far * part) as f32).collect()
    }
}

/// Eigenvalues of a symmetric row-major matrix, largest first, and their vectors: cyclic Jacobi rotations
/// (Golub & Van Loan, *Matrix Computations*, 4th edition, section 8.5).
fn eigen(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut vectors = vec![0.0; size * size];
    (0..size).for_each(|at| vectors[at * size + at] = 1.0);
    let norm = matrix.iter().map(|value| value * value).sum::<f64>().sqrt();
    for _ in 0..SWEEPS {
        let mut still = true;
        for p in 0..size {
            for q in p + 1..size {
                if matrix[p * size + q].abs() > f64::EPSILON * norm / size as f64 {
                    rotate(&mut matrix, &mut vectors, size, p, q);
                    still = false;
                }
            }
        }
        if still {
            break;
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| matrix[b * size + b].total_cmp(&matrix[a * size + a]));
    let signed = |&row: &usize| {
        let vector = &vectors[row * size..][..size];
        let largest = vector.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let sign = largest.unwrap_or(1.0).signum();
        vector.iter().map(|part| part * sign).collect()
    };
    let values = order.iter().map(|&at| matrix[at * size + at]).collect();
    (values, order.iter().map(signed).collect())
}

/// Turns the plane of two axes so that their product vanishes.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], size: usize, p: usize, q: usize) {
    let at = |row: usize, column: usize| row * size + column;
    let half = (matrix[at(q, q)] - matrix[at(p, p)]) / (2.0 * matrix[at(p, q)]);
    let tangent = half.signum() / (half.abs() + (half * half + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let turn = |values: &mut [f64], a: usize, b: usize| {
        let (x, y) = (values[a], values[b]);
        (values[a], values[b]) = (cosine * x - sine * y, sine * x + cosine * y);
    };
    (0..size).for_each(|other| turn(matrix, at(other, p), at(other, q)));
    (0..size).for_each(|other| turn(matrix, at(p, other), at(q, other)));
    (0..size).for_each(|other| turn(vectors, at(p, other), at(q, other)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_have_one_component() {
        let points: Vec<Vec<f32>> =
            (-5..=5).map(|at| vec![1.0 + 3.0 * at as f32, 2.0 + 4.0 * at as f32]).collect();
        let found = Components::of(&points).unwrap();
        assert!((found.mean[0] - 1.0).abs() < 1e-12 && (found.mean[1] - 2.0).abs() < 1e-12);
        assert!((found.variances[0] - 250.0).abs() < 1e-9 && found.variances[1].abs() < 1e-9);
        let [x, y] = [found.vectors[0][0], found.vectors[0][1]];
        assert!((x - 0.6).abs() < 1e-12 && (y - 0.8).abs() < 1e-12);
        assert!((found.effective().unwrap() - 1.0).abs() < 1e-9);
        assert!((found.place(&points[10], 0) - 25.0).abs() < 1e-9);
        let far = found.along(0, 2.0);
        assert!((f64::from(far[0]) - (1.0 + 2.0 * 250f64.sqrt() * 0.6)).abs() < 1e-4);
    }

    #[test]
    fn components_are_orthonormal_and_keep_the_variance() {
        let value = |at: usize, unit: usize| ((at * 37 + unit * unit * 11) % 101) as f32 / 20.0;
        let points: Vec<Vec<f32>> =
            (0..300).map(|at| (0..9).map(|unit| value(at * (unit + 1), unit)).collect()).collect();
        let found = Components::of(&points).unwrap();
        for a in 0..9 {
            for b in 0..9 {
                let product: f64 =
                    found.vectors[a].iter().zip(&found.vectors[b]).map(|(a, b)| a * b).sum();
                assert!((product - f64::from(u8::from(a == b))).abs() < 1e-12, "{a} {b}");
            }
            // The variance along a component is that of the points' places on it.
            let places = points.iter().map(|point| found.place(point, a).powi(2));
            assert!((places.sum::<f64>() / 300.0 - found.variances[a]).abs() < 1e-6, "{a}");
        }
        assert!(found.variances.is_sorted_by(|a, b| a >= b));
        assert!((found.shares().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equal_points_vary_in_no_direction() {
        let found = Components::of(&vec![vec![2.0, 3.0]; 4]).unwrap();
        assert_eq!((found.variances.as_slice(), found.effective()), ([0.0, 0.0].as_slice(), None));
        assert_eq!((found.shares(), found.along(1, 2.0)), (vec![0.0; 2], vec![2.0, 3.0]));
        assert_eq!(Components::of(&[]), None);
    }
}
