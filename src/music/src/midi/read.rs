//! From the bytes of a file to its score: header, chunks, tracks.

use super::super::note::Division;
use super::super::score::Score;
use super::collect::Collector;
use super::container::{find, unwrap};
use super::event::Event;
use super::events::Events;
use super::status::{Fault, Faults, Status};

/// Faults after which what follows may no longer be events, for some bytes are missing or wrong.
const NONSENSE: [Fault; 5] = [
    Fault::DataByte,
    Fault::StrayData,
    Fault::SystemMessage,
    Fault::LongQuantity,
    Fault::LongPayload,
];
/// The longest pause, in quarter notes, that is believed after such a fault: 64 measures of 4/4.
const LONGEST_PAUSE: u64 = 256;

/// The most bytes that are taken for one piece of music: hundreds of times what a real one has. What is
/// larger was made to be large, and this bounds the memory that any file costs.
pub const MAX_BYTES: u64 = 32 << 20;

/// The most tracks that a header can announce.
const MAX_TRACKS: u32 = 65_535;

/// What became of a file. `score` is there if, and only if, the status is [`Status::Ok`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadOutcome {
    /// Whether it can be used.
    pub status: Status,
    /// Why not, or what was left unread; empty where there is nothing to say.
    pub detail: String,
    /// The format that the header names: 0, 1, 2, or nonsense.
    pub format: Option<u16>,
    /// The division as it stands in the header.
    pub division: Option<u16>,
    /// Tracks found.
    pub tracks: u32,
    /// Bytes of the MIDI file that no event was read from, though they are there.
    pub bytes_unread: u64,
    /// What was odd.
    pub faults: Faults,
    /// The music.
    pub score: Option<Score>,
}

/// The whole detail of a file that can be used: how many of its bytes were left unread; empty for none.
pub fn left_unread(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        1 => "1 byte left unread".to_owned(),
        bytes => format!("{bytes} bytes left unread"),
    }
}

impl ReadOutcome {
    /// A file that cannot be used.
    fn unusable(status: Status, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            format: None,
            division: None,
            tracks: 0,
            bytes_unread: 0,
            faults: Faults::default(),
            score: None,
        }
    }
}

/// Reads a MIDI file, damaged or not. It never fails, never panics, and takes time and memory in
/// proportion to the bytes that are there, whatever numbers stand in them.
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
    let (format, declared_tracks, division) = (word(8), word(10), word(12));
    let unusable = |status, detail| ReadOutcome {
        format: Some(format),
        division: Some(division),
        ..ReadOutcome::unusable(status, detail)
    };
    let Some(valid_division) = Division::new(division) else {
        return match division {
            0 => unusable(Status::Ppq0, "0 ticks per quarter".to_owned()),
            _ => unusable(Status::Smpte, smpte(division)),
        };
    };
    if format > 2 {
        faults.insert(Fault::UnknownFormat);
    }
    let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
    let first = first_chunk(file, length, &mut faults);
    let mut chunks = ChunkReader {
        file,
        collector: Collector::new(valid_division, file.len()),
        sequential: format == 2,
        longest_pause: LONGEST_PAUSE * u64::from(division),
        tracks: 0,
        bytes_unread: 0,
        faults,
    };
    chunks.chunks(first);
    if chunks.tracks != u32::from(declared_tracks) {
        chunks.faults.insert(Fault::TrackCount);
    }
    let reading = unusable(Status::Ok, String::new());
    chunks.finish(reading)
}

/// What becomes of a file of more than [`MAX_BYTES`], by its first few thousand bytes: it is no MIDI file, or
/// absurdly long.
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

/// "25 frames a second, 40 ticks a frame"
fn smpte(division: u16) -> String {
    let [frames, ticks] = division.to_be_bytes();
    let frames = frames.cast_signed().unsigned_abs();
    format!("{frames} frames a second, {ticks} ticks a frame")
}

/// Where the chunks after the header start.
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

/// Whether something that looks like a chunk's id and length stands at this place.
fn is_chunk(file: &[u8], at: usize) -> bool {
    file.get(at..).is_some_and(|rest| {
        rest.len() >= 8 && rest[..4].iter().all(|&b| b.is_ascii_alphanumeric() || b == b' ')
    })
}

/// A chunks over the chunks of a file.
struct ChunkReader<'a> {
    file: &'a [u8],
    collector: Collector,
    /// Format 2: each track is a piece of its own.
    sequential: bool,
    /// A longer pause than this, in ticks, ends a track that made no sense before.
    longest_pause: u64,
    tracks: u32,
    bytes_unread: u64,
    faults: Faults,
}

