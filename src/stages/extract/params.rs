//! The parameters of `extract`, and their checks.

use super::split::HeldOut;
use super::windowing::Windowing;
use crate::music::roll::{Drums, RollShape};
use crate::params::{UNLIMITED, params};
use crate::stage_api::{ParamError, Result};

params! {
    /// The parameters of `extract`.
    pub(super) struct Params {
        /// Measures of a sample.
        pub(super) measures: u32 = 16 in 1..=64,
        /// Steps of a measure of any meter.
        pub(super) steps: u32 = 96 in 1..=512,
        /// Pitches of the grid.
        pub(super) pitches: u32 = 96 in 1..=128,
        /// MIDI number of the lowest pitch; notes outside the grid's pitches are dropped.
        pub(super) lowest_pitch: u32 = 16 in 0..=127,
        /// Fraction of the groups used for validation; groups are never split.
        pub(super) validation: f64 = 0.1 in 0.0..=0.9,
        /// Fraction of the groups that are kept for the judges of generated songs: no training and no choice of settings
        /// uses them, only the judges of evaluate.
        pub(super) judging: f64 = 0.0 in 0.0..=0.9,
        /// Whether notes on drum channels are kept, as pitches.
        pub(super) drums: Drums = drop,
        /// Minimum number of onsets of a sample.
        pub(super) least_onsets: usize = 32 in 1..=1_000_000,
        /// Measures between the starts of two training samples; 0: they do not overlap.
        pub(super) hop: Option<usize> = 0 in 0..=64,
        /// Measures before the first training sample of each stretch of one meter.
        pub(super) offset: usize = 0 in 0..=63,
        /// Maximum number of samples, in song digest order; 0: all.
        pub(super) limit: usize = 0 in 0..=UNLIMITED,
    }
}

impl Params {
    /// Returns the grid.
    pub(super) fn shape(&self) -> Result<RollShape> {
        Ok(RollShape::new(self.measures, self.steps, self.pitches, self.lowest_pitch)?)
    }

    /// Returns the fractions of the groups that are held out.
    pub(super) fn held_out(&self) -> HeldOut {
        HeldOut { validation: self.validation, judging: self.judging }
    }

    /// Returns the settings that determine the samples of a song.
    pub(super) fn windowing(&self, shape: RollShape) -> Windowing {
        Windowing {
            shape,
            drums: self.drums,
            hop: self.hop.unwrap_or(shape.measures()),
            offset: self.offset,
            least_onsets: self.least_onsets,
        }
    }

    /// Rejects parameters that do not fit each other.
    pub(super) fn check(&self) -> Result<(), ParamError> {
        check_held_out(self.held_out())?;
        check_windows(self)
    }
}

/// Rejects held-out fractions that leave no groups to train on.
fn check_held_out(held_out: HeldOut) -> Result<(), ParamError> {
    let HeldOut { validation, judging } = held_out;
    if validation + judging < 1.0 {
        return Ok(());
    }
    Err(ParamError::new(
        "params.judging",
        format!("validation {validation} and judging {judging} leave no groups to train on"),
        "their sum must be below 1, such as validation 0.1 and judging 0.15",
    ))
}

/// Rejects a hop that skips measures, and an offset of a whole sample.
fn check_windows(params: &Params) -> Result<(), ParamError> {
    let (measures, offset) = (params.measures as usize, params.offset);
    let hop = params.hop.unwrap_or(0);
    if hop > measures {
        return Err(ParamError::new(
            "params.hop",
            format!("a hop of {hop} skips measures between samples of {measures}"),
            format!("a whole number from 1 to {measures}; {measures} or 0: samples do not overlap"),
        ));
    }
    if offset >= measures {
        return Err(ParamError::new(
            "params.offset",
            format!("an offset of {offset} skips a whole sample of {measures} measures"),
            format!("a whole number from 0 to {}", measures - 1),
        ));
    }
    Ok(())
}
