//! Keys and modes. Melodies move in *scale steps*: step 0 is the tonic near middle C, step 7 the tonic an octave
//! higher; the current chord decides the semitone of a step.

use crate::key::KeySignature;

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub(super) enum Mode {
    Major,
    Dorian,
    Phrygian,
    Lydian,
    Mixolydian,
    Minor,
    #[strum(to_string = "harmonic minor")]
    HarmonicMinor,
}

impl Mode {
    /// Semitones of the seven degrees over the tonic. Harmonic minor is minor; its dominants are raised chord by
    /// chord, see [`super::harmony`].
    pub(super) fn degrees(self) -> [i32; 7] {
        match self {
            Self::Major => [0, 2, 4, 5, 7, 9, 11],
            Self::Dorian => [0, 2, 3, 5, 7, 9, 10],
            Self::Phrygian => [0, 1, 3, 5, 7, 8, 10],
            Self::Lydian => [0, 2, 4, 6, 7, 9, 11],
            Self::Mixolydian => [0, 2, 4, 5, 7, 9, 10],
            Self::Minor | Self::HarmonicMinor => [0, 2, 3, 5, 7, 8, 10],
        }
    }

    pub(super) fn is_minor(self) -> bool {
        self.degrees()[2] == 3
    }
}

/// A tonic and a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// Pitch class, 0 = C.
    pub(super) tonic: u8,
    pub(super) mode: Mode,
}

impl Key {
    pub(super) fn name(self) -> String {
        const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
        format!("{} {}", NAMES[usize::from(self.tonic % 12)], self.mode)
    }

    /// MIDI pitch of scale step 0, within a tritone of middle C.
    pub(super) fn base(self) -> i32 {
        let tonic = i32::from(self.tonic);
        if tonic <= 5 { 60 + tonic } else { 48 + tonic }
    }

    /// Returns the key `semitones` higher, in another mode.
    pub(super) fn transposed(self, semitones: u8, mode: Mode) -> Self {
        Self { tonic: (self.tonic + semitones) % 12, mode }
    }

    /// The major or minor key signature of the same tonic: MIDI has no other modes. `Some` for every key.
    pub(super) fn signature(self) -> Option<KeySignature> {
        let minor = self.mode.is_minor();
        // Fifths from C: a pitch class times 7, mod 12, in -5..=6 so that flats are written where usual.
        let relative = if minor { self.tonic + 3 } else { self.tonic };
        let fifths = i32::from(relative) * 7 % 12;
        KeySignature::new((if fifths > 6 { fifths - 12 } else { fifths }) as i8, minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_signatures_are_those_of_the_circle_of_fifths() {
        let sharps = |tonic, mode| Key { tonic, mode }.signature().unwrap().sharps();
        assert_eq!(sharps(0, Mode::Major), 0);
        assert_eq!(sharps(7, Mode::Mixolydian), 1);
        assert_eq!(sharps(5, Mode::Major), -1);
        assert_eq!(sharps(9, Mode::Minor), 0);
        assert_eq!(sharps(2, Mode::Dorian), -1);
        assert_eq!(sharps(4, Mode::HarmonicMinor), 1);
        assert_eq!(sharps(6, Mode::Major), 6);
    }
}
