//! Reads the bytes of a file: its header, then its chunks, a second time if they are damaged.

use super::super::note::Division;
use super::super::score::Score;
use super::chunks::{ChunkReader, is_chunk, is_corrupt, offset_in};
use super::container::{find, unwrap};
use super::fault_offsets::FaultOffsets;
use super::status::{Fault, Faults, Status};

/// Faults of tracks that end too early. A file with them, or with corrupt bytes, is read again with maps of where its
/// tracks are intact.
const CUT_OFF: [Fault; 2] = [Fault::TruncatedTrack, Fault::MissingEndOfTrack];

/// Maximum number of bytes of a file, hundreds of times that of a real one. It bounds the memory that any file costs.
pub const MAX_BYTES: u64 = 32 << 20;

/// The result of reading a file. `score` is `Some` exactly if the status is [`Status::Ok`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOutcome {
    /// Whether the file can be used.
    pub status: Status,
    /// The reason why not, or the number of unread bytes; may be empty.
    pub detail: String,
    /// The format in the header: 0, 1, 2, or an invalid number.
    pub format: Option<u16>,
    /// The division in the header.
    pub division: Option<u16>,
    /// Number of tracks found.
    pub tracks: u32,
    /// Bytes of the MIDI file that were not read as events.
    pub bytes_unread: u64,
    /// The faults of the file.
    pub faults: Faults,
    pub(super) fault_offsets: FaultOffsets,
    /// The music.
    pub score: Option<Score>,
}

/// The detail of a usable file: the number of unread bytes, or nothing.
pub fn left_unread(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        1 => "1 byte left unread".to_owned(),
        bytes => format!("{bytes} bytes left unread"),
    }
}

impl ReadOutcome {
    /// Returns the offset in bytes, from the start of the file, of the event or chunk in which a fault occurs first; `None`
    /// if the file does not have it, or only as a whole.
    pub fn offset_of(&self, fault: Fault) -> Option<u64> {
        self.fault_offsets.find(fault).filter(|_| self.faults.contains(fault))
    }

    /// Creates the outcome of a file that cannot be used.
    fn unusable(status: Status, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), ..Self::default() }
    }
}

/// Reads a MIDI file, damaged or not. Never panics; time and memory are proportional to the number of bytes, whatever
/// numbers they contain.
pub fn read(bytes: &[u8]) -> ReadOutcome {
    if bytes.len() as u64 > MAX_BYTES {
        return too_large(bytes, bytes.len() as u64);
    }
    let mut faults = Faults::default();
    let file = match unwrap(bytes, &mut faults) {
        Ok(file) => file,
        Err(kind) => return ReadOutcome::unusable(Status::NotMidi, kind),
    };
    let Some((head, _)) = file.split_first_chunk::<14>() else {
        return ReadOutcome::unusable(Status::NotMidi, "the header is cut off");
    };
    let word = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (format, declared_tracks, ticks) = (word(8), word(10), word(12));
    let (format, division) = (Some(format), Some(ticks));
    let mut outcome = ReadOutcome { format, division, ..ReadOutcome::default() };
    let base = offset_in(bytes, file);
    outcome.fault_offsets.locate(faults, 0);
    let Some(division) = Division::new(ticks) else {
        let (status, detail) = match ticks {
            0 => (Status::Ppq0, "0 ticks per quarter".to_owned()),
            _ => (Status::Smpte, smpte(ticks)),
        };
        return ReadOutcome { status, detail, ..outcome };
    };
    if format > Some(2) {
        faults.insert(Fault::UnknownFormat);
        outcome.fault_offsets.locate(faults, base + 8);
    }
    let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
    let first = first_chunk(file, length, &mut faults);
    outcome.fault_offsets.locate(faults, base + 4);
    let read_tracks = |repairs: bool| {
        let mut chunks = ChunkReader::new(file, base, division, faults, outcome.clone(), repairs);
        chunks.read(first, declared_tracks);
        chunks.finish()
    };
    let first_read = read_tracks(false);
    let is_cut_off = CUT_OFF.iter().any(|&fault| first_read.faults.contains(fault));
    if is_cut_off || is_corrupt(first_read.faults) {
        drop(first_read);
        return read_tracks(true);
    }
    first_read
}

/// Returns the outcome of a file of more than [`MAX_BYTES`], given its first few thousand bytes: not a MIDI file, or too
/// long.
pub fn too_large(start: &[u8], bytes: u64) -> ReadOutcome {
    match unwrap(start, &mut Faults::default()) {
        Err(kind) => ReadOutcome::unusable(Status::NotMidi, kind),
        Ok(_) => {
            let most = MAX_BYTES >> 20;
            let detail = format!("{} MiB: at most {most} MiB are taken for music", bytes >> 20);
            ReadOutcome::unusable(Status::AbsurdLength, detail)
        }
    }
}

/// Describes SMPTE time, such as `25 frames a second, 40 ticks a frame`.
fn smpte(division: u16) -> String {
    let [frames, ticks] = division.to_be_bytes();
    let frames = frames.cast_signed().unsigned_abs();
    format!("{frames} frames a second, {ticks} ticks a frame")
}

/// Returns the start of the chunks after the header.
fn first_chunk(file: &[u8], header_length: u32, faults: &mut Faults) -> usize {
    if header_length == 6 {
        return 14;
    }
    faults.insert(Fault::HeaderLength);
    let declared =
        usize::try_from(header_length).map_or(usize::MAX, |length| length.saturating_add(8));
    if is_chunk(file, declared) {
        return declared;
    }
    find(&file[8..], b"MTrk").map_or(file.len(), |at| 8 + at)
}
