//! Projection of sparse samples onto a basis.

use super::kernels;
use super::matrix::Matrix;
use crate::samples::Rows;
use rayon::prelude::*;

/// Returns the sum of the basis rows of each sample's onsets, minus the offset.
pub(super) fn codes(rows: &Rows, basis: &[f32], offset: &[f64]) -> Matrix {
    let mut codes = Matrix::zero(rows.len(), offset.len());
    if !offset.is_empty() {
        let start: Vec<f32> = offset.iter().map(|&value| -value as f32).collect();
        codes.values.par_chunks_exact_mut(offset.len()).enumerate().for_each(|(row, code)| {
            code.copy_from_slice(&start);
            kernels::add_rows(code, basis, rows.row(row));
        });
    }
    codes
}
