//! The meter of the notated measures.

use crate::music::meter::TimeSignature;

/// Places per quarter: twelfths represent both sixteenths and triplets.
pub(super) const PARTS: u32 = 12;
/// Places per sixteenth.
pub(super) const SIXTEENTH: u32 = PARTS / 4;

/// A position in the measure in twelfths of a quarter, `0..48` in 4/4.
pub(super) type Place = u32;

/// The meter of all measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meter {
    /// The time signature.
    pub(super) signature: TimeSignature,
    /// Places per measure, a whole number of sixteenths.
    pub(super) places: Place,
}

impl Meter {
    /// Creates the meter of a signature; 4/4 if its measure is not a whole number of sixteenths.
    pub(super) fn new(signature: TimeSignature) -> Self {
        let whole = 4 * PARTS * u32::from(signature.numerator());
        let unit = u32::from(signature.denominator()).max(1);
        if whole.is_multiple_of(unit * SIXTEENTH) {
            Self { signature, places: whole / unit }
        } else {
            Self { signature: TimeSignature::COMMON, places: 4 * PARTS }
        }
    }

    /// Returns whether the quarter that contains `place` ends within the measure, so that it can be divided into
    /// triplets.
    pub(super) fn is_whole_beat(self, place: Place) -> bool {
        (place / PARTS + 1) * PARTS <= self.places
    }

    /// Returns the number of places under one beam: a quarter, or three eighths in compound meters.
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
    fn measure_length_follows_from_the_signature() {
        let meter = |n, d| Meter::new(TimeSignature::new(n, d).unwrap());
        for (n, d, places) in
            [(4, 4, 48), (3, 4, 36), (6, 8, 36), (2, 2, 48), (5, 8, 30), (7, 16, 21)]
        {
            assert_eq!((meter(n, d).places, meter(n, d).signature.numerator()), (places, n));
        }
        assert_eq!(meter(5, 32), Meter::new(TimeSignature::COMMON));
        assert_eq!([meter(6, 8).beam(), meter(3, 4).beam()], [18, 12]);
        assert!(meter(5, 8).is_whole_beat(23) && !meter(5, 8).is_whole_beat(24));
    }
}
