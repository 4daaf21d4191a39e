//! Accidentals: the signs before notes, which many programs show only where the sheet names them.

use super::key::{Key, Spelling};
use std::collections::BTreeMap;

/// The accidentals of a measure of one staff.
pub(super) struct Accidentals {
    key: Key,
    /// The alteration that was last written for a letter in an octave.
    written: BTreeMap<(char, i8), i8>,
}

impl Accidentals {
    /// Returns the state at the start of a measure, where the signature holds.
    pub(super) fn new(key: Key) -> Self {
        Self { key, written: BTreeMap::new() }
    }

    /// Returns the name in MusicXML of the sign that the next note needs, since neither the signature nor an earlier note
    /// of the measure alters it in the same way.
    pub(super) fn next(&mut self, spelling: Spelling) -> Option<&'static str> {
        let Spelling { letter, alter, octave } = spelling;
        let unwritten = self.key.signature_alter(letter);
        let current = self.written.insert((letter, octave), alter).unwrap_or(unwritten);
        if current == alter {
            return None;
        }
        Some(match alter {
            ..=-1 => "flat",
            0 => "natural",
            1 => "sharp",
            2.. => "double-sharp",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(fifths: i8, pitches: &[u8]) -> Vec<&'static str> {
        let key = Key { fifths };
        let mut accidentals = Accidentals::new(key);
        let sign = |&pitch: &u8| accidentals.next(key.spell(pitch)).unwrap_or("-");
        pitches.iter().map(sign).collect()
    }

    #[test]
    fn sign_holds_in_its_octave_until_another_one() {
        assert_eq!(
            signs(0, &[61, 61, 73, 60, 60, 61]),
            ["sharp", "-", "sharp", "natural", "-", "sharp"]
        );
    }

    #[test]
    fn notes_of_the_scale_have_none_and_others_cancel_the_signature() {
        assert_eq!(signs(-1, &[70, 71, 70, 61]), ["-", "natural", "flat", "sharp"]);
        assert_eq!(signs(6, &[66, 65, 67, 66]), ["-", "-", "double-sharp", "sharp"]);
    }
}
