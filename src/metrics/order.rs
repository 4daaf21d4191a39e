//! Numbers as integers of the same order, and buckets of neighbouring numbers, to select and rank cells without sorting
//! all of them.

/// Number of buckets of [`bucket`].
pub(super) const BUCKETS: usize = 1 << (32 - SHIFT);
/// A bucket has the numbers of one sign, exponent and first seven bits of the fraction: of 147,456 probabilities, few
/// share one with a given other.
const SHIFT: u32 = 16;

/// Returns an integer in the same order as the numbers; 0 and -0 are equal, and NaN comes first.
pub(super) fn ascending(value: f32) -> u32 {
    if value.is_nan() {
        return 0;
    }
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | (1 << 31) }
}

/// Returns the bucket of such an integer, below [`BUCKETS`]; larger integers have the same or a higher one.
pub(super) fn bucket(order: u32) -> usize {
    (order >> SHIFT) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_buckets_have_the_order_of_the_numbers() {
        let numbers = [
            f32::NAN,
            f32::NEG_INFINITY,
            -3.0,
            -1e-40,
            0.0,
            1e-40,
            0.25,
            0.2501,
            1.0,
            f32::INFINITY,
        ];
        let orders = numbers.map(ascending);
        assert!(orders.is_sorted_by(|a, b| a < b), "{orders:?}");
        assert!(orders.map(bucket).is_sorted() && bucket(u32::MAX) == BUCKETS - 1);
        assert_eq!(ascending(-0.0), ascending(0.0));
    }
}
