//! Which pitches are struck together: first the lowest, then each higher pitch in turn.
//!
//! Rows are shared over pitch: a row belongs to a distance from a note that was played (in the last chords, at the same
//! place of earlier measures, lower in this chord), not to a pitch. So everything is learned in all registers at once.

use crate::guide::Guide;
use crate::habits::PITCH_HABITS;
use crate::history::{History, LEVELS, SOURCES};
use crate::rows::{GAPS, gap, network, scaled_log, scaled_logit};
use crate::sequel;
use crate::song::{bits, ends};
use crate::terms::{Terms, WINDOW};

/// Earlier chords whose notes are features.
const RECENT: usize = 4;
/// Earlier chords whose top and bass are features.
const LINES: usize = 2;
/// Earlier chords of the fading memory, and the factor from one to the next.
const MEMORY: usize = 24;
const FADING: f32 = 0.9;
/// Semitones above a note of the same chord that have rows.
const ABOVE: usize = 24;
/// Classes of the number of notes chosen so far, and of the distance from the lowest.
const COUNTS: usize = 8;
const SPANS: usize = 49;
/// Shares of a step's expected notes below this have no window.
const MIN_SHARE: f32 = 0.02;

/// Heads: the logit of being the lowest pitch, and that of being struck above others.
pub(crate) const LOWEST: usize = 0;
pub(crate) const HIGHER: usize = 1;

/// A note chosen for a chord.
#[derive(Clone, Copy)]
pub(crate) struct Chosen {
    pub(crate) note: usize,
    /// The lowest note of the chord.
    pub(crate) lowest: usize,
    /// Number of the notes chosen so far, with this one.
    pub(crate) count: usize,
}

network! {
    /// The network and its rows.
    struct ChordNet(size, latent) with 2 heads {
        bias: 1,
        code: latent,
        uncoded: 1,
        measure: size.measures(),
        pitch: size.pitches(),
        song: WINDOW,
        classes: 12,
        profile: WINDOW,
        profile_level: 1,
        step: size.steps(),
        beat: size.steps().div_ceil(4),
        gap: GAPS,
        recent: RECENT * WINDOW,
        top: LINES * WINDOW,
        bass: LINES * WINDOW,
        memory: WINDOW,
        sources: SOURCES * LEVELS * WINDOW,
        present: SOURCES * LEVELS * 3,
        shifted: SOURCES * LEVELS * WINDOW,
        pulse: GAPS,
        echo: GAPS,
        habits: PITCH_HABITS,
        sequel: sequel::LEVELS * WINDOW,
        sequel_notes: sequel::LEVELS * 3,
        share: WINDOW,
        rate: 1,
        step_sum: 1,
        above: ABOVE,
        count: COUNTS,
        span: SPANS,
        pair: 1,
        size_habit: 1,
    }
}

impl ChordNet {
    /// Adds the features that all chords of a measure share.
    pub(crate) fn measure(
        &self,
        history: &History,
        guide: Option<&Guide>,
        measure: usize,
        terms: &mut Terms,
    ) {
        let pitches = self.size.pitches();
        terms.common(self.bias, 1.0);
        terms.common(self.measure + measure, 1.0);
        terms.block(0..pitches, self.pitch, 1.0);
        let counts = &history.pitch_counts;
        let share = 4.0 / counts.iter().sum::<u32>().max(1) as f32;
        let mut classes = [0.0; 12];
        for (pitch, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            terms.window(pitch, self.song, share * count as f32, pitches);
            classes[pitch % 12] += share * count as f32;
        }
        for pitch in 0..pitches {
            for (interval, row) in (self.classes..self.classes + 12).enumerate() {
                let amount = classes[(pitch + interval) % 12];
                if amount > 0.0 {
                    terms.local(pitch, row, amount);
                }
            }
        }
        let Some(guide) = guide else {
            terms.common(self.uncoded, 1.0);
            return;
        };
        terms.common_each(self.code, guide.latent());
        for (pitch, &expected) in guide.profile(measure).iter().enumerate() {
            if expected > 0.1 {
                terms.window(pitch, self.profile, expected.min(4.0) / 2.0, pitches);
            }
            terms.local(pitch, self.profile_level, scaled_log(expected));
        }
    }

    /// Adds the features of the chord at a time, up to which the history is known.
    pub(crate) fn chord(
        &self,
        history: &History,
        guide: Option<&Guide>,
        time: usize,
        terms: &mut Terms,
    ) {
        let (steps, pitches) = (self.size.steps(), self.size.pitches());
        let step = time % steps;
        terms.common(self.step + step, 1.0);
        terms.common(self.beat + step % steps.div_ceil(4), 1.0);
        self.recent(history, time, terms);
        self.repeats(history, time, terms);
        for (pitch, &[last, before]) in history.struck.iter().enumerate() {
            if last != usize::MAX {
                let distance = time - last;
                terms.local(pitch, self.pulse + gap(distance), 1.0);
                if before != usize::MAX && last - before == distance {
                    terms.local(pitch, self.echo + gap(distance), 1.0);
                }
            }
        }
        self.habits(history, time, terms);
        let Some(guide) = guide else { return };
        let sum = guide.step_sum(time).max(1e-6);
        terms.common(self.step_sum, scaled_log(sum));
        for (pitch, &rate) in guide.rates(time).iter().enumerate() {
            if rate > MIN_SHARE * sum {
                terms.window(pitch, self.share, 2.0 * rate / sum, pitches);
            }
            terms.local(pitch, self.rate, scaled_logit(rate));
        }
    }

