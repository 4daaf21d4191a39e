//! Habits of a song: counts of the intervals of its outer lines, of the intervals within its chords, of their sizes, of
//! its rhythm, and of the pitches at each step of a measure and of a beat.
//!
//! Each song has its own habits, such as octaves in the bass or runs in the top line. The counts cover the song so far and
//! are features of its next decisions.

use crate::song::{Pitches, bits, ends};
use partita_music::roll::RollSize;

/// Widest interval of a line with a count of its own, in semitones.
const WIDEST: usize = 24;
const INTERVALS: usize = 2 * WIDEST + 1;
/// Intervals within a chord that are counted, in semitones.
const PAIRS: usize = 25;
/// Chord sizes that are counted.
const SIZES: usize = 8;
/// Longest gap between chords with a count of its own, in steps; longer ones are counted as this one.
const LONGEST: usize = 96;

/// Counts of classes in a sequence: of all, and of those that follow each class.
#[derive(Debug, Clone)]
struct Counts {
    classes: usize,
    all: Vec<u16>,
    total: u32,
    after: Vec<u16>,
    after_totals: Vec<u32>,
    last: Option<usize>,
}

impl Counts {
    fn new(classes: usize) -> Self {
        Self {
            classes,
            all: vec![0; classes],
            total: 0,
            after: vec![0; classes * classes],
            after_totals: vec![0; classes],
            last: None,
        }
    }

    fn add(&mut self, class: usize) {
        self.all[class] += 1;
        self.total += 1;
        if let Some(last) = self.last {
            self.after[last * self.classes + class] += 1;
            self.after_totals[last] += 1;
        }
        self.last = Some(class);
    }

    /// Returns the lift of a class over a uniform distribution: among all, and among those after the last class.
    fn lift(&self, class: usize) -> [f32; 2] {
        let after = self.last.map_or(0.0, |last| {
            let count = self.after[last * self.classes + class];
            lift(u32::from(count), self.after_totals[last], self.classes)
        });
        [lift(u32::from(self.all[class]), self.total, self.classes), after]
    }

    /// Returns the probability of a class among itself and higher ones, with the number of cases: among all, and among
    /// those after the last class.
    fn hazard(&self, class: usize) -> [(f32, u32); 2] {
        let of = |counts: &[u16]| {
            let rest: u32 = counts[class..].iter().map(|&count| u32::from(count)).sum();
            ((f32::from(counts[class]) + 0.1) / (rest as f32 + 0.5), rest)
        };
        let after = self.last.map_or((0.0, 0), |last| {
            of(&self.after[last * self.classes..(last + 1) * self.classes])
        });
        [of(&self.all), after]
    }
}

/// Returns a number that is 0 for a count of 0, and about 1 if the count is the total.
fn lift(count: u32, total: u32, classes: usize) -> f32 {
    (count as f32 / (total as f32 + 1.0) * classes as f32).ln_1p() / 4.0
}

/// A line of single notes: the basses or the tops of chords.
#[derive(Debug, Clone)]
struct Line {
    last: Option<usize>,
    intervals: Counts,
}

impl Line {
    fn new() -> Self {
        Self { last: None, intervals: Counts::new(INTERVALS) }
    }

    fn add(&mut self, pitch: usize) {
        if let Some(last) = self.last {
            self.intervals.add(interval(last, pitch));
        }
        self.last = Some(pitch);
    }

    fn lift(&self, pitch: usize) -> [f32; 2] {
        self.last.map_or([0.0; 2], |last| self.intervals.lift(interval(last, pitch)))
    }
}

fn interval(from: usize, to: usize) -> usize {
    (to + WIDEST).saturating_sub(from).min(INTERVALS - 1)
}

/// The counts of a song so far.
#[derive(Debug, Clone)]
pub(crate) struct Habits {
    bass: Line,
    top: Line,
    /// Pairs of notes of a chord, by interval.
    pairs: [u32; PAIRS],
    /// Notes with a note above them.
    lower: u32,
    /// Chords of at least 1, 2, ... notes.
    sizes: [u32; SIZES + 1],
    gaps: Counts,
    last_time: Option<usize>,
    steps: Places,
    beats: Places,
}

/// Pitches struck at recurring places, such as the steps of a measure.
#[derive(Debug, Clone)]
struct Places {
    count: usize,
    pitches: usize,
    /// By place, then by pitch.
    struck: Vec<u16>,
    /// Chords at each place.
    chords: Vec<u32>,
}

impl Places {
    fn new(count: usize, pitches: usize) -> Self {
        Self { count, pitches, struck: vec![0; count * pitches], chords: vec![0; count] }
    }

    fn add(&mut self, time: usize, chord: Pitches) {
        let place = time % self.count;
        self.chords[place] += 1;
        bits(chord).for_each(|pitch| self.struck[place * self.pitches + pitch] += 1);
    }

    fn lift(&self, time: usize, pitch: usize) -> f32 {
        let place = time % self.count;
        let count = self.struck[place * self.pitches + pitch];
        lift(u32::from(count), self.chords[place], self.pitches)
    }
}

/// Numbers about each pitch of a chord.
pub(crate) const PITCH_HABITS: usize = 6;
/// Numbers about a strike.
pub(crate) const GAP_HABITS: usize = 4;

