//! Decoding of codes to scores of all cells.

use super::kernels;
use rayon::prelude::*;

/// Codes decoded together: as many as a product sums in registers.
const BLOCK: usize = 64;
/// Cells whose scores one thread computes at a time.
const CELLS: usize = 1024;

/// Returns one list of scores per code: the mean plus the code's combination of the components,
/// `[cells, rank]`. The matrix is read once for every 64 codes, in memory order.
pub(super) fn decode(components: &[f32], mean: &[f32], codes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    codes.chunks(BLOCK).flat_map(|codes| decode_block(components, mean, codes)).collect()
}

fn decode_block(components: &[f32], mean: &[f32], codes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let rank = codes.first().map_or(0, Vec::len);
    // One column per code; missing columns are zero.
    let mut columns = vec![0.0; rank * BLOCK];
    for (column, code) in codes.iter().enumerate() {
        for (unit, &value) in code.iter().enumerate() {
            columns[unit * BLOCK + column] = value;
        }
    }
    // Scores of some cells: all of the first code, then all of the next.
    let chunk = |(rows, mean): (&[f32], &[f32])| {
        let mut products = vec![0.0; mean.len() * BLOCK];
        kernels::multiply(&mut products, rows, &columns, BLOCK);
        let mut scores = Vec::with_capacity(codes.len() * mean.len());
        for column in 0..codes.len() {
            let products = products[column..].iter().step_by(BLOCK);
            scores.extend(mean.iter().zip(products).map(|(mean, product)| mean + product));
        }
        scores
    };
    let chunks: Vec<Vec<f32>> =
        components.par_chunks(CELLS * rank).zip(mean.par_chunks(CELLS)).map(chunk).collect();
    let gather = |code: usize| {
        let mut all = Vec::with_capacity(mean.len());
        for scores in &chunks {
            let cells = scores.len() / codes.len();
            all.extend_from_slice(&scores[code * cells..][..cells]);
        }
        all
    };
    (0..codes.len()).into_par_iter().map(gather).collect()
}
