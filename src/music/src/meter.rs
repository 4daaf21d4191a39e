//! Time signatures, and the exact arithmetic from ticks to steps of a measure.
//!
//! A measure of `n/d` at `D` ticks per quarter lasts `4 D n / d` ticks, which need not be whole
//! (7/8 at 25 ticks per quarter: 87.5). [`MeasureLength`] is a fraction `p/q`, so the step of a tick,
//! `round(tick S q / p)` with halves up, is `floor((2 tick S q + p) / (2 p))`, and no rounding error
//! accumulates along the piece.

use super::note::{Division, Tick};
use serde::{Deserialize, Serialize};

/// A time signature. The numerator is at least 1, the denominator a power of two up to 128. In files it is a text such as
/// `4/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeSignature {
    numerator: u8,
    denominator: u8,
}

/// Reasons why numbers or a text are not a time signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeSignatureError {
    /// The numerator is 0.
    #[error("a time signature needs a numerator of at least 1")]
    NoBeats,
    /// The denominator is not 1, 2, 4 ... 128.
    #[error("{0} is no denominator of a time signature: expected 1, 2, 4, 8, 16, 32, 64 or 128")]
    Denominator(u8),
    /// The text is not `numerator/denominator`.
    #[error("expected a time signature such as 4/4")]
    Text,
}

impl TimeSignature {
    /// 4/4, the time signature of a file that has none.
    pub const COMMON: Self = Self { numerator: 4, denominator: 4 };

    /// Creates the signature `numerator/denominator`.
    ///
    /// # Errors
    /// Returns an error if the numerator is 0 or the denominator is not a power of two up to 128.
    pub const fn new(numerator: u8, denominator: u8) -> Result<Self, TimeSignatureError> {
        if numerator == 0 {
            Err(TimeSignatureError::NoBeats)
        } else if !denominator.is_power_of_two() {
            Err(TimeSignatureError::Denominator(denominator))
        } else {
            Ok(Self { numerator, denominator })
        }
    }

    /// Beats per measure, 1..=255.
    pub const fn numerator(self) -> u8 {
        self.numerator
    }

    /// The note value of a beat: 1, 2, 4 ... 128.
    pub const fn denominator(self) -> u8 {
        self.denominator
    }

    /// Returns true if a beat has three eighths (or sixteenths...), as in 6/8 and 12/8.
    pub const fn is_compound(self) -> bool {
        self.numerator > 3 && self.numerator.is_multiple_of(3) && self.denominator >= 8
    }

    /// Beats per measure as a listener counts them: four in 4/4, two in 6/8.
    pub const fn beats(self) -> u8 {
        if self.is_compound() { self.numerator / 3 } else { self.numerator }
    }

    /// Returns true if a step, of a measure of `steps`, is the one nearest to a beat, halves up.
    pub fn is_on_beat(self, step: u32, steps: u32) -> bool {
        is_on_pulse(step, steps, u64::from(self.beats()))
    }

    /// Returns true if a step, of a measure of `steps`, is the one nearest to a beat or to a part of one, halves up. A
    /// beat has two parts, in compound meters three: the six eighths of 6/8.
    pub fn is_on_beat_part(self, step: u32, steps: u32) -> bool {
        let parts = if self.is_compound() { 3 } else { 2 };
        is_on_pulse(step, steps, u64::from(self.beats()) * parts)
    }

    /// Length of a measure.
    pub const fn measure(self, division: Division) -> MeasureLength {
        let ticks = 4 * division.get() as u64 * self.numerator as u64;
        MeasureLength { ticks, per: self.denominator as u64 }
    }
}

/// Returns true if a step, of a measure of `steps`, is the one nearest to one of `pulses` equal parts, halves up.
fn is_on_pulse(step: u32, steps: u32, pulses: u64) -> bool {
    let (step, steps) = (u64::from(step), u64::from(steps));
    // Pulse p is at p steps / pulses, so a step is nearest to pulse round(step pulses / steps).
    let pulse = (2 * step * pulses + steps) / (2 * steps.max(1));
    (2 * pulse * steps + pulses) / (2 * pulses) == step
}

impl From<TimeSignature> for String {
    fn from(signature: TimeSignature) -> Self {
        signature.to_string()
    }
}

