//! A dense row-major matrix in single precision.

/// A matrix of `rows` times `width` numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) width: usize,
    pub(super) values: Vec<f32>,
}

impl Matrix {
    pub(super) fn zero(rows: usize, width: usize) -> Self {
        Matrix { rows, width, values: vec![0.0; rows * width] }
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    /// Returns the sums of all columns, from the first row to the last.
    pub(super) fn column_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for row in 0..self.rows {
            sums.iter_mut().zip(self.row(row)).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        sums
    }
}
