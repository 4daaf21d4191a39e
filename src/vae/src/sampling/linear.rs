//! The linear algebra of Gaussians, in double precision and a fixed order.

use crate::kernels::vectorized;

/// A lower triangular matrix, row by row without zeros.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Triangle {
    size: usize,
    values: Vec<f64>,
}

impl Triangle {
    pub(super) fn zeros(size: usize) -> Self {
        Self { size, values: vec![0.0; size * (size + 1) / 2] }
    }

    /// Returns a row up to the diagonal.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * (row + 1) / 2..][..=row]
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[row * (row + 1) / 2..][..=row]
    }

    pub(super) fn scale(&mut self, factor: f64) {
        self.values.iter_mut().for_each(|value| *value *= factor);
    }

    /// Adds to the diagonal, from the first row on.
    pub(super) fn add_to_diagonal(&mut self, values: impl Iterator<Item = f64>) {
        (0..self.size).zip(values).for_each(|(row, value)| self.row_mut(row)[row] += value);
    }

    /// Returns the Cholesky factor `L` with `L Lᵀ` equal to this symmetric matrix. Directions without
    /// variance, up to rounding, get a column of zeros: a covariance of few samples has many of them.
    pub(super) fn cholesky(&self) -> Self {
        let largest = (0..self.size).map(|row| self.row(row)[row]).fold(0.0, f64::max);
        let min = largest * 1e-12 * self.size as f64;
        let mut factor = Self::zeros(self.size);
        for row in 0..self.size {
            for column in 0..=row {
                let (a, b) = (&factor.row(row)[..column], &factor.row(column)[..column]);
                let rest = self.row(row)[column] - dot(a, b);
                factor.row_mut(row)[column] = if row == column {
                    if rest > min { rest.sqrt() } else { 0.0 }
                } else {
                    let pivot = factor.row(column)[column];
                    if pivot > 0.0 { rest / pivot } else { 0.0 }
                };
            }
        }
        factor
    }

    /// Returns `L x`.
    pub(super) fn times(&self, x: &[f64]) -> Vec<f64> {
        (0..self.size).map(|row| dot(self.row(row), x)).collect()
    }

    /// Returns the logarithm of the product of the diagonal.
    pub(super) fn log_diagonal(&self) -> f64 {
        (0..self.size).map(|row| self.row(row)[row].ln()).sum()
    }
}

vectorized! {
    /// Adds the lower half of `weight * x xᵀ`.
    pub(super) fn add_outer(sum: &mut Triangle, x: &[f64], weight: f64) {
        let mut rest = sum.values.as_mut_slice();
        for row in 0..x.len() {
            let (values, after) = rest.split_at_mut(row + 1);
            let scaled = weight * x[row];
            values.iter_mut().zip(x).for_each(|(value, x)| *value += scaled * x);
            rest = after;
        }
    }
}

vectorized! {
    /// Returns the squared length of `L⁻¹ x`, for a factor `L` without zeros on its diagonal.
    pub(super) fn squared_distance(factor: &Triangle, x: &[f64], solved: &mut Vec<f64>) -> f64 {
        solved.clear();
        let mut rest = factor.values.as_slice();
        for (row, x) in x.iter().enumerate() {
            let (values, after) = rest.split_at(row + 1);
            let left = x - dot(&values[..row], solved);
            solved.push(left / values[row]);
            rest = after;
        }
        dot(solved, solved)
    }
}

/// Returns the inner product over the shorter length, as eight sums that can be computed side by side.
#[inline(always)]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let ((a, a_rest), (b, b_rest)) = (a[..length].as_chunks::<8>(), b[..length].as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        (0..8).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covariance(rows: &[[f64; 3]]) -> Triangle {
        let mut sum = Triangle::zeros(3);
        rows.iter().for_each(|row| add_outer(&mut sum, row, 1.0));
        sum
    }

    #[test]
    fn factor_times_its_transpose_is_the_matrix() {
        let matrix = covariance(&[[2.0, 1.0, 0.5], [0.0, 3.0, -1.0], [1.0, 0.0, 4.0]]);
        let factor = matrix.cholesky();
        for row in 0..3 {
            for column in 0..=row {
                let product = dot(factor.row(row), factor.row(column));
                assert!((product - matrix.row(row)[column]).abs() < 1e-12, "{row} {column}");
            }
        }
        let x = [0.3, -1.0, 2.0];
        let distance = squared_distance(&factor, &factor.times(&x), &mut Vec::new());
        assert!((distance - dot(&x, &x)).abs() < 1e-12);
    }

    #[test]
    fn direction_without_variance_has_a_column_of_zeros() {
        let factor = covariance(&[[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]]).cholesky();
        assert_eq!(factor.row(1)[1], 0.0);
        assert_eq!(factor.row(2), [0.0; 3]);
        let offset = factor.times(&[1.0, 5.0, 5.0]);
        assert!((offset[1] - 2.0 * offset[0]).abs() < 1e-12 && offset[2] == 0.0, "{offset:?}");
    }

    #[test]
    fn inner_product_counts_every_number_once() {
        let numbers: Vec<f64> = (1..=21).map(f64::from).collect();
        assert_eq!(dot(&numbers, &numbers), (1..=21).map(|n| f64::from(n * n)).sum::<f64>());
        assert_eq!(dot(&numbers[..3], &numbers), 14.0);
    }
}
