//! What became of a file, and what was wrong with it.

/// Declares an enum of unit variants with a snake_case name each, and the list of them all.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in a catalog.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.as_str())
            }
        }
    };
}

named! {
    /// Whether a file can be used, and if not, why. The reader alone decides the first seven;
    /// gridding decides some more ([`QuantizeError`](crate::roll::QuantizeError)), and whoever
    /// knows the other files, or how long a sample is, the rest.
    Status {
        /// Usable, damage or not.
        Ok => "ok",
        /// Something else than MIDI.
        NotMidi => "not_midi",
        /// Time in SMPTE frames: there are no beats, so there are no measures.
        Smpte => "smpte",
        /// A division of 0 ticks per quarter: there is no time.
        Ppq0 => "ppq0",
        /// Damaged before its first note.
        TruncatedTrack => "truncated_track",
        /// Undamaged, but there is no note, or none that is not a drum.
        NoNotes => "no_notes",
        /// More notes or measures than any piece of music has.
        AbsurdLength => "absurd_length",
        /// No note inside the pitch window.
        OutOfRange => "out_of_range",
        /// Sequential pieces (MIDI format 2), refused by whoever wants one piece a file.
        Type2 => "type2",
        /// The file could not be read from its disk.
        IoError => "io_error",
        /// Fewer measures than a sample needs.
        TooShort => "too_short",
        /// The same piece as another file.
        DuplicateOf => "duplicate_of",
        /// The meter changes, refused by whoever wants one meter a file.
        MultiTimeSignature => "multi_time_signature",
    }
}

named! {
    /// Something odd in a file. None of them alone makes it unusable.
    Fault {
        /// The MIDI file is wrapped in RIFF (RMID).
        RiffWrapped => "riff_wrapped",
        /// Other bytes stand before the header (MacBinary, say).
        HeaderOffset => "header_offset",
        /// The header chunk does not have 6 bytes.
        HeaderLength => "header_length",
        /// A format above 2; read as format 1.
        UnknownFormat => "unknown_format",
        /// Another number of tracks than the header says.
        TrackCount => "track_count",
        /// A track's length field disagrees with where the track ends.
        ChunkLength => "chunk_length",
        /// A chunk that is no track; skipped.
        AlienChunk => "alien_chunk",
        /// A second header: another file is glued on; left unread.
        SecondHeader => "second_header",
        /// A track is cut off, or turns into nonsense.
        TruncatedTrack => "truncated_track",
        /// A track ends without its End-of-Track event.
        MissingEndOfTrack => "missing_end_of_track",
        /// Bytes follow the End-of-Track event inside a track; left unread.
        DataAfterEnd => "data_after_end",
        /// Bytes that are no chunk follow the last track; left unread.
        TrailingBytes => "trailing_bytes",
        /// RunningStatus status is carried across a meta or SysEx event, which the standard forbids.
        RunningStatus => "running_status",
        /// A data byte where a first status is due; skipped.
        StrayData => "stray_data",
        /// A data byte above 127; clamped.
        DataByte => "data_byte",
        /// A system common or realtime message, which has no place in a file; skipped.
        SystemMessage => "system_message",
        /// A delta time or a length of more than four bytes.
        LongQuantity => "long_quantity",
        /// A meta or SysEx event that is longer than what is left of its track.
        LongPayload => "long_payload",
        /// A time signature with a numerator of 0, a denominator above 128, or under two bytes;
        /// ignored.
        BadTimeSignature => "bad_time_signature",
        /// Different time signatures at one tick; the last one read holds.
        ConflictingTimeSignatures => "conflicting_time_signatures",
        /// The first time signature comes after the first note; it holds from the start.
        LateTimeSignature => "late_time_signature",
        /// A tempo of 0, or under three bytes; ignored.
        BadTempo => "bad_tempo",
        /// A key signature beyond seven sharps or flats, or under two bytes.
        BadKeySignature => "bad_key_signature",
        /// A note that never ends; kept.
        UnendedNote => "unended_note",
        /// Windows 3's second, simpler arrangement of the same music on channels 13 to 16; left
        /// out.
        DualArrangement => "dual_arrangement",
        /// GS, XG or GM2 messages make drums of channels other than 10, or melody of channel 10.
        DrumChannels => "drum_channels",
        /// At the nominal 120 quarters a minute, which is all that the file says of tempo, a second has
        /// as many ticks as an audio clock: a ripper counted samples, and no beat or measure is meant.
        SampleClock => "sample_clock",
    }
}

/// A set of faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Faults(u32);

impl Faults {
    /// Adds one.
    pub fn insert(&mut self, fault: Fault) {
        self.0 |= 1 << fault as u32;
    }

    /// Whether it is among them.
    pub const fn contains(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u32) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All of them, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.iter().copied().filter(move |&fault| self.contains(fault))
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
        for (index, fault) in self.iter().enumerate() {
            write!(out, "{}{fault}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_faults_names_each_once_in_order() {
        let set = Faults::from_iter([Fault::DataByte, Fault::RiffWrapped, Fault::DataByte]);
        assert_eq!(set.to_string(), "riff_wrapped data_byte");
        assert!(set.contains(Fault::DataByte) && !set.contains(Fault::BadTempo));
        assert!(Faults::default().is_empty() && !set.is_empty());
    }

    #[test]
    fn every_fault_has_a_bit_and_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Fault::ALL.iter().map(|f| f.as_str()).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        assert_eq!(Faults::from_iter(Fault::ALL.iter().copied()).iter().count(), names.len());
    }
}
