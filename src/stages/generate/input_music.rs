//! The music of a MIDI file, quantized as the corpus is.

use super::params::Params;
use crate::music::meter::TimeSignature;
use crate::music::midi::{MAX_BYTES, read};
use crate::music::roll::{QuantizeError, QuantizedScore, RollShape, Sample, onsets, quantize};
use crate::stage_api::{InputSet, Result, StageError};
use std::num::NonZeroUsize;

/// Music that songs are generated from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InputMusic {
    /// Onset cells of each measure, ascending.
    pub(super) measures: Vec<Vec<u16>>,
    pub(super) signature: TimeSignature,
    /// Path and measures.
    pub(super) description: String,
}

impl InputMusic {
    /// Reads the measures that `first_measure` selects from the one file of an input.
    pub(super) fn read(
        set: &InputSet,
        name: &str,
        shape: &RollShape,
        params: &Params,
    ) -> Result<Self> {
        let [file] = &set.files[..] else {
            let message = format!("'{name}' names {} files", set.files.len());
            return Err(StageError::with_hint(message, "give it one MIDI file"));
        };
        let path = &file.path;
        if file.size > MAX_BYTES {
            let message = format!("{path} has {} bytes, more than any piece of music", file.size);
            return Err(StageError::with_hint(message, "give another file"));
        }
        let outcome = read(&fs_err::read(&file.location)?);
        let Some(score) = outcome.score else {
            let reason = match outcome.detail.is_empty() {
                true => outcome.status.as_str(),
                false => &outcome.detail,
            };
            return Err(StageError::with_hint(
                format!("{path} cannot be read as music: {reason}"),
                "give a Standard MIDI File (.mid) with notes in it",
            ));
        };
        let quantized = quantize(&score, shape, params.drums).map_err(|error| {
            StageError::with_hint(format!("{path}: {error}"), hint(error, shape))
        })?;
        let windows: Vec<Sample<'_>> = NonZeroUsize::new(shape.measures())
            .into_iter()
            .flat_map(|measures| quantized.windows(measures, NonZeroUsize::MIN, 0))
            .filter(|sample| sample.onsets() > 0)
            .collect();
        let first = params.first_measure;
        let is_selected = |sample: &&Sample<'_>| first == 0 || sample.first_measure + 1 == first;
        let sample = windows.iter().find(is_selected);
        let sample =
            sample.ok_or_else(|| no_window(path, &quantized, &windows, shape.measures(), first))?;
        Ok(Self {
            measures: sample.measures().map(<[u16]>::to_vec).collect(),
            signature: sample.signature,
            description: describe(path, sample.first_measure, shape),
        })
    }

    /// Returns its onset cells, numbered through the piece.
    pub(super) fn cells(&self, shape: &RollShape) -> Vec<u32> {
        shape.indices(&self.measures).map(|index| index as u32).collect()
    }

    pub(super) fn onsets(&self) -> usize {
        onsets(&self.measures)
    }
}

/// Describes measures of a file, counted from 1.
pub(super) fn describe(path: &str, first_measure: u64, shape: &RollShape) -> String {
    let (first, last) = (first_measure + 1, first_measure + shape.measures() as u64);
    format!("{path} (measures {first} to {last})")
}

fn hint(error: QuantizeError, shape: &RollShape) -> String {
    match error {
        QuantizeError::OnlyDrums(_) => "drums: keep uses drums as pitches".into(),
        QuantizeError::OutOfRange(_) => {
            let (lowest, highest) = (shape.lowest_pitch(), shape.highest_pitch());
            format!("the model knows MIDI pitches {lowest} to {highest}")
        }
        QuantizeError::NoNotes | QuantizeError::AbsurdLength(_) => "give another file".into(),
    }
}

/// The error if no window of a file is selected.
fn no_window(
    path: &str,
    quantized: &QuantizedScore,
    windows: &[Sample<'_>],
    measures: usize,
    first: u64,
) -> StageError {
    let parts: Vec<String> = quantized
        .segments
        .iter()
        .take(3)
        .map(|part| {
            let (count, start) = (part.measures.len(), part.first_measure + 1);
            format!("{count} of {} from measure {start}", part.signature)
        })
        .collect();
    let more = quantized.segments.len() - parts.len();
    let more = if more > 0 { format!(" and {more} more parts") } else { String::new() };
    let from = if first > 0 { format!(" from measure {first} on") } else { String::new() };
    let parts = parts.join(", ");
    let starts = || windows.iter().map(|sample| sample.first_measure + 1);
    let hint = match (starts().min(), starts().max()) {
        (Some(low), Some(high)) if low < high => format!("first_measure: {low} to {high} may work"),
        (Some(low), _) => format!("first_measure: {low} works"),
        (None, _) => format!("the model needs {measures} measures: give a longer piece"),
    };
    StageError::with_hint(
        format!(
            "{path} has no {measures} measures of one meter{from}; measures found: {parts}{more}"
        ),
        hint,
    )
}
