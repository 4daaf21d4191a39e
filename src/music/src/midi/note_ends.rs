//! Finds the notes without an end. A note ends by a note-off of its channel and pitch, mostly in its own track, or by All
//! Notes Off; first in, first out. For the number of notes that sound at once, a note also ends when its key is struck
//! again, or at the end of its track.

use super::super::note::Tick;
use super::channels::lane;
use super::polyphony::EndTicks;

/// Maximum number of notes that are open at the end of their tracks, and of ends without a note, that are kept to be
/// paired across tracks. It bounds the memory.
const MAX_LEFT: usize = 1 << 17;

/// The channel of a port, a pitch, and the tick of a note's start or end.
type LeftOver = (u8, u8, Tick);

/// Pairs starts and ends of notes.
pub(super) struct NoteEnds {
    /// Sounding notes of the track by channel and pitch, and their number.
    open: Box<[u32; 16 * 128]>,
    sounding: u64,
    pub(super) ticks: EndTicks,
    /// Notes that sound at the end of their tracks.
    starts: Vec<LeftOver>,
    /// Note-offs without a note in their track.
    ends: Vec<LeftOver>,
    /// Ends of all notes of a channel.
    silences: Vec<(u8, Tick)>,
    /// Notes without an end.
    pub(super) unended: u64,
    /// Notes that another track or All Notes Off ends.
    pub(super) ended_elsewhere: u64,
}

impl NoteEnds {
    /// Creates an empty list with room for `notes`.
    pub(super) fn with_capacity(notes: usize) -> Self {
        Self {
            open: Box::new([0; 16 * 128]),
            sounding: 0,
            ticks: EndTicks::with_capacity(notes),
            starts: Vec::new(),
            ends: Vec::new(),
            silences: Vec::new(),
            unended: 0,
            ended_elsewhere: 0,
        }
    }

    /// Starts a note.
    #[inline(always)]
    pub(super) fn start(&mut self, channel: u8, pitch: u8, now: Tick) {
        let open = &mut self.open[index(channel, pitch)];
        if *open > 0 {
            self.ticks.push(now, channel);
        }
        *open += 1; // below the maximum number of notes
        self.sounding += 1;
    }

    /// Ends a note.
    #[inline(always)]
    pub(super) fn end(&mut self, lane: u8, pitch: u8, now: Tick) {
        let open = &mut self.open[index(lane, pitch)];
        if *open > 0 {
            *open -= 1;
            self.sounding -= 1;
            if *open == 0 {
                self.ticks.push(now, lane);
            }
        } else {
            self.end_elsewhere(lane, pitch, now);
        }
    }

    #[cold]
    fn end_elsewhere(&mut self, lane: u8, pitch: u8, now: Tick) {
        if self.ends.len() < MAX_LEFT {
            self.ends.push((lane, pitch, now));
        }
    }

    /// Ends all notes of a channel.
    pub(super) fn silence(&mut self, lane: u8, now: Tick) {
        if self.sounding > 0 {
            let channel = index(lane, 0);
            for open in &mut self.open[channel..channel + 128] {
                if *open > 0 {
                    self.ticks.push(now, lane);
                }
                self.sounding -= u64::from(*open);
                self.ended_elsewhere += u64::from(std::mem::take(open));
            }
        }
        if self.silences.len() < MAX_LEFT {
            self.silences.push((lane, now));
        }
    }

    /// Ends a track of a port. `notes` are (onset, channel, pitch) of its notes, the last one first.
    pub(super) fn end_track(
        &mut self,
        port: u8,
        now: Tick,
        notes: impl Iterator<Item = (Tick, u8, u8)>,
    ) {
        if self.sounding == 0 {
            return;
        }
        for (key, _) in self.open.iter().enumerate().filter(|(_, open)| **open > 0) {
            self.ticks.push(now, (key >> 7) as u8);
        }
        for (onset, channel, pitch) in notes {
            let open = &mut self.open[index(channel, pitch)];
            if *open > 0 && self.starts.len() < MAX_LEFT {
                *open -= 1;
                self.sounding -= 1;
                self.starts.push((lane(port, channel), pitch, onset));
                if self.sounding == 0 {
                    return;
                }
            }
        }
        self.unended += std::mem::take(&mut self.sounding);
        self.open.fill(0);
    }

    /// Pairs the starts and ends that are left over from all tracks of a piece.
    pub(super) fn end_piece(&mut self) {
        let (mut starts, mut ends) =
            (std::mem::take(&mut self.starts), std::mem::take(&mut self.ends));
        let mut silences = std::mem::take(&mut self.silences);
        if starts.is_empty() {
            return;
        }
        starts.sort_unstable();
        ends.sort_unstable();
        silences.sort_unstable();
        let mut ends = ends.into_iter().peekable();
        for start @ (lane, pitch, onset) in starts {
            while ends.next_if(|end| *end < start).is_some() {}
            let next = silences.partition_point(|silence| *silence < (lane, onset));
            let is_silenced = silences.get(next).is_some_and(|silence| silence.0 == lane);
            let is_ended = ends.next_if(|end| (end.0, end.1) == (lane, pitch)).is_some();
            if is_ended || is_silenced {
                self.ended_elsewhere += 1;
            } else {
                self.unended += 1;
            }
        }
    }
}

fn index(channel: u8, pitch: u8) -> usize {
    usize::from(channel & 15) << 7 | usize::from(pitch & 127)
}
