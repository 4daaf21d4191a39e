//! Which side of the split a group is on.

use crate::columnar::Split;
use crate::fingerprint::Preimage;

/// The side of a group: a number in 0..1 drawn from its name, against the fraction kept for validation.
/// Other groups have no say in it, so old songs stay where they are when new ones join the corpus.
pub(super) fn side(group: &str, validation: f64) -> Split {
    let digest = Preimage::new("split").text(group).finish();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.bytes()[..8]);
    // 53 bits: every value is exact as a float, and below 1.
    let place = (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64;
    if place < validation { Split::Validation } else { Split::Train }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_the_asked_fraction_of_many_groups_is_validation() {
        let held = (0..10_000).filter(|n| side(&n.to_string(), 0.1) == Split::Validation).count();
        assert!((900..1100).contains(&held), "{held}");
    }

    #[test]
    fn raising_the_fraction_keeps_what_was_validation() {
        let names: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
        let kept = |name: &&String| side(name, 0.1) == Split::Validation;
        assert!(names.iter().filter(kept).all(|name| side(name, 0.2) == Split::Validation));
        assert!(names.iter().all(|name| side(name, 0.0) == Split::Train));
    }
}
