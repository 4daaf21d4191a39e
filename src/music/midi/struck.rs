//! Struck notes as they are collected: each one number to compare, so that to sort them is quick.

use super::super::note::{Channel, Note, Pitch, Tick, Velocity};
use std::cmp::Ordering;

/// A note, of the size of a [`Note`], so that these can be made in place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Struck {
    onset: u64,
    /// Pitch, channel, velocity, program, from the highest byte down.
    what: u32,
}

/// Notes of a chord that a note is moved past; what is left of a larger one waits for the sorting.
const CHORD: usize = 8;

impl Struck {
    #[inline]
    pub(super) fn new(
        Tick(onset): Tick,
        pitch: Pitch,
        channel: Channel,
        velocity: Velocity,
        program: u8,
    ) -> Self {
        let what = u32::from_be_bytes([pitch.get(), channel.get(), velocity.get(), program]);
        Self { onset, what }
    }

    /// One number is compared without a branch.
    fn key(self) -> u128 {
        u128::from(self.onset) << 64 | u128::from(self.what)
    }

    fn note(self) -> Note {
        let [pitch, channel, velocity, program] = self.what.to_be_bytes();
        let channel = Channel::clamped(channel);
        Note {
            onset: Tick(self.onset),
            pitch: Pitch::clamped(pitch),
            channel,
            velocity: Velocity::clamped(velocity),
            program,
            drum: channel == Channel::DRUMS,
        }
    }
}

impl Ord for Struck {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Struck {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    #[inline]
    fn lt(&self, other: &Self) -> bool {
        self.key() < other.key()
    }
}

/// Appends a note. A track's notes come by onset but a chord's in any order, so a note is moved to its place
/// in the chord: then each track is one ascending run, and merging runs is all that is left of the sorting.
#[inline]
pub(super) fn push(notes: &mut Vec<Struck>, note: Struck) {
    let mut at = notes.len();
    notes.push(note);
    let least = at.saturating_sub(CHORD);
    while at > least && notes[at - 1].onset == note.onset && notes[at - 1].what > note.what {
        notes.swap(at - 1, at);
        at -= 1;
    }
}

/// All notes by onset, pitch, channel and everything else, so that the order depends on nothing but the
/// notes. Channel 10 alone is marked as drums.
pub(super) fn sorted(mut notes: Vec<Struck>) -> Vec<Note> {
    notes.sort();
    notes.into_iter().map(Struck::note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(onset: u64, pitch: u8, channel: u8, velocity: u8) -> Struck {
        let (pitch, velocity) = (Pitch::clamped(pitch), Velocity::clamped(velocity));
        Struck::new(Tick(onset), pitch, Channel::clamped(channel), velocity, 5)
    }

    #[test]
    fn notes_come_by_onset_pitch_channel_and_velocity_whatever_order_they_were_struck_in() {
        // Chords larger than what a note is moved past, onsets beyond 32 bits, two tracks.
        let mut struck = Vec::new();
        for track in [3, 9] {
            for at in (0..60).map(|index| index / 20 * (u64::MAX / 3)) {
                let pitch = (struck.len() * 37 % 101) as u8;
                struck.push(note(at, pitch, track, 1 + pitch % 3));
            }
        }
        let mut pushed = Vec::new();
        struck.iter().for_each(|&note| push(&mut pushed, note));
        let notes = sorted(pushed);
        let mut expected: Vec<Note> = struck.into_iter().map(Struck::note).collect();
        expected.sort_by_key(|n| (n.onset, n.pitch, n.channel, n.velocity, n.program));
        assert_eq!(notes, expected);
        assert!(notes.iter().all(|note| note.drum == (note.channel.get() == 9)));
    }

    #[test]
    fn a_chord_that_was_struck_downwards_is_in_order_at_once() {
        let mut notes = Vec::new();
        [67, 64, 60, 72].iter().for_each(|&pitch| push(&mut notes, note(480, pitch, 0, 90)));
        push(&mut notes, note(481, 10, 0, 90));
        assert!(notes.is_sorted());
    }
}
