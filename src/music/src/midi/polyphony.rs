//! The number of notes that sound at once.

use super::super::note::{Note, Tick};

/// Bits of the channel, below those of the tick.
const CHANNEL_BITS: u32 = 4;

/// The ends of the notes of a file, track after track: tick and channel. Each is the difference from the one before,
/// seven bits per byte, because a million whole numbers would take a large share of the memory that a file may take.
#[derive(Default)]
pub(super) struct EndTicks {
    bytes: Vec<u8>,
    last: i64,
}

impl EndTicks {
    /// Creates an empty list with room for `notes`.
    pub(super) fn with_capacity(notes: usize) -> Self {
        Self { bytes: Vec::with_capacity(notes), last: 0 }
    }

    /// Adds the end of a note; each note has at most one.
    #[inline]
    pub(super) fn push(&mut self, Tick(tick): Tick, channel: u8) {
        // Bounded, so that sign and channel fit below; no music is that long.
        let tick = tick.min(u64::MAX >> (CHANNEL_BITS + 2)) as i64;
        let difference = tick - self.last;
        self.last = tick;
        let zigzag = ((difference << 1) ^ (difference >> 63)) as u64;
        let mut rest = zigzag << CHANNEL_BITS | u64::from(channel & 15);
        while rest > 0x7F {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    /// Returns the ticks of the ends on these channels, in their order.
    fn ticks(&self, channels: [bool; 16]) -> impl Iterator<Item = i64> {
        let mut tick = 0;
        let ends = self.bytes.chunk_by(|byte, _| byte & 0x80 != 0).map(move |bytes| {
            let add = |all, byte: &u8| all << 7 | u64::from(byte & 0x7F);
            let end = bytes.iter().rev().fold(0_u64, add);
            let zigzag = end >> CHANNEL_BITS;
            tick += (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
            (tick, (end & 15) as usize)
        });
        ends.filter(move |&(_, channel)| channels[channel]).map(|(tick, _)| tick)
    }

    /// Returns the largest number of `notes`, sorted by onset, that sound at once, without channels that play only drums. A
    /// note that ends when another one starts does not sound with it.
    pub(super) fn polyphony(self, notes: &[Note]) -> u32 {
        let mut melodic = [false; 16];
        for note in notes {
            melodic[usize::from(note.channel.get())] |= !note.drum;
        }
        // Each end is counted at the first note that does not start before it: sorting the ends would need more memory.
        let mut ended = vec![0_u32; notes.len()];
        for end in self.ticks(melodic) {
            let next = notes.partition_point(|note| note.onset.0 < end as u64);
            if let Some(count) = ended.get_mut(next) {
                *count += 1;
            }
        }
        let (mut sounding, mut most) = (0_i64, 0);
        let mut ended = ended.into_iter();
        for chord in notes.chunk_by(|note, next| note.onset == next.onset) {
            sounding -= ended.by_ref().take(chord.len()).map(i64::from).sum::<i64>();
            let started = chord.iter().filter(|note| melodic[usize::from(note.channel.get())]);
            sounding += started.count() as i64;
            most = most.max(sounding);
        }
        u32::try_from(most).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::note::Channel;
    use super::*;

    /// Returns the polyphony of notes, given as onset, end and channel.
    fn polyphony(notes: &[(u64, u64, u8)]) -> u32 {
        let mut ends = EndTicks::default();
        notes.iter().for_each(|&(_, end, channel)| ends.push(Tick(end), channel));
        let mut notes: Vec<Note> = notes
            .iter()
            .map(|&(onset, _, channel)| {
                let (channel, drum) = (Channel::clamped(channel), channel == 9);
                Note { channel, drum, ..Note::test(onset, 60) }
            })
            .collect();
        notes.sort_by_key(|note| note.onset);
        ends.polyphony(&notes)
    }

    #[test]
    fn melody_has_a_polyphony_of_1_and_overlapping_tracks_add_up() {
        assert_eq!(polyphony(&[]), 0);
        assert_eq!(polyphony(&[(0, 480, 0), (480, 960, 0), (960, 1000, 0)]), 1);
        assert_eq!(polyphony(&[(0, 481, 0), (480, 960, 0)]), 2);
        // The second track starts before the first one ends.
        assert_eq!(polyphony(&[(0, 100, 0), (200, 300, 0), (50, 250, 1), (210, 220, 2)]), 3);
    }

    #[test]
    fn drums_and_notes_without_duration_do_not_count() {
        assert_eq!(polyphony(&[(0, 100, 9), (0, 100, 9), (10, 20, 3)]), 1);
        assert_eq!(polyphony(&[(0, 100, 1), (50, 50, 1)]), 1);
    }

    #[test]
    fn far_ends_do_not_overflow() {
        assert_eq!(polyphony(&[(0, u64::MAX, 0), (1, 2, 15)]), 2);
        assert_eq!(polyphony(&[(u64::MAX - 1, u64::MAX, 15)]), 0, "ends count up to 2^60");
    }
}
