//! The arithmetic over slices that dominates a step besides matrix products.
//!
//! Each function consists of plain loops and is compiled for the widest vectors of the running CPU. No loop
//! reorders a sum by vector width and nothing is fused, so all widths give equal bits.

use crate::adam_step::AdamStep;
use crate::settings::Reconstruction;

/// Defines a function whose body is compiled for AVX-512, AVX2 and the baseline.
macro_rules! vectorized {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        $visibility fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn body($($argument: $type),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f")]
                fn avx512($($argument: $type),*) $(-> $result)? { body($($argument),*) }
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $type),*) $(-> $result)? { body($($argument),*) }
                if is_x86_feature_detected!("avx512f") {
                    // SAFETY: the CPU has the feature that the function is compiled for.
                    return unsafe { avx512($($argument),*) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: as above.
                    return unsafe { avx2($($argument),*) };
                }
            }
            body($($argument),*)
        }
    };
}
pub(crate) use vectorized;

vectorized! {
    /// Computes `sum += row`, elementwise.
    pub(crate) fn add(sum: &mut [f32], row: &[f32]) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
}

vectorized! {
    /// Returns the sum of squares in double precision: eight interleaved sums, then those in order.
    pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
        let mut lanes = [0f64; 8];
        let chunks = values.chunks_exact(8);
        let rest = chunks.remainder();
        for chunk in chunks {
            for (lane, &value) in lanes.iter_mut().zip(chunk) {
                *lane += f64::from(value) * f64::from(value);
            }
        }
        for (lane, &value) in lanes.iter_mut().zip(rest) {
            *lane += f64::from(value) * f64::from(value);
        }
        lanes.iter().sum()
    }
}

vectorized! {
    /// Applies an [`AdamStep`] to slices of equal length. The square is kept finite, because a moment would
    /// never recover from infinity.
    pub(crate) fn adam(step: AdamStep, p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            let g = g * step.scale;
            *m += (g - *m) * step.complement_1;
            *v += ((g * g).min(f32::MAX) - *v) * step.complement_2;
            *p -= step.rate * *m / (v.sqrt() + step.epsilon) + step.decay * *p;
        }
    }
}

vectorized! {
    /// Computes `average += share * (target - average)`, elementwise.
    pub(crate) fn lerp(average: &mut [f32], target: &[f32], share: f32) {
        for (average, target) in average.iter_mut().zip(target) {
            *average += share * (target - *average);
        }
    }
}

/// Returns `exp(x)` for `x <= 0`, accurate to two units in the last place down to -87 and about 1e-38 below
/// (Cephes' polynomial). Branch-free, and NaN stays NaN.
#[inline(always)]
pub(crate) fn exp_not_positive(x: f32) -> f32 {
    /// Adding this rounds to an integer and leaves that integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let mut y = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        y = y * r + coefficient;
    }
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    (y * r * r + r + 1.0) * f32::from_bits(power)
}

/// Returns the sigmoid of `x`, and `exp(-|x|)`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> (f32, f32) {
    let e = exp_not_positive(-x.abs());
    let small = 1.0 / (1.0 + e);
    (if x < 0.0 { e * small } else { small }, e)
}

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

    #[test]
    fn exponential_is_accurate_over_its_range() {
        for step in 0..8600 {
            let x = -(step as f32) * 0.01;
            let (found, exact) = (f64::from(exp_not_positive(x)), f64::from(x).exp());
            assert!((found / exact - 1.0).abs() < 4e-7, "{x} {found} {exact}");
        }
        assert!(exp_not_positive(f32::NEG_INFINITY) < 1e-37);
    }
}
