//! The arithmetic over slices that dominates a step besides matrix products.
//!
//! Each function consists of plain loops and is compiled for the widest vectors of the running CPU. No loop
//! reorders a sum by vector width and nothing is fused, so all widths give equal bits.

use crate::adam_step::AdamStep;

/// Defines a function whose body is compiled for AVX-512, AVX2 and the baseline.
#[macro_export]
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
vectorized! {
    /// Computes `sum += row`, elementwise.
    pub fn add(sum: &mut [f32], row: &[f32]) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
}

vectorized! {
    /// Computes `sum += factor * row`, elementwise.
    pub fn axpy(sum: &mut [f32], row: &[f32], factor: f32) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += factor * value;
        }
    }
}

vectorized! {
    /// Returns the scalar product: sixteen interleaved sums, then those by halves.
    pub fn dot(a: &[f32], b: &[f32]) -> f32 {
        let mut lanes = [0f32; 16];
        let (a, a_rest) = a.as_chunks::<16>();
        let (b, b_rest) = b.as_chunks::<16>();
        for (a, b) in a.iter().zip(b) {
            for lane in 0..16 {
                lanes[lane] += a[lane] * b[lane];
            }
        }
        for half in [8, 4, 2, 1] {
            for lane in 0..half {
                lanes[lane] += lanes[lane + half];
            }
        }
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
        lanes[0] + rest
    }
}

vectorized! {
    /// Returns the sum of squares in double precision: eight interleaved sums, then those in order.
    pub fn sum_of_squares(values: &[f32]) -> f64 {
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
    pub fn adam(step: AdamStep, p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
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
    pub fn lerp(average: &mut [f32], target: &[f32], share: f32) {
        for (average, target) in average.iter_mut().zip(target) {
            *average += share * (target - *average);
        }
    }
}

/// Returns `exp(x)` for `x <= 0`, accurate to two units in the last place down to -87 and about 1e-38 below
/// (Cephes' polynomial). Branch-free, and NaN stays NaN.
#[inline(always)]
pub fn exp_not_positive(x: f32) -> f32 {
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
pub fn sigmoid(x: f32) -> (f32, f32) {
    let e = exp_not_positive(-x.abs());
    let small = 1.0 / (1.0 + e);
    (if x < 0.0 { e * small } else { small }, e)
}

#[cfg(test)]
mod tests {
    use super::*;

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
