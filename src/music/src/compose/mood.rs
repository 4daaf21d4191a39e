//! Moods: the tempos, modes, meters and pace that suit a scene.

use super::meter::Meter;
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

impl Mood {
    /// Slowest and fastest quarter notes per minute.
    pub(super) fn tempi(self) -> (i32, i32) {
        match self {
            Self::Overworld => (112, 152),
            Self::Town => (76, 116),
            Self::Battle => (138, 184),
            Self::Dungeon => (66, 104),
            Self::Castle => (80, 132),
            Self::Chase => (144, 192),
            Self::Sea => (84, 132),
            Self::Shop => (100, 144),
        }
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

    /// Weights of 4/4, 3/4 and 6/8.
    pub(super) fn meters(self) -> [(u32, Meter); 3] {
        let [four, three, six] = match self {
            Self::Castle | Self::Town => [70, 22, 8],
            Self::Sea => [60, 12, 28],
            Self::Dungeon => [80, 10, 10],
            Self::Overworld | Self::Shop => [86, 8, 6],
            Self::Battle | Self::Chase => [94, 2, 4],
        };
        [(four, Meter::FourFour), (three, Meter::ThreeFour), (six, Meter::SixEight)]
    }

    /// How busy the music is: 0 (calm) to 3 (frantic).
    pub(super) fn energy(self) -> u32 {
        match self {
            Self::Dungeon => 0,
            Self::Town | Self::Sea | Self::Castle => 1,
            Self::Overworld | Self::Shop => 2,
            Self::Battle | Self::Chase => 3,
        }
    }

    /// Probability in percent that a song swings.
    pub(super) fn swing(self) -> u32 {
        match self {
            Self::Shop => 35,
            Self::Town | Self::Overworld => 14,
            Self::Battle | Self::Dungeon | Self::Castle | Self::Chase | Self::Sea => 5,
        }
    }
}
