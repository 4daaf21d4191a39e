//! The features of candidates, as rows of a sparse layer.

use crate::kernels::axpy;
use crate::net::{Net, WIDTH};
use std::ops::Range;

/// Rows of a window: differences of -12..=12 semitones or steps.
pub(crate) const WINDOW: usize = 2 * RADIUS + 1;
pub(crate) const RADIUS: usize = 12;

/// The features of the candidates `0..count` of a decision: pitches of a chord, for example.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Terms {
    /// Rows that all candidates have, and their factors.
    pub(crate) common: Vec<(usize, f32)>,
    /// Blocks of rows: candidate `first + i` has row `row + i`.
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Block {
    first: usize,
    row: usize,
    count: usize,
    factor: f32,
}

impl Terms {
    pub(crate) fn clear(&mut self) {
        self.common.clear();
        self.blocks.clear();
    }

    /// Adds the features of other terms.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.common.append(&mut other.common);
        self.blocks.append(&mut other.blocks);
    }

    /// Adds a row to all candidates.
    pub(crate) fn common(&mut self, row: usize, factor: f32) {
        self.common.push((row, factor));
    }

    /// Adds rows from `row` on to all candidates, one for each factor.
    pub(crate) fn common_each(&mut self, row: usize, factors: &[f32]) {
        self.common.extend((row..).zip(factors.iter().copied()));
    }

    /// Adds rows from `row` on to one candidate, one for each factor.
    pub(crate) fn local_each(&mut self, candidate: usize, row: usize, factors: &[f32]) {
        (row..).zip(factors).for_each(|(row, &factor)| self.local(candidate, row, factor));
    }

    /// Adds a row to one candidate.
    pub(crate) fn local(&mut self, candidate: usize, row: usize, factor: f32) {
        self.blocks.push(Block { first: candidate, row, count: 1, factor });
    }

    /// Adds rows from `row` on to the candidates of a range, one row each.
    pub(crate) fn block(&mut self, candidates: Range<usize>, row: usize, factor: f32) {
        if !candidates.is_empty() {
            self.blocks.push(Block {
                first: candidates.start,
                row,
                count: candidates.len(),
                factor,
            });
        }
    }

    /// Adds the window around `center`: candidate `center + d` gets row `row + RADIUS + d`.
    pub(crate) fn window(&mut self, center: usize, row: usize, factor: f32, count: usize) {
        let first = center.saturating_sub(RADIUS);
        let end = (center + RADIUS + 1).min(count);
        if first < end {
            self.block(first..end, row + RADIUS + first - center, factor);
        }
    }

    /// Returns the factor of each row for a candidate.
    #[cfg(test)]
    pub(crate) fn dense(&self, candidate: usize, rows: usize) -> Vec<f64> {
        let mut dense = vec![0.0; rows];
        self.common.iter().for_each(|&(row, factor)| dense[row] += f64::from(factor));
        for &Block { first, row, count, factor } in &self.blocks {
            if (first..first + count).contains(&candidate) {
                dense[row + candidate - first] += f64::from(factor);
            }
        }
        dense
    }

    /// Adds the rows to the sums of all candidates, `[candidates, WIDTH]`.
    pub(crate) fn add_to(&self, net: Net, parameters: &[f32], sums: &mut [f32]) {
        if !self.common.is_empty() {
            let mut common = [0.0; WIDTH];
            self.common_sum(net, parameters, &mut common);
            sums.chunks_exact_mut(WIDTH).for_each(|sum| axpy(sum, &common, 1.0));
        }
        for &Block { first, row, count, factor } in &self.blocks {
            let rows = &parameters[net.row(row)..net.row(row + count)];
            axpy(&mut sums[first * WIDTH..(first + count) * WIDTH], rows, factor);
        }
    }

    /// Adds the rows that all candidates have to one sum.
    pub(crate) fn common_sum(&self, net: Net, parameters: &[f32], sum: &mut [f32]) {
        for &(row, factor) in &self.common {
            axpy(sum, &parameters[net.row(row)..net.row(row + 1)], factor);
        }
    }

    /// Adds the derivatives of a candidate's sum to the gradients of its rows, except the common ones.
    pub(crate) fn learn(
        &self,
        net: Net,
        gradients: &mut [f32],
        candidate: usize,
        sum_gradient: &[f32],
    ) {
        for &Block { first, row, count, factor } in &self.blocks {
            if (first..first + count).contains(&candidate) {
                let row = row + candidate - first;
                axpy(&mut gradients[net.row(row)..net.row(row + 1)], sum_gradient, factor);
            }
        }
    }

    /// Adds derivatives, `[candidates, WIDTH]`, to the gradients of all rows except the common ones.
    pub(crate) fn learn_all(&self, net: Net, gradients: &mut [f32], sum_gradients: &[f32]) {
        for &Block { first, row, count, factor } in &self.blocks {
            let rows = &mut gradients[net.row(row)..net.row(row + count)];
            axpy(rows, &sum_gradients[first * WIDTH..(first + count) * WIDTH], factor);
        }
    }

    /// Adds the derivatives of the common sum to the gradients of its rows.
    pub(crate) fn learn_common(&self, net: Net, gradients: &mut [f32], sum_gradient: &[f32]) {
        for &(row, factor) in &self.common {
            axpy(&mut gradients[net.row(row)..net.row(row + 1)], sum_gradient, factor);
        }
    }
}