impl ChunkReader<'_> {
    fn chunks(&mut self, mut at: usize) {
        let file = self.file;
        while let Some(rest) = file.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((head, body)) = rest.split_first_chunk::<8>() else {
                return self.skip_unread(rest.len(), Fault::TrailingBytes);
            };
            let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            at = match &head[..4] {
                b"MTrk" if self.tracks == MAX_TRACKS => {
                    return self.skip_unread(rest.len(), Fault::TrailingBytes);
                }
                b"MTrk" => self.track(at + 8, length),
                b"MThd" => return self.skip_unread(rest.len(), Fault::SecondHeader),
                _ if is_chunk(file, at) && length <= body.len() => {
                    self.faults.insert(Fault::AlienChunk);
                    at + 8 + length
                }
                _ => {
                    let skipped = find(rest, b"MTrk").unwrap_or(rest.len());
                    self.skip_unread(skipped, Fault::TrailingBytes);
                    at + skipped
                }
            };
        }
    }

    fn skip_unread(&mut self, bytes: usize, fault: Fault) {
        if bytes > 0 {
            self.bytes_unread += bytes as u64;
            self.faults.insert(fault);
        }
    }

    /// Reads the track whose payload starts here, and says where the next chunk starts.
    ///
    /// Where the length field leads to another chunk or to the end of the file, it is believed.
    /// Otherwise the track lasts to its End-of-Track event, if one comes before the next track.
    fn track(&mut self, start: usize, length: usize) -> usize {
        let file = self.file;
        self.tracks += 1;
        let declared = start.saturating_add(length);
        let within = declared.min(file.len());
        let mut limit = within;
        if declared != file.len() && !is_chunk(file, declared) {
            let next = find(&file[start..], b"MTrk").map_or(file.len(), |found| start + found);
            let left = Events::new(&file[start..next]).left_after_end();
            limit = match left {
                Some(left) if next - left > within => {
                    self.faults.insert(Fault::ChunkLength);
                    next - left
                }
                Some(_) => within,
                None => within.min(next),
            };
        }
        if declared > file.len() {
            self.faults.insert(Fault::ChunkLength);
        }
        let (unread, ended) = self.events(&file[start..limit]);
        let stop = limit - unread;
        if !ended {
            self.skip_unread(unread, Fault::TruncatedTrack);
            self.faults.insert(match declared > file.len() {
                true => Fault::TruncatedTrack,
                false => Fault::MissingEndOfTrack,
            });
            return limit;
        }
        match find(&file[stop..limit], b"MTrk") {
            Some(0) => {
                self.faults.insert(Fault::ChunkLength);
                stop
            }
            Some(skipped) => {
                self.faults.insert(Fault::ChunkLength);
                self.skip_unread(skipped, Fault::DataAfterEnd);
                stop + skipped
            }
            None => {
                self.skip_unread(unread, Fault::DataAfterEnd);
                limit
            }
        }
    }

    /// Reads events up to End-of-Track. How many bytes are left, and whether it came.
    fn events(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut events = Events::new(bytes);
        if self.sequential {
            self.collector.start_piece();
        }
        self.collector.start_track();
        let mut ended = false;
        loop {
            let senseless = NONSENSE.iter().any(|&fault| events.faults.contains(fault));
            if !senseless {
                events.messages(|delta, message| self.collector.message(delta, message));
            }
            let Some((delta, event)) = events.next() else { break };
            if delta > self.longest_pause && NONSENSE.iter().any(|&f| events.faults.contains(f)) {
                self.faults.insert(Fault::TruncatedTrack);
                break;
            }
            self.collector.push_event(delta, event);
            if event == Event::End {
                ended = true;
                break;
            }
        }
        self.collector.end_track();
        self.bytes_unread += events.skipped;
        events.faults.iter().for_each(|fault| self.faults.insert(fault));
        (events.unread().len(), ended)
    }

    fn finish(self, reading: ReadOutcome) -> ReadOutcome {
        let overflow = self.collector.overflow;
        let (score, faults) = self.collector.finish();
        let faults: Faults = self.faults.iter().chain(faults.iter()).collect();
        let unread = left_unread(self.bytes_unread);
        let damaged = faults.contains(Fault::TruncatedTrack) || self.bytes_unread > 0;
        let no_track = self.tracks == 0 && faults.contains(Fault::TrackCount);
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
        ReadOutcome {
            status,
            detail,
            tracks: self.tracks,
            bytes_unread: self.bytes_unread,
            faults,
            score: (status == Status::Ok).then_some(score),
            ..reading
        }
    }
}
