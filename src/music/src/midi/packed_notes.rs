//! Notes during collection: each is one number, so that sorting is fast. A note has its port in place of its program.

use super::super::note::{Channel, Note, Pitch, Tick, Velocity};

/// Bits of the payload, below those of the onset: pitch, channel, velocity, port, from the highest down.
const PAYLOAD_BITS: u32 = 25;
/// Maximum number of notes of a chord that a note is moved past; the rest is left to the sorting.
const CHORD: usize = 8;

/// The payload of a note: the lowest seven bits of each number are kept, and four of the channel.
#[derive(Clone, Copy)]
pub(super) struct PackedNote {
    pub(super) pitch: u8,
    pub(super) channel: u8,
    pub(super) velocity: u8,
    pub(super) port: u8,
}

/// The notes of a file, track after track.
pub(super) struct PackedNotes {
    /// Onset and payload in one number each.
    notes: Vec<u64>,
    /// Notes whose onset leaves no room for the payload: only broken files have such ticks.
    far: Vec<Note>,
}

impl PackedNotes {
    /// Creates an empty list with room for `notes`.
    pub(super) fn with_capacity(notes: usize) -> Self {
        Self { notes: Vec::with_capacity(notes), far: Vec::new() }
    }

    /// Number of notes.
    pub(super) fn len(&self) -> usize {
        self.notes.len() + self.far.len()
    }

    /// Appends a note. Notes of a track come by onset, those of a chord in any order, so a note is moved to its place in
    /// the chord: then each track is one ascending run, and sorting only merges runs.
    #[inline]
    pub(super) fn push(&mut self, Tick(onset): Tick, note: PackedNote) {
        let payload = u32::from(note.pitch & 127) << 18
            | u32::from(note.channel & 15) << 14
            | u32::from(note.velocity & 127) << 7
            | u32::from(note.port & 127);
        if onset >> (64 - PAYLOAD_BITS) != 0 {
            if self.far.is_empty() {
                // The allocation was for notes that go to `far` instead.
                self.notes.shrink_to_fit();
            }
            return self.far.push(unpack(onset, payload));
        }
        let note = onset << PAYLOAD_BITS | u64::from(payload);
        let in_order = self.notes.last().is_none_or(|&last| last <= note);
        self.notes.push(note);
        if !in_order {
            self.sink(note);
        }
    }

    /// Moves the last note to its place in its chord.
    #[inline(never)]
    fn sink(&mut self, note: u64) {
        let last = self.notes.len() - 1;
        let before = &self.notes[last.saturating_sub(CHORD)..last];
        let higher =
            |other: &&u64| **other > note && **other >> PAYLOAD_BITS == note >> PAYLOAD_BITS;
        let moved = before.iter().rev().take_while(higher).count();
        self.notes[last - moved..].rotate_right(1);
    }

    /// Returns a mark of what is there now.
    pub(super) fn mark(&self) -> usize {
        self.notes.len()
    }

    /// Iterates over (onset, channel, pitch) of the notes since a mark, the last one first.
    pub(super) fn since(&self, mark: usize) -> impl Iterator<Item = (Tick, u8, u8)> {
        let notes = self.notes.get(mark..).unwrap_or_default().iter().rev();
        notes.map(|&both| {
            let payload = both as u32; // the rest is the onset
            (Tick(both >> PAYLOAD_BITS), (payload >> 14 & 15) as u8, (payload >> 18 & 127) as u8)
        })
    }

    /// Returns the last onset since a mark, 0 if there is none.
    pub(super) fn last_onset_since(&self, mark: usize) -> Tick {
        let far = self.far.iter().map(|note| note.onset).max();
        let near = self.notes.get(mark..).unwrap_or_default().iter().max();
        let near = near.map(|&both| Tick(both >> PAYLOAD_BITS));
        far.or(near).unwrap_or_default()
    }

    /// Sorts by onset, pitch, channel and the rest, so that the order depends only on the notes. The program of a note is
    /// its port, and the notes of channel 10 are marked as drums.
    pub(super) fn sorted(mut self) -> Vec<Note> {
        self.notes.sort();
        // `unpack` masks, so the cast loses nothing.
        let near = self.notes.iter().map(|&both| unpack(both >> PAYLOAD_BITS, both as u32));
        if self.far.is_empty() {
            return near.collect();
        }
        // In place: a broken file may have only far notes, and this does not copy them.
        let key = |note: &Note| (note.onset, note.pitch, note.channel, note.velocity, note.program);
        self.far.sort_unstable_by_key(key);
        self.far.reserve_exact(self.notes.len());
        self.far.splice(0..0, near);
        self.far
    }
}

/// Returns the note of an onset and the lowest bits of `payload`.
#[inline]
fn unpack(onset: u64, payload: u32) -> Note {
    let channel = Channel::clamped((payload >> 14 & 15) as u8);
    Note {
        onset: Tick(onset),
        pitch: Pitch::clamped((payload >> 18 & 127) as u8),
        channel,
        velocity: Velocity::clamped((payload >> 7 & 127) as u8),
        program: (payload & 127) as u8,
        drum: channel == Channel::DRUMS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(notes: &mut PackedNotes, (onset, pitch, channel, velocity): (u64, u8, u8, u8)) {
        notes.push(Tick(onset), PackedNote { pitch, channel, velocity, port: 5 });
    }

    #[test]
    fn notes_are_sorted_by_onset_pitch_channel_and_velocity() {
        // Chords larger than what a note is moved past, onsets up to the last one there is, two tracks.
        let mut expected: Vec<(u64, u8, u8, u8)> = Vec::new();
        for track in [3, 9] {
            let far = [u64::MAX / 3, (1 << 39) - 1, 1 << 39, u64::MAX];
            for at in [0, 1].into_iter().chain(far).flat_map(|at| [at; 20]) {
                let pitch = (expected.len() * 37 % 101) as u8;
                expected.push((at, pitch, track, 1 + pitch % 3));
            }
        }
        let mut pushed = PackedNotes::with_capacity(0);
        expected.iter().for_each(|&note| push(&mut pushed, note));
        assert_eq!(pushed.len(), expected.len());
        let notes = pushed.sorted();
        expected.sort_unstable();
        let found =
            notes.iter().map(|n| (n.onset.0, n.pitch.get(), n.channel.get(), n.velocity.get()));
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert!(notes.iter().all(|note| note.drum == (note.channel.get() == 9)));
        assert!(notes.iter().all(|note| note.program == 5));
    }

    #[test]
    fn descending_chords_are_sorted_on_insertion() {
        let mut notes = PackedNotes::with_capacity(0);
        [67, 64, 60, 72].iter().for_each(|&pitch| push(&mut notes, (480, pitch, 0, 90)));
        push(&mut notes, (481, 10, 0, 90));
        assert!(notes.notes.is_sorted());
    }
}
