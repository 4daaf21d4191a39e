//! The meter of the notated measures: their length, and their beats.
//!
//! Beats are what beams and note values make visible: three units in compound meters, a quarter if the unit is a
//! quarter or longer, and otherwise two units, of which an odd number leaves three for the last beat (7/8 is 2 + 2 + 3).

use crate::music::meter::TimeSignature;

/// Places per quarter: twelfths represent both sixteenths and triplets.
pub(super) const PARTS: u32 = 12;
/// Places per sixteenth.
pub(super) const SIXTEENTH: u32 = PARTS / 4;
/// Places per triplet eighth.
pub(super) const TRIPLET: u32 = PARTS / 3;

/// A position in the measure in twelfths of a quarter, `0..48` in 4/4.
pub(super) type Place = u32;

/// The meter of all measures.
///
/// A unit shorter than a sixteenth is counted as a sixteenth: a measure of 5/32 has the places of one of 5/16. Only
/// the names of its note values, and the number of places per written quarter, differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meter {
    /// The time signature.
    pub(super) signature: TimeSignature,
    /// Places per measure, a whole number of sixteenths.
    pub(super) places: Place,
    /// How many times a written note value is half of the counted one.
    pub(super) halvings: u32,
    /// Places per unit, the note value that the denominator names.
    unit: Place,
}

/// A beat of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beat {
    /// Its first place.
    pub(super) start: Place,
    /// The place after its last one.
    pub(super) end: Place,
}

impl Beat {
    /// Returns whether the beat is a quarter, which can be divided into triplets.
    pub(super) fn is_quarter(self) -> bool {
        self.end - self.start == PARTS
    }
}

impl Meter {
    /// Creates the meter of a signature.
    pub(super) fn new(signature: TimeSignature) -> Self {
        let denominator = u32::from(signature.denominator());
        let counted = denominator.min(16);
        let unit = 4 * PARTS / counted;
        Self {
            signature,
            places: unit * u32::from(signature.numerator()),
            halvings: (denominator / counted).ilog2(),
            unit,
        }
    }

    /// Returns whether the unit is a quarter or longer, so that each beat is a quarter.
    pub(super) fn has_quarter_beats(self) -> bool {
        self.unit >= PARTS
    }

    /// Returns the places that a beat has, unless it is the last of an odd number of units.
    fn beat_length(self) -> Place {
        if self.has_quarter_beats() {
            PARTS
        } else if self.signature.is_compound() {
            3 * self.unit
        } else {
            2 * self.unit
        }
    }

    /// Returns the beat that contains `place`.
    pub(super) fn beat(self, place: Place) -> Beat {
        let length = self.beat_length();
        let last = (self.places / length).max(1) - 1;
        let index = (place / length).min(last);
        let end = if index == last { self.places } else { (index + 1) * length };
        Beat { start: index * length, end }
    }

    /// Returns whether a beat or the measure ends at `place`.
    pub(super) fn is_beat_end(self, place: Place) -> bool {
        place == self.places || self.beat(place).start == place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(numerator: u8, denominator: u8) -> Meter {
        Meter::new(TimeSignature::new(numerator, denominator).unwrap())
    }

    fn beats(numerator: u8, denominator: u8) -> Vec<Place> {
        let meter = meter(numerator, denominator);
        let starts = (0..meter.places).filter(|&place| meter.beat(place).start == place);
        starts.map(|place| meter.beat(place).end - place).collect()
    }

    #[test]
    fn measure_length_follows_from_the_signature() {
        for (n, d, places) in
            [(4, 4, 48), (3, 4, 36), (6, 8, 36), (2, 2, 48), (5, 8, 30), (7, 16, 21), (4, 1, 192)]
        {
            let found = meter(n, d);
            assert_eq!((found.places, found.signature.numerator()), (places, n));
            assert_eq!(found.halvings, 0);
        }
    }

    #[test]
    fn units_shorter_than_sixteenths_are_counted_as_sixteenths() {
        for (d, halvings) in [(16, 0), (32, 1), (64, 2), (128, 3)] {
            let found = meter(5, d);
            assert_eq!((found.places, found.halvings), (15, halvings));
        }
    }

    #[test]
    fn beats_are_quarters_or_groups_of_two_or_three_units() {
        assert_eq!(beats(4, 4), [12; 4]);
        assert_eq!(beats(3, 4), [12; 3]);
        assert_eq!(beats(2, 2), [12; 4]);
        assert_eq!(beats(6, 8), [18, 18]);
        assert_eq!(beats(9, 8), [18; 3]);
        assert_eq!(beats(12, 16), [9; 4]);
        assert_eq!(beats(3, 8), [18]);
        assert_eq!(beats(5, 8), [12, 18]);
        assert_eq!(beats(7, 8), [12, 12, 18]);
        assert_eq!(beats(4, 8), [12, 12]);
        assert_eq!(beats(1, 8), [6]);
        assert_eq!(beats(7, 16), [6, 6, 9]);
        assert_eq!(beats(6, 32), beats(6, 16));
    }
}
