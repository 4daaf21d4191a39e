//! Codes back into scores of all cells.

use super::kernels;
use rayon::prelude::*;

/// Codes that are decoded together: as many as a product sums in registers.
const TOGETHER: usize = 64;
/// Cells whose scores one thread computes.
const CELLS: usize = 1024;

/// The mean and each code's share of the components, `[cells, rank]`, on it: a list of scores a code. The matrix is
/// read once for every 64 codes, in the order in which it lies in memory.
pub(super) fn decode(components: &[f32], mean: &[f32], codes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    codes.chunks(TOGETHER).flat_map(|codes| together(components, mean, codes)).collect()
}

fn together(components: &[f32], mean: &[f32], codes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let rank = codes.first().map_or(0, Vec::len);
    // A column a code; columns that are missing are zero.
    let mut columns = vec![0.0; rank * TOGETHER];
    for (column, code) in codes.iter().enumerate() {
        for (unit, &value) in code.iter().enumerate() {
            columns[unit * TOGETHER + column] = value;
        }
    }
    // The scores of some cells: all of the first code, then all of the next.
    let piece = |(rows, mean): (&[f32], &[f32])| {
        let mut products = vec![0.0; mean.len() * TOGETHER];
        kernels::multiply(&mut products, rows, &columns, TOGETHER);
        let mut scores = Vec::with_capacity(codes.len() * mean.len());
        for column in 0..codes.len() {
            let products = products[column..].iter().step_by(TOGETHER);
            scores.extend(mean.iter().zip(products).map(|(mean, product)| mean + product));
        }
        scores
    };
    let pieces: Vec<Vec<f32>> =
        components.par_chunks(CELLS * rank).zip(mean.par_chunks(CELLS)).map(piece).collect();
    let gather = |code: usize| {
        let mut all = Vec::with_capacity(mean.len());
        for scores in &pieces {
            let cells = scores.len() / codes.len();
            all.extend_from_slice(&scores[code * cells..][..cells]);
        }
        all
    };
    (0..codes.len()).into_par_iter().map(gather).collect()
}
