//! Even choices among many.

/// Returns at most `max` of `count` indices, ascending and evenly spread; all of them if `max` is 0.
pub(super) fn spread(count: usize, max: usize) -> Vec<usize> {
    if max == 0 || max >= count {
        return (0..count).collect();
    }
    (0..max).map(|place| place * count / max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_indices_are_spread_over_all() {
        assert_eq!(spread(10, 0).len(), 10);
        assert_eq!(spread(10, 5), [0, 2, 4, 6, 8]);
        assert_eq!(spread(3, 5), [0, 1, 2]);
    }
}
