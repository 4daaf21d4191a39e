//! The key signature, and the spelling of pitches in it.

/// Pitch classes of C major.
const MAJOR: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
/// Letters along the line of fifths: each is a fifth above the one before. Every seventh raises the same letter by a
/// semitone.
const FIFTHS: &[u8; 7] = b"FCGDAEB";

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
    /// Semitones up or down: -1 to 2.
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

    /// Returns the alteration that the signature gives a letter: -1, 0 or 1.
    pub(super) fn signature_alter(self, letter: char) -> i8 {
        // The natural letters are at -1 to 5 on the line of fifths; a sharp raises one by seven positions.
        let natural = FIFTHS.iter().position(|&it| char::from(it) == letter).unwrap_or(0) as i8 - 1;
        match self.fifths {
            sharps if natural + 1 < sharps => 1,
            flats if natural > 5 + flats => -1,
            _ => 0,
        }
    }

    /// Spells a MIDI pitch. Pitches outside the scale are its raised first, fourth and fifth degrees and its lowered third
    /// and seventh, so that the leading tones of the relative minor, the supertonic and the dominant are raised notes,
    /// also in flat keys: twelve neighbours on the line of fifths, from three below the tonic to eight above it.
    pub(super) fn spell(self, pitch: u8) -> Spelling {
        // Positions on the line: C is 0, G is 1, F is -1.
        let first = i32::from(self.fifths) - 3;
        let position = first + (i32::from(pitch) * 7 - first).rem_euclid(12);
        // F, at -1, starts the natural letters.
        let letter = FIFTHS[(position + 1).rem_euclid(7) as usize];
        let alter = (position + 1).div_euclid(7);
        let octave = (i32::from(pitch) - alter).div_euclid(12) - 1;
        Spelling { letter: letter.into(), alter: alter as i8, octave: octave as i8 }
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
        for fifths in -5..=6i8 {
            let tonic = (i32::from(fifths) * 7).rem_euclid(12) as u8;
            for degree in MAJOR {
                let Spelling { letter, alter, .. } =
                    Key { fifths }.spell(60 + tonic + degree as u8);
                let order = if fifths > 0 { "FCGDAEB" } else { "BEADGCF" };
                let is_altered = order[..usize::from(fifths.unsigned_abs())].contains(letter);
                let expected = if is_altered { fifths.signum() } else { 0 };
                assert_eq!(alter, expected, "{fifths} {letter}");
                assert_eq!(Key { fifths }.signature_alter(letter), expected, "{fifths} {letter}");
            }
        }
    }

    fn names(fifths: i8, pitches: std::ops::Range<u8>) -> String {
        let name = |pitch| {
            let Spelling { letter, alter, .. } = Key { fifths }.spell(pitch);
            let accidental = ["b", "", "#", "x"][(alter + 1) as usize];
            format!("{letter}{accidental}")
        };
        pitches.map(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn chromatic_notes_are_spelled_by_the_key() {
        assert_eq!(names(0, 60..72), "C C# D Eb E F F# G G# A Bb B");
        assert_eq!(names(-1, 60..72), "C C# D Eb E F F# G Ab A Bb B");
        assert_eq!(names(2, 60..72), "C C# D D# E F F# G G# A A# B");
        assert_eq!(names(-3, 60..72), "C Db D Eb E F Gb G Ab A Bb B");
        assert_eq!(names(-5, 60..72), "C Db D Eb Fb F Gb G Ab A Bb Cb");
        assert_eq!(names(6, 60..72), "B# C# Cx D# E E# F# Fx G# A A# B");
    }

    #[test]
    fn leading_tone_of_each_minor_key_is_the_letter_below_its_tonic_raised() {
        for fifths in -5..=6i8 {
            let tonic = (69 + i32::from(fifths) * 7).rem_euclid(12) as u8 + 60;
            let [leading, tonic] = [tonic - 1, tonic].map(|pitch| Key { fifths }.spell(pitch));
            let letter = |spelling: Spelling| spelling.letter as i32 - 'A' as i32;
            assert_eq!((letter(leading) + 1) % 7, letter(tonic), "{fifths}");
            let signature = Key { fifths }.signature_alter(leading.letter);
            assert_eq!(leading.alter, signature + 1, "{fifths}");
        }
    }

    #[test]
    fn octave_is_that_of_the_letter() {
        let spelled = |pitch| Key { fifths: 0 }.spell(pitch);
        assert_eq!(spelled(60), Spelling { letter: 'C', alter: 0, octave: 4 });
        assert_eq!(spelled(59), Spelling { letter: 'B', alter: 0, octave: 3 });
        assert_eq!(spelled(0), Spelling { letter: 'C', alter: 0, octave: -1 });
        let b_sharp = Spelling { letter: 'B', alter: 1, octave: 3 };
        assert_eq!(Key { fifths: 6 }.spell(60), b_sharp);
        let c_flat = Spelling { letter: 'C', alter: -1, octave: 5 };
        assert_eq!(Key { fifths: -5 }.spell(71), c_flat);
    }
}
