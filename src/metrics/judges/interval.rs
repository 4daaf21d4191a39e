//! Confidence interval of a share.

/// Standard deviations of a normal distribution that hold 95 %.
const DEVIATIONS: f64 = 1.959_964;

/// Returns the 95 % interval of a share of `count` independent trials, at least one (Wilson 1927).
pub(super) fn wilson(share: f64, count: usize) -> (f64, f64) {
    let count = count.max(1) as f64;
    let square = DEVIATIONS * DEVIATIONS;
    let centre = share + square / (2.0 * count);
    let variance = share * (1.0 - share) / count + square / (4.0 * count * count);
    let reach = DEVIATIONS * variance.sqrt();
    let scale = 1.0 + square / count;
    // At 0 and 1 rounding would leave the share outside.
    (((centre - reach) / scale).clamp(0.0, share), ((centre + reach) / scale).clamp(share, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_reference() {
        // statsmodels: proportion_confint(81, 263, method="wilson") = (0.2553, 0.3662)
        let (low, high) = wilson(81.0 / 263.0, 263);
        assert!((low - 0.2553).abs() < 1e-4 && (high - 0.3662).abs() < 1e-4, "{low} {high}");
        let (low, high) = wilson(1.0, 10);
        assert!((low - 0.7225).abs() < 1e-4 && high == 1.0, "{low} {high}");
    }
}
