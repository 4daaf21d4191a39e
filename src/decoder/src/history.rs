//! The song so far, as features need it: the same for a real song in training and for a song being drawn.

use crate::habits::Habits;
use crate::plan::Variation;
use crate::sequel::Sequels;
use crate::song::{Pitches, Song};
use crate::without::Without;

/// Steps back to earlier music whose chords are features, as multiples of a quarter of a measure.
pub(crate) const LAGS: [usize; 7] = [1, 2, 4, 8, 12, 16, 32];
/// Lags, and the source of this measure's plan.
pub(crate) const SOURCES: usize = LAGS.len() + 1;
/// Levels of agreement with earlier music.
pub(crate) const LEVELS: usize = 6;

/// Cells that agree and disagree with those some steps earlier.
#[derive(Debug, Clone, Copy, Default)]
struct Agreement {
    hits: u32,
    misses: u32,
}

impl Agreement {
    fn add(&mut self, now: Pitches, earlier: Pitches) {
        self.hits += (now & earlier).count_ones();
        self.misses += (now ^ earlier).count_ones();
    }

    /// Level 0: nothing to compare; then by F1: below 0.1, 0.4, 0.75, 1, and equal.
    fn level(self) -> usize {
        match self.f1() {
            None => 0,
            Some(f1) if f1 < 0.1 => 1,
            Some(f1) if f1 < 0.4 => 2,
            Some(f1) if f1 < 0.75 => 3,
            Some(f1) if f1 < 1.0 => 4,
            Some(_) => 5,
        }
    }

    fn f1(self) -> Option<f32> {
        let all = 2 * self.hits + self.misses;
        (all > 0).then(|| 2.0 * self.hits as f32 / all as f32)
    }
}

/// An earlier place that music may be repeated from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    /// Steps back.
    pub(crate) lag: usize,
    /// How well this measure so far and the last agree with it, below [`LEVELS`].
    pub(crate) level: usize,
}

/// The song so far.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) song: Song,
    /// Times before this one are known.
    now: usize,
    /// Times of chords, ascending.
    pub(crate) chords: Vec<usize>,
    /// Onsets of each pitch before this measure.
    pub(crate) pitch_counts: Vec<u32>,
    /// Earlier measures that strike at each step.
    pub(crate) step_counts: Vec<u32>,
    /// Time at which each pitch was last struck, and before that; `usize::MAX` if never.
    pub(crate) struck: Vec<[usize; 2]>,
    pub(crate) habits: Habits,
    pub(crate) sequels: Sequels,
    /// What no feature may show.
    without: Without,
    /// The variation that this measure is planned to be.
    pub(crate) planned: Option<Variation>,
    /// Agreement of this measure so far and of the last: by lag of [`LAGS`], then by measures back, from 1.
    agreements: Vec<[Agreement; 2]>,
}

impl History {
    pub(crate) fn new(song: Song, without: Without) -> Self {
        let size = song.size();
        Self {
            now: 0,
            chords: Vec::new(),
            pitch_counts: vec![0; size.pitches()],
            step_counts: vec![0; size.steps()],
            struck: vec![[usize::MAX; 2]; size.pitches()],
            habits: Habits::new(size),
            sequels: Sequels::default(),
            without,
            planned: None,
            agreements: vec![[Agreement::default(); 2]; LAGS.len() + size.measures()],
            song,
        }
    }

    fn lag(&self, index: usize) -> usize {
        let steps = self.song.size().steps();
        LAGS.get(index).map_or_else(|| (index - LAGS.len() + 1) * steps, |lag| lag * steps / 4)
    }

    /// Advances to a time; chords before it no longer change.
    pub(crate) fn advance(&mut self, to: usize) {
        let steps = self.song.size().steps();
        for time in self.now..to {
            let chord = self.song.at(time);
            for index in 0..self.agreements.len() {
                let lag = self.lag(index);
                if time >= lag {
                    self.agreements[index][0].add(chord, self.song.before(time, lag));
                }
            }
            if chord != 0 {
                self.chords.push(time);
                if self.without != Without::Habits {
                    self.habits.add(time, chord);
                    self.sequels.add(time, chord, self.song.size().pitches());
                }
                for pitch in crate::song::bits(chord) {
                    let [last, _] = self.struck[pitch];
                    self.struck[pitch] = [time, last];
                }
            }
            if (time + 1) % steps == 0 {
                self.end_measure(time / steps);
            }
        }
        self.now = self.now.max(to);
    }

    fn end_measure(&mut self, measure: usize) {
        for [current, last] in &mut self.agreements {
            *last = std::mem::take(current);
        }
        for (step, &chord) in self.song.measure(measure).iter().enumerate() {
            self.step_counts[step] += u32::from(chord != 0);
            crate::song::bits(chord).for_each(|pitch| self.pitch_counts[pitch] += 1);
        }
    }

    fn agreement(&self, index: usize) -> Agreement {
        let [a, b] = self.agreements[index];
        Agreement { hits: a.hits + b.hits, misses: a.misses + b.misses }
    }

    /// Returns the agreement of the last measure with the one `back` measures before it, 0..=1.
    pub(crate) fn last_similarity(&self, back: usize) -> Option<f32> {
        self.agreements[LAGS.len() + back - 1][1].f1()
    }

    /// Returns the places that a chord at `time` may repeat; `None` before the start of the song, and for the last of
    /// them if the measure varies no other. The level of the last: how well this measure agrees with it so far, and
    /// whether it stays close.
    pub(crate) fn sources(&self, time: usize) -> [Option<Source>; SOURCES] {
        let mut sources = [None; SOURCES];
        let source =
            |index: usize| Source { lag: self.lag(index), level: self.agreement(index).level() };
        let lags = if self.without == Without::Lags { 0 } else { LAGS.len() };
        for (index, place) in sources.iter_mut().take(lags).enumerate() {
            *place = (time >= self.lag(index)).then(|| source(index));
        }
        if let Some(Variation { back, close }) = self.planned {
            let index = LAGS.len() + back - 1;
            let agreed = match self.agreements[index][0].f1() {
                None => 0,
                Some(f1) if f1 < 0.5 => 1,
                Some(_) => 2,
            };
            let level = if close { agreed + 3 } else { agreed };
            sources[LAGS.len()] = Some(Source { lag: self.lag(index), level });
        }
        sources
    }
}