impl Habits {
    pub(crate) fn new(size: RollSize) -> Self {
        let (steps, pitches) = (size.steps(), size.pitches());
        Self {
            bass: Line::new(),
            top: Line::new(),
            pairs: [0; PAIRS],
            lower: 0,
            sizes: [0; SIZES + 1],
            gaps: Counts::new(LONGEST + 1),
            last_time: None,
            steps: Places::new(steps, pitches),
            beats: Places::new(steps.div_ceil(4), pitches),
        }
    }

    /// Adds the chord at a time, which follows on all before.
    pub(crate) fn add(&mut self, time: usize, chord: Pitches) {
        let (bass, top) = ends(chord);
        self.bass.add(bass);
        self.top.add(top);
        for note in bits(chord) {
            let above = (chord >> note) >> 1;
            self.lower += u32::from(above != 0);
            bits(above)
                .map(|above| above + 1)
                .take_while(|&interval| interval < PAIRS)
                .for_each(|interval| self.pairs[interval] += 1);
        }
        let size = chord.count_ones() as usize;
        self.sizes[..size.min(SIZES + 1)].iter_mut().for_each(|count| *count += 1);
        if let Some(last) = self.last_time {
            self.gaps.add((time - last).min(LONGEST));
        }
        self.last_time = Some(time);
        self.steps.add(time, chord);
        self.beats.add(time, chord);
    }

    /// Returns numbers about a pitch at a time: as the next bass and top, at this step of a measure and of a beat;
    /// each is 0 if that never happened.
    pub(crate) fn pitch_features(&self, time: usize, pitch: usize) -> [f32; PITCH_HABITS] {
        let ([bass, bass_after], [top, top_after]) = (self.bass.lift(pitch), self.top.lift(pitch));
        let (step, beat) = (self.steps.lift(time, pitch), self.beats.lift(time, pitch));
        [bass, bass_after, top, top_after, step, beat]
    }

    /// Returns a number about an interval between two notes of a chord; 0 if it never happened.
    pub(crate) fn pair_feature(&self, interval: usize) -> f32 {
        self.pairs.get(interval).map_or(0.0, |&count| lift(count, self.lower, PAIRS))
    }

    /// Returns the scaled logit of a further note after this many, at least 1; 0 without a chord.
    pub(crate) fn size_feature(&self, notes: usize) -> f32 {
        let at = notes.min(SIZES);
        let (more, all) = (self.sizes[at] as f32, self.sizes[at - 1] as f32);
        ((more + 0.3) / (all - more + 0.3)).ln() / 3.0
    }

    /// Returns numbers about a strike at a time, by the gaps so far.
    pub(crate) fn gap_features(&self, time: usize) -> [f32; GAP_HABITS] {
        let Some(last) = self.last_time else { return [0.0; GAP_HABITS] };
        let [(all, cases), (after, after_cases)] = self.gaps.hazard((time - last).min(LONGEST));
        let number = |hazard: f32, cases: u32| match cases {
            0 => [0.0, 0.0],
            _ => [(hazard / (1.0 - hazard)).ln() / 3.0, (cases as f32).ln_1p() / 3.0],
        };
        let ([a, b], [c, d]) = (number(all, cases), number(after, after_cases));
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn habits() -> Habits {
        Habits::new(RollSize::new(4, 24, 40).unwrap())
    }

    fn chord(pitches: &[usize]) -> Pitches {
        pitches.iter().map(|pitch| 1 << pitch).sum()
    }

    #[test]
    fn what_a_song_repeats_is_a_habit() {
        let mut habits = habits();
        for (at, bass) in [10, 12, 10, 12, 10].into_iter().enumerate() {
            habits.add(6 * at, chord(&[bass, bass + 12]));
        }
        let [bass, bass_after, top, top_after, ..] = habits.pitch_features(29, 12);
        assert!(bass > 0.5 && bass_after > bass, "{bass} {bass_after}");
        assert_eq!(habits.pitch_features(30, 13), [0.0; PITCH_HABITS]);
        assert_eq!((top, top_after), (0.0, 0.0));
        assert!(habits.pitch_features(29, 24)[3] > 0.5);
        let [.., step, beat] = habits.pitch_features(30, 12);
        assert!(step > 0.5 && beat > 0.0, "struck at step 6, and in the beat: {step} {beat}");
        assert_eq!(habits.pitch_features(29, 12)[4..], [0.0; 2]);
        assert!(habits.pair_feature(12) > 0.5);
        assert_eq!(habits.pair_feature(11), 0.0);
        assert!(habits.size_feature(1) > 0.5 && habits.size_feature(2) < -0.5);
        let [usual, ..] = habits.gap_features(30);
        let [early, ..] = habits.gap_features(29);
        assert!(usual > 0.5 && early < -0.5, "{usual} {early}");
    }

    #[test]
    fn a_song_without_a_past_has_no_habits() {
        let habits = habits();
        assert_eq!(habits.pitch_features(0, 5), [0.0; PITCH_HABITS]);
        assert_eq!((habits.pair_feature(3), habits.size_feature(1)), (0.0, 0.0));
        assert_eq!(habits.gap_features(7), [0.0; GAP_HABITS]);
    }
}
