//! Moods: the tempos, modes, meters and pace that suit a scene.

use super::scale::Mode;

/// The scene of a game that a song is for; most other choices depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
pub(super) enum Mood {
    Overworld,
    Town,
    Battle,
    Dungeon,
    Castle,
    Chase,
    Sea,
    Shop,
}

/// Tempos, meters and pace of a mood.
pub(super) struct Style {
    /// Slowest and fastest quarter notes per minute.
    pub(super) tempi: (i32, i32),
    /// Weights of 4/4, 3/4 and 6/8.
    pub(super) meters: [u32; 3],
    /// How busy the music is: 0 (calm) to 3 (frantic).
    pub(super) energy: u32,
    /// Probability in percent that a song swings.
    pub(super) swing: u32,
}

impl Mood {
    pub(super) fn style(self) -> Style {
        let (tempi, meters, energy, swing) = match self {
            Self::Overworld => ((112, 152), [86, 8, 6], 2, 14),
            Self::Town => ((76, 116), [70, 22, 8], 1, 14),
            Self::Battle => ((138, 184), [94, 2, 4], 3, 5),
            Self::Dungeon => ((66, 104), [80, 10, 10], 0, 5),
            Self::Castle => ((80, 132), [70, 22, 8], 1, 5),
            Self::Chase => ((144, 192), [94, 2, 4], 3, 5),
            Self::Sea => ((84, 132), [60, 12, 28], 1, 5),
            Self::Shop => ((100, 144), [86, 8, 6], 2, 35),
        };
        Style { tempi, meters, energy, swing }
    }

    /// Modes and their weights.
    pub(super) fn modes(self) -> &'static [(u32, Mode)] {
        use Mode::{Dorian, HarmonicMinor, Lydian, Major, Minor, Mixolydian, Phrygian};
        match self {
            Self::Overworld => &[(5, Major), (3, Mixolydian), (2, Lydian), (2, Dorian)],
            Self::Town => &[(6, Major), (2, Lydian), (1, Mixolydian), (1, Minor)],
            Self::Battle => &[(4, Minor), (3, HarmonicMinor), (2, Dorian), (2, Phrygian)],
            Self::Dungeon => &[(3, Minor), (3, Phrygian), (2, HarmonicMinor), (1, Dorian)],
            Self::Castle => &[(4, HarmonicMinor), (3, Minor), (3, Major)],
            Self::Chase => &[(4, Minor), (3, Dorian), (2, Mixolydian), (1, Major)],
            Self::Sea => &[(4, Major), (3, Dorian), (2, Lydian), (2, Minor)],
            Self::Shop => &[(5, Major), (3, Mixolydian), (2, Dorian)],
        }
    }
}
