//! The arithmetic of the loss over slices; see [`partita_numerics::kernels`] for that of all networks.

use crate::settings::Reconstruction;

pub(crate) use partita_numerics::kernels::{
    adam, add, exp_not_positive, lerp, sigmoid, sum_of_squares,
};
pub(crate) use partita_numerics::vectorized;

/// Cells processed together: a product of this many numbers in (1, 2] stays below 2^64.
const BLOCK: usize = 64;

vectorized! {
    /// Adds the bias to each logit and replaces it by its probability.
    pub(crate) fn probabilities(logits: &mut [f32], bias: &[f32]) {
        for (logit, bias) in logits.iter_mut().zip(bias) {
            *logit = sigmoid(*logit + bias).0;
        }
    }
}

vectorized! {
    /// Returns the cross-entropy of one measure without onsets; replaces logits by `scale` times its
    /// derivatives.
    fn silent_bce(logits: &mut [f32], bias: &[f32], scale: f32) -> f64 {
        let mut sum = 0.0;
        for (logits, bias) in logits.chunks_mut(BLOCK).zip(bias.chunks(BLOCK)) {
            // log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), with one log of the product of all.
            let (mut positive, mut product) = ([0f32; 8], [1f64; 8]);
            let mut cell = |lane: usize, logit: &mut f32, bias: f32| {
                let x = *logit + bias;
                let (probability, e) = sigmoid(x);
                positive[lane] += (x.abs() + x) * 0.5;
                product[lane] *= 1.0 + f64::from(e);
                *logit = probability * scale;
            };
            let (logits, logits_rest) = logits.as_chunks_mut::<8>();
            let (bias, bias_rest) = bias.as_chunks::<8>();
            for (logits, bias) in logits.iter_mut().zip(bias) {
                for lane in 0..8 {
                    cell(lane, &mut logits[lane], bias[lane]);
                }
            }
            for (lane, (logit, &bias)) in logits_rest.iter_mut().zip(bias_rest).enumerate() {
                cell(lane, logit, bias);
            }
            sum += f64::from(positive.iter().sum::<f32>()) + product.iter().product::<f64>().ln();
        }
        sum
    }
}

vectorized! {
    /// Returns the squared error of one measure without onsets; replaces logits by `scale` times its
    /// derivatives.
    fn silent_mse(logits: &mut [f32], bias: &[f32], scale: f32) -> f64 {
        let mut sum = 0.0;
        for (logits, bias) in logits.chunks_mut(BLOCK).zip(bias.chunks(BLOCK)) {
            let mut squares = [0f32; 8];
            for (index, (logit, bias)) in logits.iter_mut().zip(bias).enumerate() {
                let p = sigmoid(*logit + bias).0;
                squares[index % 8] += p * p;
                *logit = 2.0 * scale * p * p * (1.0 - p);
            }
            sum += f64::from(squares.iter().sum::<f32>());
        }
        sum
    }
}

/// Returns the loss of one measure with these onsets, summed over its cells. Replaces `logits`, which do not
/// include the `bias`, by `scale` times the derivatives of the loss.
pub(crate) fn measure_loss(
    reconstruction: Reconstruction,
    logits: &mut [f32],
    bias: &[f32],
    onsets: &[u32],
    scale: f32,
) -> f64 {
    // Computed as for silence, then corrected at the few onsets.
    let cells = onsets.iter().map(|&cell| cell as usize);
    let onset_logits: Vec<f32> = cells.clone().map(|cell| logits[cell] + bias[cell]).collect();
    let mut loss = match reconstruction {
        Reconstruction::Mse => silent_mse(logits, bias, scale),
        // Settings do not allow Poisson for the thesis network.
        Reconstruction::Bce | Reconstruction::Poisson => silent_bce(logits, bias, scale),
    };
    for (cell, x) in cells.zip(onset_logits) {
        let p = sigmoid(x).0;
        match reconstruction {
            Reconstruction::Bce | Reconstruction::Poisson => {
                loss -= f64::from(x);
                logits[cell] = (p - 1.0) * scale;
            }
            Reconstruction::Mse => {
                loss += 1.0 - 2.0 * f64::from(p);
                logits[cell] = -2.0 * scale * (1.0 - p) * p * (1.0 - p);
            }
        }
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logit(cell: usize) -> f64 {
        ((cell * 37) % 101) as f64 * 0.4 - 20.0
    }

    #[test]
    fn losses_and_derivatives_equal_double_precision() {
        let (cells, onsets, scale) = (203, [0, 7, 64, 130, 202], 0.25);
        let bias: Vec<f32> = (0..cells).map(|cell| (cell % 5) as f32 * 0.5 - 1.0).collect();
        for reconstruction in [Reconstruction::Bce, Reconstruction::Mse] {
            let mut logits: Vec<f32> =
                (0..cells).map(|cell| logit(cell) as f32 - bias[cell]).collect();
            let loss = measure_loss(reconstruction, &mut logits, &bias, &onsets, scale as f32);
            let mut expected = 0.0;
            for (cell, &found) in logits.iter().enumerate() {
                let x = logit(cell);
                let y = if onsets.contains(&(cell as u32)) { 1.0 } else { 0.0 };
                let p = 1.0 / (1.0 + (-x).exp());
                let derivative = match reconstruction {
                    Reconstruction::Bce | Reconstruction::Poisson => {
                        expected += x.max(0.0) + (-x.abs()).exp().ln_1p() - x * y;
                        p - y
                    }
                    Reconstruction::Mse => {
                        expected += (y - p) * (y - p);
                        -2.0 * (y - p) * p * (1.0 - p)
                    }
                };
                let difference = (f64::from(found) - scale * derivative).abs();
                assert!(difference < 1e-6, "{reconstruction:?} cell {cell}: {found} {derivative}");
            }
            assert!((loss / expected - 1.0).abs() < 1e-6, "{reconstruction:?} {loss} {expected}");
        }
    }

    #[test]
    fn loss_of_silence_at_low_probabilities_equals_double_precision() {
        let (mut logits, bias) = (vec![-11.5; 9216], vec![0.0; 9216]);
        let loss = measure_loss(Reconstruction::Bce, &mut logits, &bias, &[], 1.0);
        let expected = 9216.0 * (-11.5f64).exp().ln_1p();
        assert!((loss / expected - 1.0).abs() < 1e-5, "{loss} {expected}");
    }

    #[test]
    fn nan_logit_gives_nan_loss() {
        for reconstruction in [Reconstruction::Bce, Reconstruction::Mse] {
            let mut logits = vec![0.0; 70];
            logits[3] = f32::NAN;
            assert!(measure_loss(reconstruction, &mut logits, &[0.0; 70], &[1], 1.0).is_nan());
            assert!(logits[3].is_nan());
        }
    }
}
