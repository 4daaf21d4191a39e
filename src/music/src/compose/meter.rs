//! The meters that are composed in, in ticks.

use crate::meter::TimeSignature;

/// Ticks per quarter note.
pub(super) const QUARTER: u32 = 480;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meter {
    FourFour,
    ThreeFour,
    SixEight,
}

impl Meter {
    pub(super) fn signature(self) -> TimeSignature {
        let (numerator, denominator) = self.choose((4, 4), (3, 4), (6, 8));
        TimeSignature::new(numerator, denominator).expect("each meter is a time signature")
    }

    /// Ticks per measure.
    pub(super) fn measure(self) -> u32 {
        self.beats() * self.beat()
    }

    /// Ticks per beat as a listener taps it: a dotted quarter in 6/8.
    pub(super) fn beat(self) -> u32 {
        self.choose(QUARTER, QUARTER, QUARTER * 3 / 2)
    }

    pub(super) fn beats(self) -> u32 {
        u32::from(self.signature().beats())
    }

    /// Returns the argument of this meter.
    pub(super) fn choose<T>(self, four_four: T, three_four: T, six_eight: T) -> T {
        match self {
            Self::FourFour => four_four,
            Self::ThreeFour => three_four,
            Self::SixEight => six_eight,
        }
    }
}
