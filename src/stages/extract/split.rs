//! Assigns groups to the train and validation split.

use crate::columnar::Split;
use crate::fingerprint::Preimage;

/// Returns the split of a group: compares a number in 0..1, a hash of the group's name, with the validation fraction.
/// The split does not depend on other groups, so songs stay in their split when the corpus grows.
pub(super) fn split_of(group: &str, validation: f64) -> Split {
    let digest = Preimage::new("split").text(group).finish();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.bytes()[..8]);
    // 53 bits: every value is exact as a float, and below 1.
    let number = (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64;
    if number < validation { Split::Validation } else { Split::Train }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_the_requested_fraction_of_many_groups_is_validation() {
        let is_validation = |n: &i32| split_of(&n.to_string(), 0.1) == Split::Validation;
        let count = (0..10_000).filter(is_validation).count();
        assert!((900..1100).contains(&count), "{count}");
    }

    #[test]
    fn higher_fraction_keeps_the_validation_groups() {
        let names: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
        let kept = |name: &&String| split_of(name, 0.1) == Split::Validation;
        assert!(names.iter().filter(kept).all(|name| split_of(name, 0.2) == Split::Validation));
        assert!(names.iter().all(|name| split_of(name, 0.0) == Split::Train));
    }
}
