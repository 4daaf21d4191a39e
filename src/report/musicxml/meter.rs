//! How long a measure is on paper.

use super::rhythm::{PARTS, Place, SIXTEENTH};
use crate::music::meter::TimeSignature;

/// The meter of all measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meter {
    /// As written above each other: how many, of which note.
    pub(super) signature: TimeSignature,
    /// Places of a measure, whole sixteenths.
    pub(super) places: Place,
}

impl Meter {
    /// The meter of a signature; one whose measure is no whole number of sixteenths is written as 4/4.
    pub(super) fn of(signature: TimeSignature) -> Self {
        let whole = 4 * PARTS * u32::from(signature.numerator());
        let unit = u32::from(signature.denominator()).max(1);
        if whole.is_multiple_of(unit * SIXTEENTH) {
            Self { signature, places: whole / unit }
        } else {
            Self { signature: TimeSignature::COMMON, places: 4 * PARTS }
        }
    }

    /// Whether the quarter that holds this place ends within the measure, so that it can be divided into
    /// triplets.
    pub(super) fn is_whole_beat(self, place: Place) -> bool {
        (place / PARTS + 1) * PARTS <= self.places
    }

    /// How many places share a beam: a quarter, or three eighths where those are the beat.
    pub(super) fn beam(self) -> Place {
        if self.signature.is_compound() && self.signature.denominator() == 8 {
            PARTS / 2 * 3
        } else {
            PARTS
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_as_long_as_its_signature_says() {
        let meter = |n, d| Meter::of(TimeSignature::new(n, d).unwrap());
        for (n, d, places) in
            [(4, 4, 48), (3, 4, 36), (6, 8, 36), (2, 2, 48), (5, 8, 30), (7, 16, 21)]
        {
            assert_eq!((meter(n, d).places, meter(n, d).signature.numerator()), (places, n));
        }
        assert_eq!(meter(5, 32), Meter::of(TimeSignature::COMMON));
        assert_eq!([meter(6, 8).beam(), meter(3, 4).beam()], [18, 12]);
        assert!(meter(5, 8).is_whole_beat(23) && !meter(5, 8).is_whole_beat(24));
    }
}
