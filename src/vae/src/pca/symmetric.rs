//! Eigenvalues of a small symmetric matrix, by cyclic Jacobi rotations (Golub & Van Loan, *Matrix
//! Computations*, 4th edition, section 8.5.5). A few hundred rows take a fraction of a second, and every
//! vector is orthogonal to the others to the last digits, however close two eigenvalues are.

/// Sweeps over all pairs, at most; convergence is quadratic and takes six to ten.
const SWEEPS: usize = 40;

/// Eigenvalues of a symmetric matrix, largest first, and their vectors.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Eigen {
    pub(super) values: Vec<f64>,
    /// Row `i` is the unit vector of value `i`; its entry of largest magnitude is positive.
    pub(super) vectors: Vec<Vec<f64>>,
}

/// Takes a row-major `size * size` matrix apart; only symmetric ones make sense.
pub(super) fn eigen(mut matrix: Vec<f64>, size: usize) -> Eigen {
    let mut vectors = vec![0.0; size * size];
    vectors.iter_mut().step_by(size + 1).for_each(|diagonal| *diagonal = 1.0);
    let norm = matrix.iter().map(|value| value * value).sum::<f64>().sqrt();
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..size {
            for q in p + 1..size {
                if matrix[p * size + q].abs() > f64::EPSILON * norm / size as f64 {
                    rotate(&mut matrix, &mut vectors, size, [p, q]);
                    rotated = true;
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| matrix[b * size + b].total_cmp(&matrix[a * size + a]));
    Eigen {
        values: order.iter().map(|&i| matrix[i * size + i]).collect(),
        vectors: order.iter().map(|&i| signed(&vectors[i * size..][..size])).collect(),
    }
}

/// The rotation of the plane (p, q) that makes entry (p, q) zero; rows of `vectors` turn along.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], size: usize, [p, q]: [usize; 2]) {
    let off = matrix[p * size + q];
    let slope = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * off);
    let tangent = slope.signum() / (slope.abs() + slope.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    turn_rows(matrix, size, [p, q], cosine, sine);
    for row in matrix.chunks_exact_mut(size) {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
    }
    turn_rows(vectors, size, [p, q], cosine, sine);
    matrix[p * size + q] = 0.0;
    matrix[q * size + p] = 0.0;
}

fn turn_rows(matrix: &mut [f64], size: usize, [p, q]: [usize; 2], cosine: f64, sine: f64) {
    let (upper, lower) = matrix.split_at_mut(q * size);
    for (a, b) in upper[p * size..][..size].iter_mut().zip(&mut lower[..size]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

/// The one of the two opposite vectors whose largest entry is positive.
fn signed(vector: &[f64]) -> Vec<f64> {
    let largest = vector.iter().copied().fold(0.0f64, |a, b| if b.abs() > a.abs() { b } else { a });
    vector.iter().map(|value| value * largest.signum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, normal, stream};

    #[test]
    fn eigenvectors_are_orthonormal_and_put_the_matrix_together_again() {
        for size in [0, 1, 2, 7, 40] {
            let draws = normal(&mut stream(3, Purpose::Components, size as u64), size * size);
            let symmetric =
                |i: usize, j: usize| f64::from(draws[i * size + j] + draws[j * size + i]);
            let matrix: Vec<f64> =
                (0..size * size).map(|at| symmetric(at / size, at % size)).collect();
            let Eigen { values, vectors } = eigen(matrix.clone(), size);
            assert!(values.is_sorted_by(|a, b| a >= b));
            for i in 0..size {
                for j in 0..size {
                    let dot: f64 = vectors[i].iter().zip(&vectors[j]).map(|(a, b)| a * b).sum();
                    assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
                    let sum: f64 =
                        (0..size).map(|k| values[k] * vectors[k][i] * vectors[k][j]).sum();
                    assert!((sum - matrix[i * size + j]).abs() < 1e-11, "{size}: {i}, {j}");
                }
            }
        }
    }

    #[test]
    fn equal_and_zero_eigenvalues_are_no_difficulty() {
        let Eigen { values, vectors } = eigen(vec![2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0], 3);
        assert_eq!(values, [2.0, 2.0, 0.0]);
        assert_eq!(vectors[2], [0.0, 1.0, 0.0]);
        assert_eq!(eigen(vec![0.0; 4], 2).values, [0.0, 0.0]);
    }
}