impl TryFrom<String> for TimeSignature {
    type Error = TimeSignatureError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl std::fmt::Display for TimeSignature {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.numerator, self.denominator)
    }
}

impl std::str::FromStr for TimeSignature {
    type Err = TimeSignatureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (numerator, denominator) = text.split_once('/').ok_or(TimeSignatureError::Text)?;
        let number = |part: &str| part.parse().map_err(|_| TimeSignatureError::Text);
        Self::new(number(numerator)?, number(denominator)?)
    }
}

/// The length of a measure: `ticks / per`, an exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasureLength {
    ticks: u64,
    per: u64,
}

impl MeasureLength {
    /// Ticks up to which the arithmetic below fits into `u64` for every grid and signature:
    /// `2 * 2^38 * 2^16 * 2^7 + p < 2^63`.
    const SMALL: u64 = 1 << 38;

    /// Returns the step nearest to a tick, halves up, and whether the tick is exactly on it. The grid has `steps` per
    /// measure and starts at tick 0; steps are numbered through all measures, so `step / steps` is the measure.
    #[inline]
    pub fn nearest(self, tick: u64, steps: u16) -> (u64, bool) {
        let (p, q) = (self.ticks, self.per);
        // One division for both: 2 tick S q + p has remainder p just when p divides tick S q.
        if tick < Self::SMALL {
            let twice = 2 * tick * u64::from(steps) * q + p;
            let step = twice / (2 * p);
            (step, twice - step * 2 * p == p)
        } else {
            let p = u128::from(p);
            let twice = 2 * u128::from(tick) * u128::from(steps) * u128::from(q) + p;
            let step = twice / (2 * p);
            (u64::try_from(step).unwrap_or(u64::MAX), twice - step * 2 * p == p)
        }
    }

    /// Ticks of one of `steps` steps per measure, rounded down.
    pub fn ticks_per_step(self, steps: u16) -> u64 {
        self.ticks / (self.per * u64::from(steps)).max(1)
    }

    /// Returns the difference between a tick and the step nearest to it, in whole ticks; negative if the tick is before
    /// the step.
    pub fn deviation(self, tick: u64, steps: u16) -> i64 {
        let (step, is_exact) = self.nearest(tick, steps);
        if is_exact {
            return 0;
        }
        let (p, q) = (self.ticks, self.per * u64::from(steps));
        if tick < Self::SMALL {
            let nearest = (2 * step * p + q) / (2 * q);
            return tick.cast_signed() - nearest.cast_signed();
        }
        let (p, q) = (i128::from(p), i128::from(q));
        let deviation = i128::from(tick) - (2 * i128::from(step) * p + q) / (2 * q);
        i64::try_from(deviation).unwrap_or(if deviation < 0 { i64::MIN } else { i64::MAX })
    }

    /// Ticks of a measure; `None` if they are not whole.
    pub fn whole_ticks(self) -> Option<u64> {
        if self.ticks.is_multiple_of(self.per) { Some(self.ticks / self.per) } else { None }
    }

    /// Returns true if `ticks` are whole measures.
    pub fn is_multiple(self, ticks: u64) -> bool {
        (u128::from(ticks) * u128::from(self.per)).is_multiple_of(u128::from(self.ticks))
    }

    /// Returns the number of steps that start within `ticks`, on a grid of `steps` per measure. A measure that is cut
    /// short to less than half a step counts for nothing.
    pub fn steps_within(self, ticks: u64, steps: u16) -> u64 {
        let (p, steps) = (u128::from(self.ticks), u128::from(steps));
        let length = u128::from(ticks) * u128::from(self.per);
        let is_whole = 2 * (length % p) * steps < p;
        let count = if is_whole { length / p * steps } else { (length * steps).div_ceil(p) };
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// Consecutive measures of one meter, counted from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterSegment {
    /// First tick, which is a bar line.
    pub start: Tick,
    /// Tick after the last one; `None` for the last segment.
    pub end: Option<Tick>,
    /// The meter.
    pub signature: TimeSignature,
    /// Length of a measure.
    pub measure: MeasureLength,
}

impl MeterSegment {
    /// Number of steps, `steps` per measure, that start before the next segment; `None` for the last segment.
    pub fn steps(&self, steps: u16) -> Option<u64> {
        let end = self.end?;
        Some(self.measure.steps_within(end.0 - self.start.0, steps))
    }