    /// Adds what the song does often, and what followed the last chords before.
    fn habits(&self, history: &History, time: usize, terms: &mut Terms) {
        let pitches = self.size.pitches();
        for pitch in 0..pitches {
            for (row, number) in (self.habits..).zip(history.habits.pitch_features(time, pitch)) {
                if number > 0.0 {
                    terms.local(pitch, row, number);
                }
            }
        }
        if let Some(sequel) = history.sequels.next() {
            let notes = (sequel.chord.count_ones() as usize).min(2);
            terms.common(self.sequel_notes + 3 * sequel.level + notes, 1.0);
            for pitch in bits(sequel.chord) {
                terms.window(pitch, self.sequel + sequel.level * WINDOW, 1.0, pitches);
            }
        }
    }

    /// Adds the last chords.
    fn recent(&self, history: &History, time: usize, terms: &mut Terms) {
        let pitches = self.size.pitches();
        if let Some(&last) = history.chords.last() {
            terms.common(self.gap + gap(time - last), 1.0);
        }
        let (mut fading, mut memory) = (1.0, vec![0.0; pitches]);
        for (back, &at) in history.chords.iter().rev().take(MEMORY).enumerate() {
            let chord = history.song.at(at);
            for pitch in bits(chord) {
                if back < RECENT {
                    terms.window(pitch, self.recent + back * WINDOW, 1.0, pitches);
                }
                memory[pitch] += fading;
            }
            if back < LINES {
                let (bass, top) = ends(chord);
                terms.window(top, self.top + back * WINDOW, 1.0, pitches);
                terms.window(bass, self.bass + back * WINDOW, 1.0, pitches);
            }
            fading *= FADING;
        }
        for (pitch, &amount) in memory.iter().enumerate().filter(|(_, amount)| **amount > 0.0) {
            terms.window(pitch, self.memory, amount / 3.0, pitches);
        }
    }

    /// Adds the chords at the places that this one may repeat, and their motion from the chord before them.
    fn repeats(&self, history: &History, time: usize, terms: &mut Terms) {
        let pitches = self.size.pitches();
        let last = history.chords.last().map(|&at| ends(history.song.at(at)));
        for (index, source) in history.sources(time).into_iter().enumerate() {
            let Some(source) = source else { continue };
            let at = time - source.lag;
            let chord = history.song.at(at);
            let cell = index * LEVELS + source.level;
            terms.common(self.present + 3 * cell + (chord.count_ones() as usize).min(2), 1.0);
            for pitch in bits(chord) {
                terms.window(pitch, self.sources + cell * WINDOW, 1.0, pitches);
            }
            let before = history.chords.partition_point(|&chord| chord < at);
            let before =
                before.checked_sub(1).map(|index| ends(history.song.at(history.chords[index])));
            let (Some((bass, top)), Some((old_bass, old_top))) = (last, before) else { continue };
            let shifts =
                [(top, old_top), (bass, old_bass)].map(|(now, old)| now as isize - old as isize);
            // The same motion from another pitch: a sequence.
            let shifts = if shifts[0] == shifts[1] { &shifts[..1] } else { &shifts[..] };
            for &shift in shifts.iter().filter(|&&shift| shift != 0) {
                for pitch in bits(chord) {
                    let moved = usize::try_from(pitch as isize + shift).ok();
                    if let Some(moved) = moved.filter(|&moved| moved < pitches) {
                        terms.window(moved, self.shifted + cell * WINDOW, 0.5, pitches);
                    }
                }
            }
        }
    }

    /// Adds the features that a chosen note gives to the pitches above it, up to the next.
    pub(crate) fn above(&self, history: &History, chosen: Chosen, terms: &mut Terms) {
        let Chosen { note, lowest, count } = chosen;
        let pitches = self.size.pitches();
        terms.block(note + 1..(note + 1 + ABOVE).min(pitches), self.above, 1.0);
        // Rows add up over the chosen notes: each note adds the difference to the logit of one note fewer.
        let size = |notes: usize| if notes == 0 { 0.0 } else { history.habits.size_feature(notes) };
        let further = size(count) - size(count - 1);
        for pitch in note + 1..pitches {
            terms.local(pitch, self.count + count.min(COUNTS) - 1, 1.0);
            terms.local(pitch, self.size_habit, further);
            let pair = history.habits.pair_feature(pitch - note);
            if pair > 0.0 {
                terms.local(pitch, self.pair, pair);
            }
        }
        if note == lowest {
            for pitch in note + 1..pitches {
                terms.local(pitch, self.span + (pitch - note).min(SPANS) - 1, 1.0);
            }
        }
    }
}
