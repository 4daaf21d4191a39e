//! The arithmetic of candidates over slices, compiled for the widest vectors of the running CPU.

use crate::net::{INNER, WIDTH};
pub(crate) use partita_numerics::kernels::{axpy, dot};
use partita_numerics::vectorized;

/// Candidates computed together, so that each loaded weight serves all of them.
const TOGETHER: usize = 4;

vectorized! {
    /// Computes `relu(relu(sums) weights + bias)` of each candidate; `weights` is `[WIDTH, INNER]`.
    pub(crate) fn inner(sums: &[f32], weights: &[f32], bias: &[f32], inner: &mut [f32]) {
        let (weights, _) = weights.as_chunks::<INNER>();
        let mut start = [0f32; INNER];
        start.copy_from_slice(bias);
        let (blocks, rest) = sums.as_chunks::<{ WIDTH * TOGETHER }>();
        let (outputs, outputs_rest) = inner.as_chunks_mut::<{ INNER * TOGETHER }>();
        for (sums, inner) in blocks.iter().zip(outputs) {
            let mut units = [start; TOGETHER];
            for (column, weights) in weights.iter().enumerate().take(WIDTH) {
                for (candidate, units) in units.iter_mut().enumerate() {
                    let value = sums[candidate * WIDTH + column].max(0.0);
                    for unit in 0..INNER {
                        units[unit] += value * weights[unit];
                    }
                }
            }
            for (candidate, units) in units.iter().enumerate() {
                for unit in 0..INNER {
                    inner[candidate * INNER + unit] = units[unit].max(0.0);
                }
            }
        }
        let (rest, _) = rest.as_chunks::<WIDTH>();
        let (outputs_rest, _) = outputs_rest.as_chunks_mut::<INNER>();
        for (sums, inner) in rest.iter().zip(outputs_rest) {
            let mut units = start;
            for (value, weights) in sums.iter().zip(weights) {
                let value = value.max(0.0);
                for unit in 0..INNER {
                    units[unit] += value * weights[unit];
                }
            }
            for unit in 0..INNER {
                inner[unit] = units[unit].max(0.0);
            }
        }
    }
}

vectorized! {
    /// Adds the gradient of the dense layer's weights, and replaces `sum_gradient` by that of the sums of one candidate.
    /// `transposed` is `[INNER, WIDTH]`.
    pub(crate) fn inner_gradient(
        sums: &[f32],
        transposed: &[f32],
        gradient: &[f32; INNER],
        weight_gradients: &mut [f32],
        sum_gradient: &mut [f32; WIDTH],
    ) {
        *sum_gradient = [0.0; WIDTH];
        let (transposed, _) = transposed.as_chunks::<WIDTH>();
        for (weights, &gradient) in transposed.iter().zip(gradient) {
            if gradient != 0.0 {
                for column in 0..WIDTH {
                    sum_gradient[column] += gradient * weights[column];
                }
            }
        }
        let (weight_gradients, _) = weight_gradients.as_chunks_mut::<INNER>();
        for ((&value, into), of_sum) in sums.iter().zip(weight_gradients).zip(sum_gradient) {
            if value > 0.0 {
                for unit in 0..INNER {
                    into[unit] += value * gradient[unit];
                }
            } else {
                *of_sum = 0.0;
            }
        }
    }
}
