//! The smallest words of MIDI: ticks, pitches, velocities, channels, notes.

/// A moment, in ticks since the start of the piece. What a tick lasts follows from the file's
/// [`Division`] and its tempo; the grid never asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(pub u64);

/// Declares a newtype over `u8` with an inclusive upper bound.
macro_rules! bounded_byte {
    ($(#[$about:meta])* $name:ident, $max:literal) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u8);

        impl $name {
            /// The largest value.
            pub const MAX: u8 = $max;

            /// The value, or `None` above [`Self::MAX`].
            pub const fn new(value: u8) -> Option<Self> {
                if value <= $max { Some(Self(value)) } else { None }
            }

            /// The value, or [`Self::MAX`] for anything above it.
            pub const fn clamped(value: u8) -> Self {
                Self(if value <= $max { value } else { $max })
            }

            /// The plain number.
            pub const fn get(self) -> u8 {
                self.0
            }
        }
    };
}

bounded_byte!(
    /// A MIDI pitch, 0..=127; 60 is middle C.
    Pitch,
    127
);
bounded_byte!(
    /// How hard a note is struck, 0..=127.
    Velocity,
    127
);
bounded_byte!(
    /// A MIDI channel, 0..=15; 9 is where General MIDI has its drums.
    Channel,
    15
);

impl Channel {
    /// The channel of General MIDI's drums ("channel 10" to a person).
    pub const DRUMS: Self = Self(9);
}

/// Ticks per quarter note, 1..=32767.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division(u16);

impl Division {
    /// The division, or `None` for 0 (no time at all) and above 32767 (SMPTE time, which has no
    /// beats).
    pub const fn new(ticks_per_quarter: u16) -> Option<Self> {
        if ticks_per_quarter >= 1 && ticks_per_quarter <= 0x7FFF {
            Some(Self(ticks_per_quarter))
        } else {
            None
        }
    }

    /// Ticks per quarter note.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// One struck note. Only the onset is kept: durations do not enter the pianoroll, so a note that
/// never ends, or ends at once, is a note like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Note {
    /// When it is struck.
    pub onset: Tick,
    /// Which key.
    pub pitch: Pitch,
    /// On which channel.
    pub channel: Channel,
    /// How hard; never 0, for that is a note-off.
    pub velocity: Velocity,
    /// General MIDI program of the channel at that moment, 0..=127.
    pub program: u8,
    /// Whether the channel plays drums at that moment: channel 9, or as GS, XG and GM2 messages
    /// say.
    pub drum: bool,
}
