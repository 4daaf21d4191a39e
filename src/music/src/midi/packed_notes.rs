//! PackedNote notes as they are collected: each one number, so that to sort them is quick.

use super::super::note::{Channel, Note, Pitch, Tick, Velocity};

/// Bits of what is struck, below those of when: pitch, channel, velocity, program, from the highest down.
const PAYLOAD_BITS: u32 = 25;
/// Notes of a chord that a note is moved past; what is left of a larger one waits for the sorting.
const CHORD: usize = 8;

/// What is struck: of each number, its lowest seven bits, and four of the channel.
#[derive(Clone, Copy)]
pub(super) struct PackedNote {
    pub(super) pitch: u8,
    pub(super) channel: u8,
    pub(super) velocity: u8,
    pub(super) program: u8,
}

/// The notes of a file, track after track.
pub(super) struct PackedNotes {
    /// Onset and what, in one number each.
    notes: Vec<u64>,
    /// Those whose onset leaves no room for the rest in such a number: ticks beyond any music, where only
    /// broken files get.
    far: Vec<Note>,
}

impl PackedNotes {
    /// None so far, with room for so many.
    pub(super) fn with_capacity(notes: usize) -> Self {
        Self { notes: Vec::with_capacity(notes), far: Vec::new() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.notes.len() + self.far.len()
    }

    /// Appends a note. A track's notes come by onset but a chord's in any order, so a note is moved to its
    /// place in the chord: then each track is one ascending run, and merging runs is all that is left of the
    /// sorting.
    #[inline]
    pub(super) fn push(&mut self, Tick(onset): Tick, struck: PackedNote) {
        let what = u32::from(struck.pitch & 127) << 18
            | u32::from(struck.channel & 15) << 14
            | u32::from(struck.velocity & 127) << 7
            | u32::from(struck.program & 127);
        if onset >> (64 - PAYLOAD_BITS) != 0 {
            if self.far.is_empty() {
                // Room was made for notes that are written here instead.
                self.notes.shrink_to_fit();
            }
            return self.far.push(note(onset, what));
        }
        let note = onset << PAYLOAD_BITS | u64::from(what);
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

    /// All notes by onset, pitch, channel and everything else, so that the order depends on nothing but the
    /// notes. Channel 10 alone is marked as drums.
    pub(super) fn sorted(mut self) -> Vec<Note> {
        self.notes.sort();
        // Masked, so the cut is none.
        let near = self.notes.iter().map(|&both| note(both >> PAYLOAD_BITS, both as u32));
        if self.far.is_empty() {
            return near.collect();
        }
        // In place: a broken file may have nothing but far notes, and they take room once.
        let key = |note: &Note| (note.onset, note.pitch, note.channel, note.velocity, note.program);
        self.far.sort_unstable_by_key(key);
        self.far.reserve_exact(self.notes.len());
        self.far.splice(0..0, near);
        self.far
    }
}

/// The note out of its onset and the lowest bits of `what`.
#[inline]
fn note(onset: u64, what: u32) -> Note {
    let channel = Channel::clamped((what >> 14 & 15) as u8);
    Note {
        onset: Tick(onset),
        pitch: Pitch::clamped((what >> 18 & 127) as u8),
        channel,
        velocity: Velocity::clamped((what >> 7 & 127) as u8),
        program: (what & 127) as u8,
        drum: channel == Channel::DRUMS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(notes: &mut PackedNotes, (onset, pitch, channel, velocity): (u64, u8, u8, u8)) {
        notes.push(Tick(onset), PackedNote { pitch, channel, velocity, program: 5 });
    }

    #[test]
    fn notes_come_by_onset_pitch_channel_and_velocity_whatever_order_they_were_struck_in() {
        // Chords larger than what a note is moved past, onsets up to the last one there is, two tracks.
        let mut struck: Vec<(u64, u8, u8, u8)> = Vec::new();
        for track in [3, 9] {
            let far = [u64::MAX / 3, (1 << 39) - 1, 1 << 39, u64::MAX];
            for at in [0, 1].into_iter().chain(far).flat_map(|at| [at; 20]) {
                let pitch = (struck.len() * 37 % 101) as u8;
                struck.push((at, pitch, track, 1 + pitch % 3));
            }
        }
        let mut pushed = PackedNotes::with_capacity(0);
        struck.iter().for_each(|&note| push(&mut pushed, note));
        assert_eq!(pushed.len(), struck.len());
        let notes = pushed.sorted();
        struck.sort_unstable();
        let found =
            notes.iter().map(|n| (n.onset.0, n.pitch.get(), n.channel.get(), n.velocity.get()));
        assert_eq!(found.collect::<Vec<_>>(), struck);
        assert!(notes.iter().all(|note| note.drum == (note.channel.get() == 9)));
        assert!(notes.iter().all(|note| note.program == 5));
    }

    #[test]
    fn a_chord_that_was_struck_downwards_is_in_order_at_once() {
        let mut notes = PackedNotes::with_capacity(0);
        [67, 64, 60, 72].iter().for_each(|&pitch| push(&mut notes, (480, pitch, 0, 90)));
        push(&mut notes, (481, 10, 0, 90));
        assert!(notes.notes.is_sorted());
    }
}
