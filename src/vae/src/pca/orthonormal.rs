//! An orthonormal basis of the span of a tall matrix's columns.
//!
//! Cholesky-QR, twice (Yamamoto et al. 2015): the second pass corrects the rounding errors of the first. The
//! factorization pivots, so dependent columns are dropped instead of dividing by zero. Gram matrices are
//! summed in double precision over chunks of fixed size, in order.

use super::kernels;
use super::matrix::Matrix;
use rayon::prelude::*;

/// Rows whose products one thread sums; part of the definition of every sum.
const CHUNK: usize = 4096;
/// If a column's part outside the span of the others is below this share of the longest column, it is
/// rounding error of single precision.
const NEGLIGIBLE: f64 = 1e-5;

/// Returns a matrix with as many rows, orthonormal columns and the same span; it has fewer columns if some
/// of them are dependent.
pub(super) fn orthonormal(mut matrix: Matrix) -> Matrix {
    for _ in 0..2 {
        let transform = inverse_factor(gram(&matrix), matrix.width);
        matrix = multiply(&matrix, &transform);
    }
    matrix
}

/// Returns the inner products of all pairs of columns, row-major `[width, width]`.
pub(super) fn gram(matrix: &Matrix) -> Vec<f64> {
    let width = matrix.width;
    let mut total = vec![0.0; width * width];
    if width == 0 {
        return total;
    }
    let products = |rows: &[f32]| {
        let mut sums = vec![0.0; width * width];
        kernels::add_products(&mut sums, rows, width);
        sums
    };
    let chunks: Vec<_> = matrix.values.par_chunks(CHUNK * width).map(products).collect();
    for chunk in chunks {
        total.iter_mut().zip(chunk).for_each(|(sum, part)| *sum += part);
    }
    for row in 0..width {
        for column in 0..row {
            total[row * width + column] = total[column * width + row];
        }
    }
    total
}

/// Returns `matrix` times a small matrix with `matrix.width` rows.
pub(super) fn multiply(matrix: &Matrix, small: &Matrix) -> Matrix {
    let mut product = Matrix::zero(matrix.rows, small.width);
    if small.width > 0 {
        let rows = product.values.par_chunks_mut(CHUNK * small.width);
        rows.zip(matrix.values.par_chunks(CHUNK * matrix.width)).for_each(|(products, rows)| {
            kernels::multiply(products, rows, &small.values, small.width);
        });
    }
    product
}

/// Returns `P R^-1` for the Gram matrix `P R^T R P^T` of some columns, which makes them orthonormal.
fn inverse_factor(mut gram: Vec<f64>, width: usize) -> Matrix {
    let (order, rank) = pivoted_cholesky(&mut gram, width);
    // Column by column: R x = e_column, from the bottom.
    let mut inverse = Matrix::zero(width, rank);
    let mut solution = vec![0.0; rank];
    for column in 0..rank {
        solution.fill(0.0);
        for row in (0..=column).rev() {
            let solved: f64 = (row + 1..=column).map(|k| gram[row * width + k] * solution[k]).sum();
            let wanted = if row == column { 1.0 } else { 0.0 };
            solution[row] = (wanted - solved) / gram[row * width + row];
            inverse.values[order[row] * rank + column] = solution[row] as f32;
        }
    }
    inverse
}

/// Leaves R in the upper triangle of the first `rank` rows and columns; returns the order of the columns
/// and the rank (Higham, *Accuracy and Stability of Numerical Algorithms*, section 10.3).
fn pivoted_cholesky(gram: &mut [f64], width: usize) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..width).collect();
    let mut longest = 0.0f64;
    for step in 0..width {
        let remaining = |at: usize| gram[at * width + at];
        let pivot = (step..width)
            .fold(step, |best, at| if remaining(at) > remaining(best) { at } else { best });
        let length = remaining(pivot);
        longest = longest.max(length);
        if length.is_nan() || length <= longest * NEGLIGIBLE * NEGLIGIBLE {
            return (order, step);
        }
        swap_symmetric(gram, width, step, pivot);
        order.swap(step, pivot);
        let diagonal = length.sqrt();
        gram[step * width + step] = diagonal;
        (step + 1..width).for_each(|column| gram[step * width + column] /= diagonal);
        for row in step + 1..width {
            for column in row..width {
                let product = gram[step * width + row] * gram[step * width + column];
                gram[row * width + column] -= product;
            }
        }
    }
    (order, width)
}

/// Swaps two rows and columns of a symmetric matrix of which only the upper triangle counts below row `a`,
/// and two columns above it.
fn swap_symmetric(gram: &mut [f64], width: usize, a: usize, b: usize) {
    if a == b {
        return;
    }
    (0..a).for_each(|row| gram.swap(row * width + a, row * width + b));
    (a + 1..b).for_each(|between| gram.swap(a * width + between, between * width + b));
    (b + 1..width).for_each(|column| gram.swap(a * width + column, b * width + column));
    gram.swap(a * width + a, b * width + b);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, normal, stream};

    fn random(rows: usize, width: usize) -> Matrix {
        Matrix { rows, width, values: normal(&mut stream(5, Purpose::Components, 9), rows * width) }
    }

    fn assert_orthonormal(matrix: &Matrix) {
        let width = matrix.width;
        for (at, value) in gram(matrix).into_iter().enumerate() {
            let expected = f64::from(u8::from(at / width == at % width));
            assert!((value - expected).abs() < 1e-6, "{} {}: {value}", at / width, at % width);
        }
    }

    #[test]
    fn columns_of_very_different_length_become_orthonormal() {
        let mut matrix = random(9000, 24);
        for row in matrix.values.chunks_exact_mut(24) {
            row.iter_mut().enumerate().for_each(|(at, value)| *value *= 0.7f32.powi(at as i32));
        }
        let basis = orthonormal(matrix);
        assert_eq!((basis.rows, basis.width), (9000, 24));
        assert_orthonormal(&basis);
    }

    #[test]
    fn dependent_columns_are_dropped_and_the_span_is_kept() {
        let base = random(500, 6);
        let mix = random(6, 20);
        let mixed = multiply(&base, &mix);
        let basis = orthonormal(mixed.clone());
        assert_eq!(basis.width, 6);
        assert_orthonormal(&basis);
        // Projected onto the basis, each row of the mixture is unchanged.
        for column in 0..20 {
            let values: Vec<f64> =
                (0..500).map(|row| f64::from(mixed.values[row * 20 + column])).collect();
            let mut rest = values.clone();
            for unit in 0..6 {
                let of = |row: usize| f64::from(basis.values[row * 6 + unit]);
                let dot: f64 = (0..500).map(|row| of(row) * values[row]).sum();
                (0..500).for_each(|row| rest[row] -= dot * of(row));
            }
            let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
            assert!(length(&rest) < 1e-5 * length(&values));
        }
        assert_eq!(orthonormal(Matrix::zero(30, 4)).width, 0);
    }
}
