//! Calibration: makes drawn songs as predictable as real ones.
//!
//! Each unlikely decision makes the next ones less predictable, so drawn songs drift: they cost more bits per onset than
//! real songs do, by the decoder's own measure (Braverman 2020, "Calibration, Entropy Rates, and Memory in Language
//! Models"). A line through the logits of each kind of decision corrects this. Its slope brings the bits to those
//! of real songs; its shift keeps the number of chords and of notes in a chord.

use crate::decoder::Decoder;
use crate::loss::Nats;
use crate::song::Song;
use crate::train::Example;
use serde::{Deserialize, Serialize};

/// A linear function of a logit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Factor.
    pub(crate) slope: f32,
    /// Added to the product.
    pub(crate) shift: f32,
}

impl Line {
    const IDENTITY: Self = Self { slope: 1.0, shift: 0.0 };

    pub(crate) fn at(self, logit: f32) -> f32 {
        self.slope * logit + self.shift
    }

    /// Returns the line with a slope and a shift changed by these amounts, within fixed limits.
    fn moved(self, log_slope: f64, shift: f64) -> Self {
        Self {
            slope: (self.slope * log_slope.exp() as f32).clamp(0.5, 2.0),
            shift: (self.shift + shift as f32).clamp(-2.0, 2.0),
        }
    }

    fn mean(lines: impl ExactSizeIterator<Item = Self> + Clone) -> Self {
        let mean = |value: fn(Self) -> f32| {
            lines.clone().map(value).sum::<f32>() / lines.len().max(1) as f32
        };
        Self { slope: mean(|line| line.slope), shift: mean(|line| line.shift) }
    }
}

/// Linear functions of the logits of each kind of decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    /// Of plans; a shift has no effect.
    pub(crate) plan: Line,
    /// Of strikes.
    pub(crate) rhythm: Line,
    /// Of the lowest pitch of a chord; a shift has no effect.
    pub(crate) lowest: Line,
    /// Of each higher pitch.
    pub(crate) higher: Line,
}

impl Calibration {
    /// Changes nothing.
    pub(crate) const IDENTITY: Self = Self {
        plan: Line::IDENTITY,
        rhythm: Line::IDENTITY,
        lowest: Line::IDENTITY,
        higher: Line::IDENTITY,
    };

    /// Returns the calibration corrected by the differences between drawn and real songs.
    fn corrected(self, drawn: &Traits, real: &Traits, rate: f64) -> Self {
        let excess =
            |of: fn(&Traits) -> f64| rate * (of(drawn) / of(real).max(1e-9)).max(1e-9).ln();
        let chord = 0.5 * excess(|traits| traits.nats.chord);
        let lack = |of: fn(&Traits) -> f64| -excess(of);
        Self {
            plan: self.plan.moved(0.5 * excess(|traits| traits.nats.plan), 0.0),
            rhythm: self
                .rhythm
                .moved(0.5 * excess(|traits| traits.nats.rhythm), lack(|traits| traits.chords)),
            lowest: self.lowest.moved(chord, 0.0),
            higher: self.higher.moved(chord, lack(|traits| traits.notes)),
        }
    }

    fn mean(all: &[Self]) -> Self {
        Self {
            plan: Line::mean(all.iter().map(|it| it.plan)),
            rhythm: Line::mean(all.iter().map(|it| it.rhythm)),
            lowest: Line::mean(all.iter().map(|it| it.lowest)),
            higher: Line::mean(all.iter().map(|it| it.higher)),
        }
    }
}

/// Means over songs that calibration makes equal.
#[derive(Debug, Clone, Copy, Default)]
struct Traits {
    /// Of a song.
    nats: Nats,
    /// Chords of a song.
    chords: f64,
    /// Notes of a chord.
    notes: f64,
}

impl Traits {
    fn compute<'a>(songs: impl Iterator<Item = (Nats, &'a Song)>) -> Self {
        let (mut sum, mut count, mut chords, mut onsets) = (Nats::default(), 0.0, 0, 0);
        for (nats, song) in songs {
            sum += nats;
            count += 1.0;
            chords += song.chords();
            onsets += song.onsets();
        }
        let count = f64::max(count, 1.0);
        let Nats { plan, rhythm, chord } = sum;
        Self {
            nats: Nats { plan: plan / count, rhythm: rhythm / count, chord: chord / count },
            chords: chords as f64 / count,
            notes: onsets as f64 / chords.max(1) as f64,
        }
    }
}

/// How a decoder is calibrated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibrating {
    /// Seed of the songs that are drawn.
    pub seed: u64,
    /// Corrections.
    pub rounds: usize,
    /// Songs of a round.
    pub songs: usize,
}

impl Decoder {
    /// Calibrates the decoder on real songs with their codes. Calls `before` with the number of each round.
    ///
    /// # Errors
    /// Returns the first error of `before`, and leaves the decoder as it was.
    pub fn calibrate<E>(
        &mut self,
        examples: &[Example],
        Calibrating { seed, rounds, songs }: Calibrating,
        mut before: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        if examples.is_empty() {
            return Ok(());
        }
        let likelihoods = self.likelihoods(examples);
        let real = Traits::compute(likelihoods.into_iter().zip(examples.iter().map(|it| &it.song)));
        let mut lines = vec![self.calibration];
        for round in 0..rounds {
            before(round)?;
            let calibration = lines[round];
            let decoder = Self { calibration, ..self.clone() };
            let first = (round * songs) as u64;
            let drawn = decoder.draw_measured(examples, seed, first, songs);
            let drawn = Traits::compute(drawn.iter().map(|(nats, song)| (*nats, song)));
            // Step sizes fall with the square root of the round, so the mean of the last iterates converges faster than
            // the last one does (Polyak and Juditsky 1992).
            let rate = 0.7 / (1.0 + round as f64 / 4.0).sqrt();
            lines.push(calibration.corrected(&drawn, &real, rate));
        }
        self.calibration = Calibration::mean(&lines[rounds.div_ceil(2)..]);
        Ok(())
    }
}
