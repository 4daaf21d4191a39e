//! The key signature, and the spelling of pitches in it.

/// Pitch classes of C major.
const MAJOR: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
/// Letters of the twelve pitch classes, with sharps and with flats.
const SHARPS: &[u8; 12] = b"CCDDEFFGGAAB";
const FLATS: &[u8; 12] = b"CDDEEFGGAABB";

/// A key signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// Sharps, or flats as a negative number: -5 to 6.
    pub(super) fifths: i8,
}

/// The spelling of a pitch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelling {
    /// `A` to `G`.
    pub(super) letter: char,
    /// Semitones up or down: -1, 0 or 1.
    pub(super) alter: i8,
    /// Octave; middle C is the first note of octave 4.
    pub(super) octave: i8,
}

impl Key {
    /// Chooses the signature that needs the fewest accidentals, and among equals the one with the fewest sharps or flats.
    pub(super) fn from_pitches(pitches: impl Iterator<Item = u8>) -> Self {
        let mut counts = [0usize; 12];
        pitches.for_each(|pitch| counts[usize::from(pitch) % 12] += 1);
        let inside = |fifths: i8| {
            let tonic = (i32::from(fifths) * 7).rem_euclid(12) as usize;
            MAJOR.iter().map(|degree| counts[(tonic + degree) % 12]).sum::<usize>()
        };
        let best = (-5..=6)
            .max_by_key(|&fifths| (inside(fifths), -(fifths.abs() * 2 + i8::from(fifths < 0))));
        Self { fifths: best.unwrap_or(0) }
    }

    /// Spells a MIDI pitch: with sharps in sharp keys and in C, with flats in flat keys.
    pub(super) fn spell(self, pitch: u8) -> Spelling {
        let class = usize::from(pitch % 12);
        let (letters, altered) = if self.fifths < 0 { (FLATS, -1) } else { (SHARPS, 1) };
        let alter = if MAJOR.contains(&class) { 0 } else { altered };
        let octave = pitch as i8 / 12 - 1;
        // F sharp major spells its leading tone as E sharp.
        if self.fifths == 6 && class == 5 {
            return Spelling { letter: 'E', alter: 1, octave };
        }
        Spelling { letter: letters[class].into(), alter, octave }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_has_its_own_signature() {
        for (fifths, tonic) in [(0, 60), (1, 67), (2, 62), (-1, 65), (-3, 63), (6, 66), (-5, 61)] {
            let scale = MAJOR.map(|degree| tonic + degree as u8);
            assert_eq!(Key::from_pitches(scale.into_iter()), Key { fifths });
        }
        assert_eq!(Key::from_pitches([].into_iter()), Key { fifths: 0 });
    }

    #[test]
    fn notes_of_the_scale_need_no_accidental() {
        let altered = |fifths: i8, letter: char| {
            let order = if fifths > 0 { "FCGDAEB" } else { "BEADGCF" };
            let count = usize::from(fifths.unsigned_abs());
            if order[..count].contains(letter) { fifths.signum() } else { 0 }
        };
        for fifths in -5..=6i8 {
            let tonic = (i32::from(fifths) * 7).rem_euclid(12) as u8;
            for degree in MAJOR {
                let Spelling { letter, alter, .. } =
                    Key { fifths }.spell(60 + tonic + degree as u8);
                assert_eq!(alter, altered(fifths, letter), "{fifths} {letter}");
            }
        }
    }

    #[test]
    fn octave_is_that_of_the_letter() {
        let spelled = |pitch| Key { fifths: 0 }.spell(pitch);
        assert_eq!(spelled(60), Spelling { letter: 'C', alter: 0, octave: 4 });
        assert_eq!(spelled(59), Spelling { letter: 'B', alter: 0, octave: 3 });
        assert_eq!(spelled(0), Spelling { letter: 'C', alter: 0, octave: -1 });
    }
}
