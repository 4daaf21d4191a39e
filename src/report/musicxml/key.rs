//! The key signature, and how pitches are spelled in it.

/// Pitch classes of C major.
const MAJOR: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
/// Letters and alterations of the twelve classes, raised and lowered.
const SHARPS: [(char, i8); 12] = [
    ('C', 0),
    ('C', 1),
    ('D', 0),
    ('D', 1),
    ('E', 0),
    ('F', 0),
    ('F', 1),
    ('G', 0),
    ('G', 1),
    ('A', 0),
    ('A', 1),
    ('B', 0),
];
const FLATS: [(char, i8); 12] = [
    ('C', 0),
    ('D', -1),
    ('D', 0),
    ('E', -1),
    ('E', 0),
    ('F', 0),
    ('G', -1),
    ('G', 0),
    ('A', -1),
    ('A', 0),
    ('B', -1),
    ('B', 0),
];

/// A key signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// Sharps, or flats as a negative number: -5 to 6.
    pub(super) fifths: i8,
}

/// A pitch as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelling {
    /// `A` to `G`.
    pub(super) letter: char,
    /// Semitones up or down: -1, 0 or 1.
    pub(super) alter: i8,
    /// Octave in which middle C begins the fourth.
    pub(super) octave: i8,
}

impl Key {
    /// The signature that leaves the fewest accidentals; of equals the one of fewest sharps or flats.
    pub(super) fn of(pitches: impl Iterator<Item = u8>) -> Self {
        let mut counts = [0usize; 12];
        pitches.for_each(|pitch| counts[usize::from(pitch) % 12] += 1);
        let inside = |fifths: i8| {
            let tonic = (i32::from(fifths) * 7).rem_euclid(12) as usize;
            MAJOR.iter().map(|degree| counts[(tonic + degree) % 12]).sum::<usize>()
        };
        let best = (-5..=6)
            .max_by_key(|&fifths| (inside(fifths), -(fifths.abs() * 2 + i8::from(fifths < 0))));
        Key { fifths: best.unwrap_or(0) }
    }

    /// How a MIDI pitch is written: with sharps in keys of sharps and in C, with flats in keys of flats.
    pub(super) fn spell(self, pitch: u8) -> Spelling {
        let names = if self.fifths < 0 { &FLATS } else { &SHARPS };
        let (letter, alter) = names[usize::from(pitch) % 12];
        // F sharp major writes its leading tone as E sharp.
        if self.fifths == 6 && pitch % 12 == 5 {
            return Spelling { letter: 'E', alter: 1, octave: pitch as i8 / 12 - 1 };
        }
        Spelling { letter, alter, octave: pitch as i8 / 12 - 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_its_own_signature() {
        for (fifths, tonic) in [(0, 60), (1, 67), (2, 62), (-1, 65), (-3, 63), (6, 66), (-5, 61)] {
            let scale = MAJOR.map(|degree| tonic + degree as u8);
            assert_eq!(Key::of(scale.into_iter()), Key { fifths });
        }
        assert_eq!(Key::of([].into_iter()), Key { fifths: 0 });
    }

    #[test]
    fn no_note_of_the_scale_needs_an_accidental() {
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
    fn octaves_are_those_of_the_letter() {
        let spelled = |pitch| Key { fifths: 0 }.spell(pitch);
        assert_eq!(spelled(60), Spelling { letter: 'C', alter: 0, octave: 4 });
        assert_eq!(spelled(59), Spelling { letter: 'B', alter: 0, octave: 3 });
        assert_eq!(spelled(0), Spelling { letter: 'C', alter: 0, octave: -1 });
    }
}
