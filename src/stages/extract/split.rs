//! Assigns groups to the sides of the split.

use crate::columnar::Split;
use crate::fingerprint::Preimage;

/// Sides of the split in the order of their samples, which is that of their names.
pub(super) const SPLITS: [Split; 3] = [Split::Judging, Split::Train, Split::Validation];

/// Fractions of the groups that are held out of training, each 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HeldOut {
    pub(super) validation: f64,
    pub(super) judging: f64,
}

impl HeldOut {
    /// Returns the side of a group by a number in 0..1, a hash of the group's name. Validation takes the numbers from 0
    /// up, judging those from 1 down, so neither fraction moves groups between the two other sides. The side does not
    /// depend on other groups, so songs stay on their side when the corpus grows.
    pub(super) fn side_of(self, group: &str) -> Split {
        let number = hash(group);
        if number < self.validation {
            Split::Validation
        } else if number >= 1.0 - self.judging {
            Split::Judging
        } else {
            Split::Train
        }
    }
}

/// Returns true if the samples of songs on both sides are cut in the same way, for any `hop` and `offset`.
pub(super) fn are_cut_alike(a: Split, b: Split) -> bool {
    (a == Split::Train) == (b == Split::Train)
}

/// Hashes the name of a group to 0..1.
fn hash(group: &str) -> f64 {
    let digest = Preimage::new("split").text(group).finish();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.bytes()[..8]);
    // 53 bits: every value is exact as a float, and below 1.
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(group: usize, validation: f64, judging: f64) -> Split {
        HeldOut { validation, judging }.side_of(&group.to_string())
    }

    #[test]
    fn about_the_requested_fractions_of_many_groups_are_held_out() {
        let count = |split| (0..10_000).filter(|&group| side(group, 0.1, 0.15) == split).count();
        let counts = [Split::Validation, Split::Judging].map(count);
        assert!((900..1100).contains(&counts[0]), "{counts:?}");
        assert!((1350..1650).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn higher_fraction_keeps_the_validation_groups() {
        let kept = |&group: &usize| side(group, 0.1, 0.0) == Split::Validation;
        let mut groups = (0..1000).filter(kept);
        assert!(groups.all(|group| side(group, 0.2, 0.0) == Split::Validation));
        assert!((0..1000).all(|group| side(group, 0.0, 0.0) == Split::Train));
    }

    #[test]
    fn neither_fraction_moves_groups_between_the_other_sides() {
        for group in 0..1000 {
            let before = side(group, 0.2, 0.2);
            let (fewer, more) = (side(group, 0.2, 0.0), side(group, 0.6, 0.2));
            assert_eq!(fewer == Split::Validation, before == Split::Validation);
            assert_eq!(more == Split::Judging, before == Split::Judging);
        }
    }
}
