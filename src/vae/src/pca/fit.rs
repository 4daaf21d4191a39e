//! The search for principal components.

use super::kernels;
use super::linear_code::{Pca, PcaError, PcaSettings};
use super::matrix::Matrix;
use super::orthonormal::{gram, multiply, orthonormal};
use super::projection::codes;
use crate::jacobi::{Eigen, Rounding, eigen};
use crate::observer::Control;
use crate::rng::{Purpose, normal, stream};
use crate::samples::{Rows, Samples};
use partita_music::roll::RollSize;
use rayon::prelude::*;

/// Samples held in memory at a time.
const CHUNK: usize = 2048;
/// Cells that one thread processes at a time.
const CELLS: usize = 512;
/// Multiplications with the covariance.
const ROUNDS: u64 = 3;
/// Minimum number of directions beyond the requested components; widths are multiples of a vector register.
const OVERSAMPLING: usize = 8;
const LANES: usize = 16;
/// A variance below this share of the largest one is rounding error.
const NEGLIGIBLE: f64 = 1e-6;

impl Pca {
    /// Finds the components of these samples, which are read `ROUNDS + 2` times, in order.
    ///
    /// `observe` gets the number of samples read and the total; [`Control::Stop`] ends the search. The
    /// current rayon pool does the work.
    ///
    /// # Errors
    /// Returns an error if a sample cannot be read or does not fit the geometry, or if `observe` stops the
    /// search.
    pub fn fit(
        samples: &dyn Samples,
        settings: &PcaSettings,
        observe: &mut dyn FnMut(u64, u64) -> Control,
    ) -> Result<Self, PcaError> {
        let mut passes = Passes { samples, geometry: settings.geometry, done: 0, observe };
        let (mean, start) = passes.start(settings)?;
        let mut basis = orthonormal(start);
        for _ in 0..ROUNDS {
            basis = orthonormal(passes.covariance(&basis, &mean)?);
        }
        let Eigen { values, vectors } = passes.principal(&basis, &mean)?;
        let largest = values.first().copied().unwrap_or(0.0);
        let found = values.iter().filter(|&&value| value > largest * NEGLIGIBLE).count();
        let rank = found.min(settings.components);
        let mut rotation = Matrix::zero(basis.width, rank);
        for (unit, vector) in vectors[..rank].iter().enumerate() {
            for (direction, &share) in vector.iter().enumerate() {
                rotation.values[direction * rank + unit] = share as f32;
            }
        }
        let components = multiply(&basis, &rotation).values;
        let offset = project(&mean, &components, rank);
        Ok(Pca {
            geometry: settings.geometry,
            total_variance: mean.iter().map(|&p| f64::from(p) * (1.0 - f64::from(p))).sum(),
            mean,
            offset,
            components,
            variances: values[..rank].to_vec(),
        })
    }
}

/// The samples as a matrix that is never in memory as a whole: one row per sample, one column per cell.
struct Passes<'a> {
    samples: &'a dyn Samples,
    geometry: RollSize,
    done: u64,
    observe: &'a mut dyn FnMut(u64, u64) -> Control,
}

