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
        const THREE_FOUR: TimeSignature = signature(3, 4);
        const SIX_EIGHT: TimeSignature = signature(6, 8);
        match self {
            Self::FourFour => TimeSignature::COMMON,
            Self::ThreeFour => THREE_FOUR,
            Self::SixEight => SIX_EIGHT,
        }
    }

    /// Ticks per measure.
    pub(super) fn measure(self) -> u32 {
        self.beats() * self.beat()
    }

    /// Ticks per beat as a listener taps it: a dotted quarter in 6/8.
    pub(super) fn beat(self) -> u32 {
        match self {
            Self::FourFour | Self::ThreeFour => QUARTER,
            Self::SixEight => QUARTER * 3 / 2,
        }
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

/// Checked by the compiler.
const fn signature(numerator: u8, denominator: u8) -> TimeSignature {
    match TimeSignature::new(numerator, denominator) {
        Ok(signature) => signature,
        Err(_) => panic!("not a time signature"),
    }
}
