//! Reads the chunks of a file, and the tracks among them.

use super::super::note::Division;
use super::collect::Collector;
use super::container::find;
use super::event::Event;
use super::events::Events;
use super::intact::IntactMap;
use super::read::{ReadOutcome, left_unread};
use super::status::{Fault, Faults, Status};

/// Faults after which the following bytes may not be events, because some bytes are missing or wrong.
const CORRUPTION: [Fault; 5] = [
    Fault::DataByte,
    Fault::StrayData,
    Fault::SystemMessage,
    Fault::LongQuantity,
    Fault::LongPayload,
];
/// Maximum pause, in quarter notes, that is accepted after such a fault: 64 measures of 4/4.
const MAX_PAUSE: u64 = 256;
/// Maximum number of places of `MTrk` that are tried as the end of a track whose length is wrong.
const MAX_ENDS: usize = 4;
/// Maximum number of tracks, the largest that a header can have.
const MAX_TRACKS: u32 = 65_535;

/// Reads the chunks of a file.
pub(super) struct ChunkReader<'a> {
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

impl<'a> ChunkReader<'a> {
    /// Creates a reader of a MIDI file that starts at the offset `base` of its wrapper. `outcome` has the values of the
    /// header.
    pub(super) fn new(
        file: &'a [u8],
        base: usize,
        division: Division,
        faults: Faults,
        outcome: ReadOutcome,
        repairs: bool,
    ) -> Self {
        let collector = Collector::new(division, file.len(), faults);
        let max_pause = MAX_PAUSE * u64::from(division.get());
        Self { file, base, collector, max_pause, outcome, repairs, last_status: None }
    }

    /// Reads the chunks from an offset on, and compares the number of tracks with the declared one.
    pub(super) fn read(&mut self, first: usize, declared_tracks: u16) {
        self.chunks(first);
        if self.outcome.tracks != u32::from(declared_tracks) {
            self.collector.faults.insert(Fault::TrackCount);
            self.locate(10);
        }
    }

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
        // In format 2 each track is a separate piece.
        if self.outcome.format == Some(2) {
            self.collector.start_piece();
        }
        self.collector.start_track();
        let mut ended = false;
        loop {
            if !is_corrupt(events.faults) {
                events.messages(|delta, message| self.collector.message(delta, message));
            }
            let at = offset_in(self.file, events.unread());
            let next = events.next();
            self.outcome.fault_offsets.locate(events.faults, self.base + at);
            let Some((delta, event)) = next else { break };
            if delta > self.max_pause && is_corrupt(events.faults) {
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
        self.collector.faults = self.collector.faults.union(events.faults);
        (events.unread().len(), ended)
    }

    /// Builds the outcome.
    pub(super) fn finish(self) -> ReadOutcome {
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

/// Returns true if one of the faults means that the following bytes may not be events.
pub(super) fn is_corrupt(faults: Faults) -> bool {
    CORRUPTION.iter().any(|&fault| faults.contains(fault))
}

/// Returns true if bytes that look like the id and length of a chunk are at this offset.
pub(super) fn is_chunk(file: &[u8], at: usize) -> bool {
    file.get(at..).is_some_and(|rest| {
        rest.len() >= 8 && rest[..4].iter().all(|&b| b.is_ascii_alphanumeric() || b == b' ')
    })
}

/// Returns the offset of a part of `bytes`.
pub(super) fn offset_in(bytes: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(bytes.as_ptr().addr())
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