impl Passes<'_> {
    /// Reads all samples once, a chunk at a time; `visit` gets the index of the chunk's first sample too.
    fn pass(&mut self, mut visit: impl FnMut(usize, &Rows)) -> Result<(), PcaError> {
        let count = self.samples.len();
        for first in (0..count).step_by(CHUNK) {
            let end = count.min(first + CHUNK);
            let measures = Rows::read(self.samples, first..end, self.geometry)?;
            visit(first, &measures.songs(self.geometry));
            self.done += (end - first) as u64;
            let total = (ROUNDS + 2) * count as u64;
            if (self.observe)(self.done, total) == Control::Stop {
                return Err(PcaError::Stopped);
            }
        }
        Ok(())
    }

    /// Returns the mean sample, and random combinations of the centred samples: a first guess of their span.
    fn start(&mut self, settings: &PcaSettings) -> Result<(Vec<f32>, Matrix), PcaError> {
        let (cells, count) = (self.geometry.cells(), self.samples.len());
        let wanted = (settings.components + OVERSAMPLING).next_multiple_of(LANES);
        let width = if settings.components == 0 { 0 } else { wanted.min(count) };
        let (mut onsets, mut weights) = (vec![0u32; cells], vec![0.0; width]);
        let mut combined = Matrix::zero(cells, width);
        self.pass(|first, rows| {
            let random_row = |row: usize| {
                let index = (first + row) as u64;
                normal(&mut stream(settings.seed, Purpose::Components, index), width)
            };
            let random: Vec<Vec<f32>> = (0..rows.len()).into_par_iter().map(random_row).collect();
            let random = Matrix { rows: rows.len(), width, values: random.concat() };
            let by_cell = rows.by_cell(cells);
            add_transposed(&mut combined, &random, &by_cell);
            weights.iter_mut().zip(random.column_sums()).for_each(|(all, part)| *all += part);
            let found = |cell| by_cell.row(cell).len() as u32;
            onsets.iter_mut().enumerate().for_each(|(cell, onsets)| *onsets += found(cell));
        })?;
        let samples = count.max(1) as f64;
        let mean: Vec<f32> = onsets.iter().map(|&n| (f64::from(n) / samples) as f32).collect();
        subtract_product(&mut combined, &mean, &weights);
        Ok((mean, combined))
    }

    /// Returns the covariance, times the number of samples, times a matrix.
    fn covariance(&mut self, basis: &Matrix, mean: &[f32]) -> Result<Matrix, PcaError> {
        let offset = project(mean, &basis.values, basis.width);
        let (cells, mut weights) = (self.geometry.cells(), vec![0.0; basis.width]);
        let mut product = Matrix::zero(cells, basis.width);
        self.pass(|_, rows| {
            let codes = codes(rows, &basis.values, &offset);
            add_transposed(&mut product, &codes, &rows.by_cell(cells));
            weights.iter_mut().zip(codes.column_sums()).for_each(|(all, part)| *all += part);
        })?;
        subtract_product(&mut product, mean, &weights);
        Ok(product)
    }

    /// Returns the principal variances and directions of the samples in the span of the basis
    /// (Rayleigh-Ritz).
    fn principal(&mut self, basis: &Matrix, mean: &[f32]) -> Result<Eigen, PcaError> {
        let width = basis.width;
        let offset = project(mean, &basis.values, width);
        let mut products = vec![0.0; width * width];
        self.pass(|_, rows| {
            let part = gram(&codes(rows, &basis.values, &offset));
            products.iter_mut().zip(part).for_each(|(all, part)| *all += part);
        })?;
        let samples = self.samples.len().max(1) as f64;
        products.iter_mut().for_each(|product| *product /= samples);
        Ok(eigen(products, width, Rounding::Hypot))
    }
}

/// Returns a row of cells times a matrix with one row per cell.
fn project(row: &[f32], basis: &[f32], width: usize) -> Vec<f64> {
    if width == 0 {
        return Vec::new();
    }
    // One sum per chunk, then those in order: chunks, not threads, define the result.
    let products = |(basis, row): (&[f32], &[f32])| {
        let mut sums = vec![0.0; width];
        for (basis, &value) in basis.chunks_exact(width).zip(row) {
            let value = f64::from(value);
            sums.iter_mut().zip(basis).for_each(|(sum, &b)| *sum += value * f64::from(b));
        }
        sums
    };
    let chunks = basis.par_chunks(CELLS * width).zip(row.par_chunks(CELLS));
    let chunks: Vec<Vec<f64>> = chunks.map(products).collect();
    chunks.into_iter().fold(vec![0.0; width], |mut all, part| {
        all.iter_mut().zip(part).for_each(|(all, part)| *all += part);
        all
    })
}

/// Adds to the row of each cell the codes of the samples that have an onset there.
fn add_transposed(sum: &mut Matrix, codes: &Matrix, by_cell: &Rows) {
    let width = sum.width;
    if width > 0 {
        sum.values.par_chunks_mut(CELLS * width).enumerate().for_each(|(block, rows)| {
            for (cell, row) in rows.chunks_exact_mut(width).enumerate() {
                kernels::add_rows(row, &codes.values, by_cell.row(block * CELLS + cell));
            }
        });
    }
}

/// Subtracts the product of a column and a row.
fn subtract_product(matrix: &mut Matrix, column: &[f32], row: &[f64]) {
    let width = matrix.width;
    if width > 0 {
        matrix.values.par_chunks_exact_mut(width).zip(column).for_each(|(values, &factor)| {
            let factor = f64::from(factor);
            values.iter_mut().zip(row).for_each(|(value, row)| *value -= (factor * row) as f32);
        });
    }
}
