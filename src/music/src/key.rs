//! Key signatures.

/// Tonics of the major keys from seven flats to seven sharps; those of the minor keys are three places further.
const TONICS: [&str; 18] = [
    "Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#",
    "A#",
];

/// A key signature: at most seven sharps or flats, and the mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySignature {
    sharps: i8,
    minor: bool,
}

impl KeySignature {
    /// Creates a key signature of `sharps` (negative: flats); `None` for more than seven.
    pub fn new(sharps: i8, minor: bool) -> Option<Self> {
        (-7..=7).contains(&sharps).then_some(Self { sharps, minor })
    }

    /// Sharps (positive) or flats (negative), -7..=7.
    pub fn sharps(self) -> i8 {
        self.sharps
    }

    /// Whether the mode is minor.
    pub fn is_minor(self) -> bool {
        self.minor
    }

    /// Name of the tonic, such as `C`, `F#` or `Bb`.
    pub fn tonic(self) -> &'static str {
        TONICS[(self.sharps + 7) as usize + if self.minor { 3 } else { 0 }]
    }

    /// `major` or `minor`.
    pub fn mode(self) -> &'static str {
        if self.minor { "minor" } else { "major" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tonics_follow_the_circle_of_fifths() {
        let tonic = |sharps, minor| KeySignature::new(sharps, minor).unwrap().tonic();
        let major = (-7..=7).map(|sharps| tonic(sharps, false));
        let expected = "Cb Gb Db Ab Eb Bb F C G D A E B F# C#";
        assert_eq!(major.collect::<Vec<_>>().join(" "), expected);
        let minor = (-7..=7).map(|sharps| tonic(sharps, true));
        let expected = "Ab Eb Bb F C G D A E B F# C# G# D# A#";
        assert_eq!(minor.collect::<Vec<_>>().join(" "), expected);
        assert_eq!((KeySignature::new(8, false), KeySignature::new(-8, true)), (None, None));
    }
}
