//! Reads the bytes of a file: header, chunks, tracks.

use super::super::note::Division;
use super::super::score::Score;
use super::collect::Collector;
use super::container::{find, unwrap};
use super::event::Event;
use super::events::Events;
use super::fault_offsets::FaultOffsets;
use super::intact::IntactMap;
use super::status::{Fault, Faults, Status};

/// Faults after which the following bytes may not be events, because some bytes are missing or wrong.
const CORRUPTION: [Fault; 5] = [
    Fault::DataByte,
    Fault::StrayData,
    Fault::SystemMessage,
    Fault::LongQuantity,
    Fault::LongPayload,
];
/// Faults after which a file is read again with maps of where its tracks are intact.
const REPAIRABLE: [Fault; 2] = [Fault::TruncatedTrack, Fault::MissingEndOfTrack];
/// Maximum pause, in quarter notes, that is accepted after such a fault: 64 measures of 4/4.
const MAX_PAUSE: u64 = 256;

/// Maximum number of bytes of a file, hundreds of times that of a real one. It bounds the memory that any file costs.
pub const MAX_BYTES: u64 = 32 << 20;

/// Maximum number of places of `MTrk` that are tried as the end of a track whose length is wrong.
const MAX_ENDS: usize = 4;

/// Maximum number of tracks, the largest that a header can have.
const MAX_TRACKS: u32 = 65_535;

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
    /// Faults of the file.
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
        let collector = Collector::new(division, file.len(), faults);
        let max_pause = MAX_PAUSE * u64::from(ticks);
        let outcome = outcome.clone();
        let mut chunks =
            ChunkReader { file, base, collector, max_pause, outcome, repairs, last_status: None };
        chunks.chunks(first);
        if chunks.outcome.tracks != u32::from(declared_tracks) {
            chunks.collector.faults.insert(Fault::TrackCount);
            chunks.locate(10);
        }
        chunks.finish()
    };
    let first_read = read_tracks(false);
    let is_repairable = |&fault: &Fault| first_read.faults.contains(fault);
    if CORRUPTION.iter().chain(&REPAIRABLE).any(is_repairable) {
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

/// Returns true if bytes that look like the id and length of a chunk are at this offset.
fn is_chunk(file: &[u8], at: usize) -> bool {
    file.get(at..).is_some_and(|rest| {
        rest.len() >= 8 && rest[..4].iter().all(|&b| b.is_ascii_alphanumeric() || b == b' ')
    })
}

/// Returns the offset of a part of `bytes`.
fn offset_in(bytes: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(bytes.as_ptr().addr())
}

/// Reads the chunks of a file.
struct ChunkReader<'a> {
    file: &'a [u8],
    /// Offset of the MIDI file in its wrapper.
    base: usize,
    collector: Collector,
    /// A longer pause than this, in ticks, ends a track that was corrupt before.
    max_pause: u64,
    /// The format, the number of tracks and the unread bytes so far.
    outcome: ReadOutcome,
    /// Whether to repair damaged tracks.
    repairs: bool,
    /// The last channel status of the track before.
    last_status: Option<u8>,
}