    /// Number of measures, of which the next segment may cut the last one short; `None` for the last segment. It is 0 if
    /// the next segment starts less than half a step later, on a grid of `steps` per measure.
    pub fn measures(&self, steps: u16) -> Option<u64> {
        Some(self.steps(steps)?.div_ceil(u64::from(steps)))
    }
}

/// Returns the segments of constant meter. A change off the bar line starts a new measure. `signatures` are sorted by
/// tick, at most one per tick, the first at tick 0; neighbours may be equal where a new piece starts.
pub fn segments(signatures: &[(Tick, TimeSignature)], division: Division) -> Vec<MeterSegment> {
    let ends = signatures.iter().skip(1).map(|&(tick, _)| Some(tick));
    let segments = signatures.iter().zip(ends.chain([None])).map(|(&(start, signature), end)| {
        MeterSegment { start, end, signature, measure: signature.measure(division) }
    });
    segments.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(numerator: u8, denominator: u8, division: u16) -> MeasureLength {
        TimeSignature::new(numerator, denominator)
            .unwrap()
            .measure(Division::new(division).unwrap())
    }

    #[test]
    fn each_beat_has_one_step_evenly_spread() {
        let on_beat = |numerator, denominator, steps| -> Vec<u32> {
            let meter = TimeSignature::new(numerator, denominator).unwrap();
            (0..steps).filter(|&step| meter.is_on_beat(step, steps)).collect()
        };
        assert_eq!(on_beat(4, 4, 96), [0, 24, 48, 72]);
        assert_eq!(on_beat(3, 4, 96), [0, 32, 64]);
        assert_eq!(on_beat(6, 8, 96), [0, 48], "two dotted quarters");
        assert_eq!(on_beat(12, 8, 96), [0, 24, 48, 72]);
        assert_eq!(on_beat(3, 8, 96), [0, 32, 64], "three eighths, counted");
        assert_eq!(on_beat(2, 2, 96), [0, 48]);
        // Fifths of 96 are no steps: 19.2, 38.4, 57.6, 76.8.
        assert_eq!(on_beat(5, 4, 96), [0, 19, 38, 58, 77]);
        assert_eq!(on_beat(255, 4, 4), [0, 1, 2, 3], "more beats than steps");
        for numerator in 1..=96 {
            let meter = TimeSignature::new(numerator, 4).unwrap();
            assert_eq!(
                on_beat(numerator, 4, 96).len(),
                usize::from(meter.beats()),
                "{numerator}/4"
            );
        }
    }

    #[test]
    fn parts_of_beats_are_halves_or_in_compound_meters_thirds() {
        let parts = |numerator, denominator| -> Vec<u32> {
            let meter = TimeSignature::new(numerator, denominator).unwrap();
            (0..96).filter(|&step| meter.is_on_beat_part(step, 96)).collect()
        };
        assert_eq!(parts(4, 4), [0, 12, 24, 36, 48, 60, 72, 84]);
        assert_eq!(parts(3, 4), [0, 16, 32, 48, 64, 80]);
        assert_eq!(parts(6, 8), [0, 16, 32, 48, 64, 80]);
        assert_eq!(parts(12, 8), [0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88]);
        assert_eq!(parts(2, 2), [0, 24, 48, 72]);
    }

    #[test]
    fn steps_are_distinct_at_480_ticks_in_every_meter() {
        for (numerator, denominator) in [(4, 4), (3, 4), (6, 8), (7, 8), (5, 4), (2, 2), (12, 8)] {
            let length = measure(numerator, denominator, 480);
            for step in 0..96 * 16 {
                // The tick nearest to the step, which is at most half a tick off: far less than
                // half a step.
                let tick =
                    (length.ticks as f64 / length.per as f64 * step as f64 / 96.0).round() as u64;
                assert_eq!(length.nearest(tick, 96).0, step, "{numerator}/{denominator}");
            }
        }
        for step in 0..96 {
            assert_eq!(measure(4, 4, 480).nearest(step * 20, 96).0, step);
            assert!(measure(4, 4, 480).nearest(step * 20, 96).1);
        }
    }

    #[test]
    fn halves_round_up_and_less_rounds_down() {
        let length = measure(4, 4, 480);
        assert_eq!([9, 10, 29, 30].map(|tick| length.nearest(tick, 96).0), [0, 1, 1, 2]);
        assert_eq!(length.nearest(1910, 96).0, 96, "into the next measure");
        assert!(!length.nearest(10, 96).1);
    }

    #[test]
    fn extreme_divisions_stay_exact() {
        let fine = measure(4, 4, 32767);
        assert_eq!(fine.nearest(4 * 32767 * 1000, 96).0, 96_000);
        let coarse = measure(4, 4, 1);
        assert_eq!([0, 1, 2, 3, 4].map(|tick| coarse.nearest(tick, 96).0), [0, 24, 48, 72, 96]);
    }

    #[test]
    fn measures_of_half_ticks_do_not_drift() {
        let length = measure(7, 8, 25); // 87.5 ticks
        assert_eq!(length.nearest(175 * 5000, 96).0, 96 * 10_000);
        assert!(length.is_multiple(175) && !length.is_multiple(88));
        assert_eq!((length.steps_within(88, 96), length.steps_within(89, 96)), (97, 98));
        assert_eq!(
            (length.steps_within(175, 96), length.steps_within(u64::MAX, 1)),
            (192, u64::MAX / 175 * 2)
        );
    }

    #[test]
    fn deviation_is_the_distance_to_the_nearest_step() {
        let length = measure(4, 4, 480);
        for (tick, deviation) in [(0, 0), (9, 9), (10, -10), (19, -1), (20, 0), (1915, -5)] {
            assert_eq!(length.deviation(tick, 96), deviation, "{tick}");
            let far = 4 * 480 * (1 << 40) + tick;
            assert_eq!(length.deviation(far, 96), deviation, "{far}");
        }
        assert_eq!((length.ticks_per_step(96), measure(4, 4, 24).ticks_per_step(96)), (20, 1));
        assert_eq!(measure(4, 4, 1).ticks_per_step(96), 0);
    }

    #[test]
    fn huge_ticks_neither_overflow_nor_jump() {
        let length = measure(4, 4, 480);
        for tick in [MeasureLength::SMALL - 1, MeasureLength::SMALL] {
            assert_eq!(length.nearest(tick, 96).0, (tick + 10) / 20);
            assert_eq!(length.nearest(tick, 96).1, tick.is_multiple_of(20));
        }
        assert_eq!(measure(1, 128, 1).nearest(u64::MAX, 512).0, u64::MAX);
    }

    #[test]
    fn invalid_time_signatures_are_refused() {
        assert_eq!(TimeSignature::new(0, 4), Err(TimeSignatureError::NoBeats));
        assert_eq!(TimeSignature::new(4, 0), Err(TimeSignatureError::Denominator(0)));
        assert_eq!(TimeSignature::new(4, 6), Err(TimeSignatureError::Denominator(6)));
        assert_eq!("13/32".parse(), TimeSignature::new(13, 32));
        assert_eq!(TimeSignature::new(6, 8).unwrap().to_string(), "6/8");
        assert_eq!("waltz".parse::<TimeSignature>(), Err(TimeSignatureError::Text));
    }

    #[test]
    fn meter_change_off_the_bar_line_starts_a_measure() {
        let three = TimeSignature::new(3, 4).unwrap();
        let changes = [(Tick(0), TimeSignature::COMMON), (Tick(2000), three)];
        let segments = segments(&changes, Division::new(480).unwrap());
        assert_eq!((segments[0].steps(96), segments[0].measures(96)), (Some(100), Some(2)));
        assert_eq!((segments[1].start, segments[1].measures(96)), (Tick(2000), None));
    }

    #[test]
    fn measure_of_less_than_half_a_step_is_none() {
        let steps = |ticks| measure(4, 4, 480).steps_within(ticks, 96);
        assert_eq!([0, 9, 10, 1910, 1920, 1929, 1930].map(steps), [0, 0, 1, 96, 96, 96, 97]);
    }
}
