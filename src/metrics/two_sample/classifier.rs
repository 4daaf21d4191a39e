//! Classifier two-sample test: logistic regression.

use super::vectors::subsample_equal;

/// Folds of the cross-validation.
const FOLDS: usize = 5;
/// Weight of the squared coefficients, which keeps them finite for separable sets.
const RIDGE: f64 = 1.0;
/// Number of Newton steps: the loss is convex, and ten reach its minimum up to rounding.
const ROUNDS: usize = 15;

/// Accuracy of a logistic regression with a ridge penalty in five-fold cross-validation, 0..=1: 0.5 for sets that it cannot
/// distinguish, 1 for separable sets (C2ST, Lopez-Paz & Oquab 2017). The larger set is subsampled to the size of the
/// smaller one. `None` with fewer than five points in a set.
pub fn accuracy(a: &[Vec<f64>], b: &[Vec<f64>]) -> Option<f64> {
    let sets = subsample_equal(a, b);
    let size = sets[0].len();
    if size < FOLDS {
        return None;
    }
    let points = || {
        sets.iter().zip([0.0, 1.0]).flat_map(|(set, label)| {
            set.iter().enumerate().map(move |(at, point)| (at % FOLDS, *point, label))
        })
    };
    let mut right = 0.0;
    for fold in 0..FOLDS {
        let training: Vec<_> =
            points().filter(|p| p.0 != fold).map(|(_, point, label)| (point, label)).collect();
        let weights = fit(&training);
        for (_, point, label) in points().filter(|p| p.0 == fold) {
            let score = logit(&weights, point);
            right += if score == 0.0 { 0.5 } else { f64::from((score > 0.0) == (label == 1.0)) };
        }
    }
    Some(right / (2 * size) as f64)
}

/// Linear predictor: the constant first, then one coefficient per number.
fn logit(weights: &[f64], point: &[f64]) -> f64 {
    weights[0] + weights[1..].iter().zip(point).map(|(weight, x)| weight * x).sum::<f64>()
}

/// Newton's method on the penalized log-likelihood (iteratively reweighted least squares).
fn fit(points: &[(&[f64], f64)]) -> Vec<f64> {
    let size = points.first().map_or(0, |(point, _)| point.len()) + 1;
    let mut weights = vec![0.0; size];
    for _ in 0..ROUNDS {
        let (mut gradient, mut curvature) = (vec![0.0; size], vec![vec![0.0; size]; size]);
        for at in 0..size {
            // The constant is only penalized enough to keep the system solvable.
            let ridge = if at == 0 { 1e-9 } else { RIDGE };
            gradient[at] = ridge * weights[at];
            curvature[at][at] = ridge;
        }
        for &(point, label) in points {
            let probability = 1.0 / (1.0 + (-logit(&weights, point)).exp());
            let spread = probability * (1.0 - probability);
            let x: Vec<f64> = std::iter::once(1.0).chain(point.iter().copied()).collect();
            for (row, line) in curvature.iter_mut().enumerate() {
                gradient[row] += (probability - label) * x[row];
                for (cell, other) in line.iter_mut().zip(&x[..=row]) {
                    *cell += spread * x[row] * other;
                }
            }
        }
        let Some(step) = solve(curvature, gradient) else { break };
        weights.iter_mut().zip(step).for_each(|(weight, step)| *weight -= step);
    }
    weights
}

/// Solves a symmetric positive definite system given by its lower triangle (Cholesky).
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for row in 0..size {
        for column in 0..=row {
            let products = (0..column).map(|at| matrix[row][at] * matrix[column][at]);
            let rest = matrix[row][column] - products.sum::<f64>();
            if row == column {
                if rest.is_nan() || rest <= 0.0 {
                    return None;
                }
                matrix[row][row] = rest.sqrt();
            } else {
                matrix[row][column] = rest / matrix[column][column];
            }
        }
    }
    for row in 0..size {
        let known: f64 = (0..row).map(|at| matrix[row][at] * right[at]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|at| matrix[at][row] * right[at]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::super::vectors::testing::cloud;
    use super::*;

    #[test]
    fn sets_of_one_source_cannot_be_distinguished_and_distant_ones_always() {
        let a = cloud(300, 0.0, 1);
        let even = accuracy(&a, &cloud(300, 0.0, 2)).unwrap();
        assert!((even - 0.5).abs() < 0.06, "{even}");
        assert_eq!(accuracy(&a, &cloud(300, 50.0, 3)), Some(1.0));
    }

    #[test]
    fn overlapping_sets_have_the_accuracy_of_the_best_line() {
        // Centres sqrt(3) apart in three dimensions: Phi(sqrt(3) / 2) = 0.807.
        let found = accuracy(&cloud(2000, 0.0, 1), &cloud(2000, 1.0, 2)).unwrap();
        assert!((found - 0.807).abs() < 0.02, "{found}");
    }

    #[test]
    fn points_without_spread_score_a_half() {
        let same = vec![vec![0.0; 3]; 20];
        assert_eq!(accuracy(&same, &same), Some(0.5));
        assert_eq!(accuracy(&same, &same[..4]), None);
    }

    #[test]
    fn linear_systems_are_solved() {
        let matrix = vec![vec![4.0, 0.0], vec![2.0, 3.0]];
        let found = solve(matrix, vec![8.0, 7.0]).unwrap();
        assert!((found[0] - 1.25).abs() < 1e-12 && (found[1] - 1.5).abs() < 1e-12, "{found:?}");
        assert_eq!(solve(vec![vec![0.0]], vec![1.0]), None);
    }
}
