//! Ticks, pitches, velocities, channels and notes.

/// A time in ticks since the start of the piece. The duration of a tick follows from the file's [`Division`] and
/// tempo; the pianoroll does not use it.
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

            /// Returns `None` if `value` is above [`Self::MAX`].
            pub const fn new(value: u8) -> Option<Self> {
                if value <= $max { Some(Self(value)) } else { None }
            }

            /// Clamps `value` to [`Self::MAX`].
            pub const fn clamped(value: u8) -> Self {
                Self(if value <= $max { value } else { $max })
            }

            /// The number.
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
    /// A MIDI velocity, 0..=127.
    Velocity,
    127
);
bounded_byte!(
    /// A MIDI channel, 0..=15; 9 is the drum channel of General MIDI.
    Channel,
    15
);

impl Channel {
    /// The drum channel of General MIDI, "channel 10" counted from 1.
    pub const DRUMS: Self = Self(9);
}

/// Ticks per quarter note, 1..=32767.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division(u16);

impl Division {
    /// Returns `None` for 0 (there is no time) and above 32767 (SMPTE time, which has no beats).
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

/// The onset of a note. The pianoroll has no durations, so a note without an end is like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Note {
    /// Time of the note-on.
    pub onset: Tick,
    /// The key.
    pub pitch: Pitch,
    /// The channel.
    pub channel: Channel,
    /// Never 0, which is a note-off.
    pub velocity: Velocity,
    /// General MIDI program of the channel at the onset, 0..=127.
    pub program: u8,
    /// Whether the channel plays drums at the onset: channel 9, unless GS, XG or GM2 messages assign others.
    pub drum: bool,
}

#[cfg(test)]
impl Note {
    /// Creates a melodic note of channel 1 for a test.
    pub(crate) fn test(onset: u64, pitch: u8) -> Self {
        Self {
            onset: Tick(onset),
            pitch: Pitch::clamped(pitch),
            channel: Channel::clamped(0),
            velocity: Velocity::clamped(90),
            program: 0,
            drum: false,
        }
    }
}
