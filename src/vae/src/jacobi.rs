//! Eigenvalues of a small symmetric matrix, by cyclic Jacobi rotations (Golub & Van Loan, *Matrix
//! Computations*, 4th edition, section 8.5.5). A few hundred rows take a fraction of a second, and all
//! vectors are orthogonal to the last digits, however close two eigenvalues are.

/// Maximum number of sweeps over all pairs; convergence is quadratic and takes six to ten.
const MAX_SWEEPS: usize = 40;

/// Rounding of a rotation. Both kinds are equally accurate, but outputs are compared bit by bit, so each
/// caller keeps the one that it has always had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Square roots by `hypot`; the rotated-away entry is set to 0.
    Hypot,
    /// Plain square roots; the rotated-away entry keeps its rounding error.
    Plain,
}

/// Eigenvalues of a symmetric matrix, largest first, and their vectors.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Eigen {
    pub(crate) values: Vec<f64>,
    /// Row `i` is the unit vector of value `i`; its entry of largest magnitude is positive.
    pub(crate) vectors: Vec<Vec<f64>>,
}

/// Decomposes a symmetric row-major `size * size` matrix.
pub(crate) fn eigen(mut matrix: Vec<f64>, size: usize, rounding: Rounding) -> Eigen {
    let mut vectors = vec![0.0; size * size];
    vectors.iter_mut().step_by(size + 1).for_each(|diagonal| *diagonal = 1.0);
    let norm = matrix.iter().map(|value| value * value).sum::<f64>().sqrt();
    for _ in 0..MAX_SWEEPS {
        let mut has_rotated = false;
        for p in 0..size {
            for q in p + 1..size {
                if matrix[q * size + p].abs() > f64::EPSILON * norm / size as f64 {
                    rotate(&mut matrix, &mut vectors, size, [p, q], rounding);
                    has_rotated = true;
                }
            }
        }
        if !has_rotated {
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

/// Rotates the plane (p, q) so that entry (q, p) becomes zero; rows of `vectors` rotate along.
fn rotate(
    matrix: &mut [f64],
    vectors: &mut [f64],
    size: usize,
    [p, q]: [usize; 2],
    rounding: Rounding,
) {
    let root = |x: f64| match rounding {
        Rounding::Hypot => x.hypot(1.0),
        Rounding::Plain => (x * x + 1.0).sqrt(),
    };
    let slope = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * matrix[q * size + p]);
    let tangent = slope.signum() / (slope.abs() + root(slope));
    let cosine = 1.0 / root(tangent);
    let sine = tangent * cosine;
    rotate_rows(matrix, size, [p, q], cosine, sine);
    for row in matrix.chunks_exact_mut(size) {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
    }
    rotate_rows(vectors, size, [p, q], cosine, sine);
    if rounding == Rounding::Hypot {
        matrix[p * size + q] = 0.0;
        matrix[q * size + p] = 0.0;
    }
}

fn rotate_rows(matrix: &mut [f64], size: usize, [p, q]: [usize; 2], cosine: f64, sine: f64) {
    let (upper, lower) = matrix.split_at_mut(q * size);
    for (a, b) in upper[p * size..][..size].iter_mut().zip(&mut lower[..size]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

/// Returns the one of the two opposite vectors whose largest entry is positive.
fn signed(vector: &[f64]) -> Vec<f64> {
    let largest = vector.iter().copied().fold(0.0f64, |a, b| if b.abs() > a.abs() { b } else { a });
    vector.iter().map(|value| value * largest.signum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, normal, stream};

    #[test]
    fn eigenvectors_are_orthonormal_and_reconstruct_the_matrix() {
        let sizes = [0, 1, 2, 7, 40].into_iter();
        for (size, rounding) in
            sizes.flat_map(|size| [(size, Rounding::Hypot), (size, Rounding::Plain)])
        {
            let numbers = normal(&mut stream(3, Purpose::Components, size as u64), size * size);
            let symmetric =
                |i: usize, j: usize| f64::from(numbers[i * size + j] + numbers[j * size + i]);
            let matrix: Vec<f64> =
                (0..size * size).map(|at| symmetric(at / size, at % size)).collect();
            let Eigen { values, vectors } = eigen(matrix.clone(), size, rounding);
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
    fn equal_and_zero_eigenvalues_are_found() {
        let Eigen { values, vectors } =
            eigen(vec![2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0], 3, Rounding::Hypot);
        assert_eq!(values, [2.0, 2.0, 0.0]);
        assert_eq!(vectors[2], [0.0, 1.0, 0.0]);
        assert_eq!(eigen(vec![0.0; 4], 2, Rounding::Hypot).values, [0.0, 0.0]);
    }

    /// The rotation of the latent components as published results have it.
    fn published_rotate(matrix: &mut [f64], vectors: &mut [f64], size: usize, p: usize, q: usize) {
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

    /// Both work on transposed matrices, which must stay so to the bit through several sweeps.
    #[test]
    fn plain_rounding_gives_the_bits_of_published_latent_components() {
        let size = 12;
        let numbers = normal(&mut stream(4, Purpose::Components, 0), size * size);
        let entry = |i: usize, j: usize| f64::from(numbers[i * size + j] + numbers[j * size + i]);
        let matrix: Vec<f64> = (0..size * size).map(|at| entry(at / size, at % size)).collect();
        let (mut found, mut expected) = (matrix.clone(), matrix);
        let mut vectors = [vec![1.0; size * size], vec![1.0; size * size]];
        for (p, q) in
            (0..4).flat_map(|_| (0..size).flat_map(|p| (p + 1..size).map(move |q| (p, q))))
        {
            assert_eq!(found[q * size + p].to_bits(), expected[p * size + q].to_bits());
            let [one, other] = &mut vectors;
            rotate(&mut found, one, size, [p, q], Rounding::Plain);
            published_rotate(&mut expected, other, size, p, q);
        }
        assert_eq!(vectors[0], vectors[1]);
        for at in 0..size {
            assert_eq!(found[at * size + at].to_bits(), expected[at * size + at].to_bits());
        }
    }
}
