//! Note values.

use super::meter::{PARTS, TRIPLET};

/// Names in MusicXML, each half of the one before. The first is as long as four whole notes.
const NAMES: [&str; 10] =
    ["long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"];
/// Index of the quarter in [`NAMES`].
const QUARTER: usize = 4;

/// A note value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    /// Length in places.
    pub(super) length: u32,
    /// Index in [`NAMES`].
    index: usize,
    /// Whether it is longer by a half.
    pub(super) dotted: bool,
    /// Whether three fill the time of two.
    pub(super) triplet: bool,
}

/// Every value of whole sixteenths with at most one dot, longest first.
pub(super) const VALUES: [Value; 12] = [
    plain(0),
    dotted(1),
    plain(1),
    dotted(2),
    plain(2),
    dotted(3),
    plain(3),
    dotted(4),
    plain(4),
    dotted(5),
    plain(5),
    plain(6),
];

const fn plain(index: usize) -> Value {
    Value { length: (16 * PARTS) >> index, index, dotted: false, triplet: false }
}

const fn dotted(index: usize) -> Value {
    let Value { length, .. } = plain(index);
    Value { length: length / 2 * 3, dotted: true, ..plain(index) }
}

impl Value {
    pub(super) const SIXTEENTH: Self = plain(QUARTER + 2);

    /// Returns the longest value in a beat of triplets that has at most this many places, of which there is one
    /// triplet eighth or more.
    pub(super) fn triplet(places: u32) -> Self {
        let index = if places >= 2 * TRIPLET { QUARTER } else { QUARTER + 1 };
        Self { length: plain(index).length / 3 * 2, triplet: true, ..plain(index) }
    }

    /// Returns the name in MusicXML of the value in a meter whose written values are halved `halvings` times.
    pub(super) fn name(self, halvings: u32) -> &'static str {
        NAMES[(self.index + halvings as usize).min(NAMES.len() - 1)]
    }

    /// Returns the number of flags or beams of the value, written as for [`name`](Self::name).
    pub(super) fn flags(self, halvings: u32) -> usize {
        (self.index + halvings as usize).saturating_sub(QUARTER)
    }
}

#[cfg(test)]
mod tests {
    use super::super::meter::SIXTEENTH;
    use super::*;

    #[test]
    fn values_are_sorted_and_their_lengths_are_those_of_their_names() {
        assert!(VALUES.is_sorted_by(|a, b| a.length > b.length));
        let named = |name| VALUES.iter().find(|value| value.name(0) == name && !value.dotted);
        for (name, length) in [("breve", 96), ("whole", 48), ("quarter", 12), ("16th", SIXTEENTH)] {
            assert_eq!(named(name).map(|value| value.length), Some(length), "{name}");
        }
        assert_eq!([TRIPLET, 2 * TRIPLET].map(|places| Value::triplet(places).length), [4, 8]);
        assert_eq!(Value::SIXTEENTH.length, SIXTEENTH);
    }

    #[test]
    fn halved_values_have_the_next_name_and_one_more_flag() {
        assert_eq!((Value::SIXTEENTH.name(0), Value::SIXTEENTH.flags(0)), ("16th", 2));
        assert_eq!((Value::SIXTEENTH.name(3), Value::SIXTEENTH.flags(3)), ("128th", 5));
        assert_eq!((VALUES[0].name(0), VALUES[0].flags(3)), ("long", 0));
    }
}
