//! Whether a file can be used, and its faults.

use strum::VariantArray;

/// Whether a file can be used, and if not, why. Up to [`AbsurdLength`](Self::AbsurdLength) the reader decides;
/// [`quantize()`](crate::roll::quantize()) adds [`OutOfRange`](Self::OutOfRange), the `scan` stage the rest.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Usable, damaged or not.
    #[default]
    Ok,
    /// Not a MIDI file.
    NotMidi,
    /// Time is in SMPTE frames: without beats there are no measures.
    Smpte,
    /// 0 ticks per quarter note: there is no time.
    Ppq0,
    /// Damaged before its first note.
    TruncatedTrack,
    /// Undamaged, but without notes, or with drums only.
    NoNotes,
    /// More notes or measures than any piece of music has.
    AbsurdLength,
    /// No note has a row in the pianoroll.
    OutOfRange,
    /// Several pieces (MIDI format 2) where one piece per file is required.
    Type2,
    /// The file could not be read from disk.
    IoError,
    /// Fewer measures than a sample needs.
    TooShort,
    /// The same piece as another file.
    DuplicateOf,
    /// The meter changes where one meter per file is required.
    MultiTimeSignature,
}

/// A fault in a file. A fault alone never makes a file unusable.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumMessage,
    strum::IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Fault {
    /// The MIDI file is wrapped in RIFF (RMID).
    RiffWrapped,
    /// Other bytes precede the header, such as those of MacBinary.
    HeaderOffset,
    /// The header chunk does not have 6 bytes.
    HeaderLength,
    /// A format above 2; read as format 1.
    UnknownFormat,
    /// The number of tracks is not that of the header.
    TrackCount,
    /// A track's length field disagrees with where the track ends.
    ChunkLength,
    /// A chunk that is not a track; skipped.
    AlienChunk,
    /// A second header: another file was appended; left unread.
    SecondHeader,
    /// A track is cut off, or continues with bytes that are no events.
    TruncatedTrack,
    /// A track ends without its End-of-Track event.
    MissingEndOfTrack,
    /// Bytes follow the End-of-Track event inside a track; left unread.
    DataAfterEnd,
    /// Bytes that are not a chunk follow the last track; left unread.
    TrailingBytes,
    /// Running status is carried across a meta or SysEx event, or from one track to the next, which the standard forbids.
    RunningStatus,
    /// A byte that belongs to no event; skipped.
    StrayData,
    /// A data byte above 127; clamped.
    DataByte,
    /// A system common or realtime message, which is not allowed in a file; skipped.
    SystemMessage,
    /// A delta time or a length of more than four bytes.
    LongQuantity,
    /// A meta or SysEx event that is longer than the rest of its track.
    LongPayload,
    /// A SysEx message without its length, or with a length that includes other events; read up to its F7.
    SysexLength,
    /// A time signature with numerator 0, a denominator above 128, or less than two bytes; ignored.
    BadTimeSignature,
    /// Different time signatures at one tick; the last one is used.
    ConflictingTimeSignatures,
    /// The first time signature comes after the first note; 4/4 holds before it.
    LateTimeSignature,
    /// A time signature is less than 1/32 of a measure away from a bar line that the notes fit; moved to that line.
    InexactTimeSignature,
    /// A time signature comes inside a measure, which it cuts short.
    ShortMeasure,
    /// A tempo of 0, or of less than three bytes; ignored.
    BadTempo,
    /// A key signature beyond seven sharps or flats, or of less than two bytes.
    BadKeySignature,
    /// A note that never ends; kept.
    UnendedNote,
    /// The last event comes long after the music; the duration is that of the music.
    FarEnd,
    /// A second, simpler arrangement of the same music on channels 13 to 16, for Windows 3; left out.
    DualArrangement,
    /// GS, XG or GM2 messages, or the marker of the base level, assign drums to channels other than 10, or melody to
    /// channel 10.
    DrumChannels,
    /// At 120 quarter notes per minute, the only tempo of the file, a second has as many ticks as an audio clock: a
    /// ripper counted audio samples, so beats and measures mean nothing.
    SampleClock,
}

impl Status {
    /// Its name in a catalog.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Fault {
    /// What it is and what the reader does about it.
    pub fn meaning(self) -> &'static str {
        strum::EnumMessage::get_documentation(&self).unwrap_or_default()
    }
}

/// A set of faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Faults(u32);

impl Faults {
    /// Adds a fault.
    pub fn insert(&mut self, fault: Fault) {
        self.0 |= 1 << fault as u32;
    }

    /// Returns true if the set contains `fault`.
    pub const fn contains(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u32) != 0
    }

    /// Returns the faults that are not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Returns true if there is no fault.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the faults of both sets.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Iterates over the faults in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::VARIANTS.iter().copied().filter(move |&fault| self.contains(fault))
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        let mut set = Self::default();
        faults.into_iter().for_each(|fault| set.insert(fault));
        set
    }
}

/// The names, separated by spaces.
impl std::fmt::Display for Faults {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.iter().map(<&str>::from).collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_sets_print_each_name_once_in_order() {
        let set = Faults::from_iter([Fault::DataByte, Fault::RiffWrapped, Fault::DataByte]);
        assert_eq!(set.to_string(), "riff_wrapped data_byte");
        assert!(set.contains(Fault::DataByte) && !set.contains(Fault::BadTempo));
        assert!(Faults::default().is_empty() && !set.is_empty());
    }

    #[test]
    fn each_fault_has_its_own_bit_and_name() {
        let names: std::collections::BTreeSet<_> =
            Fault::VARIANTS.iter().map(|f| f.to_string()).collect();
        assert_eq!(names.len(), Fault::VARIANTS.len());
        assert_eq!(Faults::from_iter(Fault::VARIANTS.iter().copied()).iter().count(), names.len());
    }
}
