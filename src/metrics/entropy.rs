//! Shannon entropy.

/// Shannon entropy of counts in bits; NaN without counts.
pub(super) fn entropy(counts: &[f64]) -> f64 {
    let all: f64 = counts.iter().sum();
    if all <= 0.0 {
        return f64::NAN;
    }
    let part = |&count: &f64| {
        let share = count / all;
        share * share.recip().log2()
    };
    counts.iter().filter(|&&count| count > 0.0).map(part).sum()
}