impl ChunkReader<'_> {
    fn chunks(&mut self, mut at: usize) {
        let file = self.file;
        while let Some(rest) = file.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((head, body)) = rest.split_first_chunk::<8>() else {
                self.skip_unread(rest.len(), Fault::TrailingBytes);
                return self.locate(at);
            };
            let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let chunk = at;
            at = match &head[..4] {
                b"MTrk" if self.outcome.tracks == MAX_TRACKS => {
                    self.skip_unread(rest.len(), Fault::TrailingBytes);
                    return self.locate(at);
                }
                b"MTrk" => self.track(at + 8, length),
                b"MThd" => {
                    self.skip_unread(rest.len(), Fault::SecondHeader);
                    return self.locate(at);
                }
                _ if is_chunk(file, at) && length <= body.len() => {
                    self.collector.faults.insert(Fault::AlienChunk);
                    self.after_alien_chunk(at + 8, length)
                }
                _ => {
                    let skipped = find(rest, b"MTrk").unwrap_or(rest.len());
                    self.skip_unread(skipped, Fault::TrailingBytes);
                    at + skipped
                }
            };
            self.locate(chunk);
        }
    }

    /// Locates the new faults at an offset of the MIDI file.
    #[inline]
    fn locate(&mut self, offset: usize) {
        self.outcome.fault_offsets.locate(self.collector.faults, self.base + offset);
    }

    /// Returns the start of the chunk after an alien one. If its length leads to no chunk, it may be padded or wrong.
    fn after_alien_chunk(&self, start: usize, length: usize) -> usize {
        let declared = start + length;
        let padded = declared + (length & 1);
        let next = [declared, padded].into_iter().find(|&at| self.is_boundary(at));
        let track = || find(&self.file[start..], b"MTrk").map(|found| start + found);
        next.or_else(track).unwrap_or(declared)
    }

    /// Returns true if a chunk or the end of the file is at this offset. The first bytes of a text look like a chunk too,
    /// but their length leads nowhere.
    fn is_boundary(&self, at: usize) -> bool {
        let Some(rest) = self.file.get(at..) else { return false };
        if rest.is_empty() {
            return true;
        }
        let Some((head, body)) = rest.split_first_chunk::<8>().filter(|_| is_chunk(self.file, at))
        else {
            return false;
        };
        if matches!(&head[..4], b"MTrk" | b"MThd") {
            return true;
        }
        let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let after = usize::try_from(length).ok().and_then(|length| body.get(length..));
        after.is_some_and(|after| after.is_empty() || is_chunk(after, 0))
    }

    /// Counts bytes as unread.
    fn skip_unread(&mut self, bytes: usize, fault: Fault) {
        if bytes > 0 {
            self.outcome.bytes_unread += bytes as u64;
            self.collector.faults.insert(fault);
        }
    }

    /// Reads the track whose payload starts at `start`, and returns the start of the next chunk.
    ///
    /// A length field that leads to another chunk or to the end of the file is trusted. Otherwise the track ends at its
    /// End-of-Track event, if there is one before the next track. A text may contain `MTrk`.
    fn track(&mut self, start: usize, length: usize) -> usize {
        let file = self.file;
        self.outcome.tracks += 1;
        let declared = start.saturating_add(length);
        let within = declared.min(file.len());
        let mut limit = within;
        if !self.is_boundary(declared) {
            let ends = Ends { file, from: Some(start) };
            let mut first = None;
            let end = ends.take(MAX_ENDS).find_map(|next| {
                first.get_or_insert(next);
                Some(next - Events::new(&file[start..next]).left_after_end()?)
            });
            limit = match end {
                Some(end) if end > within => {
                    self.collector.faults.insert(Fault::ChunkLength);
                    end
                }
                Some(_) => within,
                None => within.min(first.unwrap_or(within)),
            };
        }
        if declared > file.len() {
            self.collector.faults.insert(Fault::ChunkLength);
        }
        self.locate(start - 8);
        let (unread, ended) = self.events(&file[start..limit]);
        let stop = limit - unread;
        if !ended {
            self.skip_unread(unread, Fault::TruncatedTrack);
            self.collector.faults.insert(match declared > file.len() {
                true => Fault::TruncatedTrack,
                false => Fault::MissingEndOfTrack,
            });
            self.locate(stop);
            return limit;
        }
        let next = find(&file[stop..limit], b"MTrk");
        if next.is_some() {
            self.collector.faults.insert(Fault::ChunkLength);
        }
        let skipped = next.unwrap_or(unread);
        self.skip_unread(skipped, Fault::DataAfterEnd);
        self.locate(stop);
        stop + skipped
    }

    /// Reads events up to End-of-Track. Returns the number of bytes after them, and whether it came.
    fn events(&mut self, bytes: &[u8]) -> (usize, bool) {
        let map = if self.repairs { IntactMap::new(bytes) } else { None };
        let map = map.filter(|map| !map.is_intact(0, None));
        let mut events = match &map {
            Some(map) => Events::damaged(bytes, map, self.last_status),
            None => Events::new(bytes),
        };
        // In format 2 each track is a piece of its own.
        if self.outcome.format == Some(2) {
            self.collector.start_piece();
        }
        self.collector.start_track();
        let mut ended = false;
        loop {
            let is_corrupt = |faults: &Faults| CORRUPTION.iter().any(|&f| faults.contains(f));
            if !is_corrupt(&events.faults) {
                events.messages(|delta, message| self.collector.message(delta, message));
            }
            let at = offset_in(self.file, events.unread());
            let next = events.next();
            self.outcome.fault_offsets.locate(events.faults, self.base + at);
            let Some((delta, event)) = next else { break };
            if delta > self.max_pause && is_corrupt(&events.faults) {
                self.collector.faults.insert(Fault::TruncatedTrack);
                break;
            }
            self.collector.push_event(delta, event);
            self.locate(at);
            if event == Event::End {
                ended = true;
                break;
            }
        }
        self.collector.end_track();
        self.locate(offset_in(self.file, events.unread()));
        self.last_status = events.last_status();
        self.outcome.bytes_unread += events.skipped;
        events.faults.iter().for_each(|fault| self.collector.faults.insert(fault));
        (events.unread().len(), ended)
    }

    /// Builds the outcome.
    fn finish(self) -> ReadOutcome {
        let overflow = self.collector.overflow;
        let (score, faults) = self.collector.finish();
        let unread = left_unread(self.outcome.bytes_unread);
        let damaged = faults.contains(Fault::TruncatedTrack) || !unread.is_empty();
        let no_track = self.outcome.tracks == 0 && faults.contains(Fault::TrackCount);
        let (status, detail) = match overflow {
            Some(what) => (Status::AbsurdLength, what.to_owned()),
            None if !score.notes.is_empty() => (Status::Ok, unread),
            None if no_track => (Status::TruncatedTrack, "no track".to_owned()),
            None if damaged && unread.is_empty() => {
                (Status::TruncatedTrack, "cut off before the first note".to_owned())
            }
            None if damaged => (Status::TruncatedTrack, unread),
            None => (Status::NoNotes, "no note is struck".to_owned()),
        };
        let score = (status == Status::Ok).then_some(score);
        ReadOutcome { status, detail, faults, score, ..self.outcome }
    }
}

/// The offsets after `from` where a track may end: those of `MTrk`, then that of the end of the file.
struct Ends<'a> {
    file: &'a [u8],
    from: Option<usize>,
}

impl Iterator for Ends<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let from = self.from?;
        let found = find(&self.file[from..], b"MTrk").map(|found| from + found);
        self.from = found.map(|found| found + 4);
        Some(found.unwrap_or(self.file.len()))
    }
}
