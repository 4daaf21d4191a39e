//! A MIDI file that a person names, as the model sees it: on the grid and in the code that the corpus went
//! through.

use super::params::Params;
use crate::music::meter::TimeSignature;
use crate::music::midi::{MAX_BYTES, read};
use crate::music::roll::{QuantizeError, QuantizedScore, RollShape, Sample, onsets, quantize};
use crate::stage_api::{InputSet, StageError};
use std::num::NonZeroUsize;

/// Music that songs are made from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InputMusic {
    /// Onset cells of each measure, ascending.
    pub(super) measures: Vec<Vec<u16>>,
    pub(super) signature: TimeSignature,
    /// What it is, for people.
    pub(super) told: String,
}

impl InputMusic {
    /// Its cells as the network wants them.
    pub(super) fn cells(&self, shape: &RollShape) -> Vec<u32> {
        shape.indices(&self.measures).map(|index| index as u32).collect()
    }

    pub(super) fn onsets(&self) -> usize {
        onsets(&self.measures)
    }
}

/// The music in the one file of an input.
pub(super) fn given(
    set: &InputSet,
    name: &str,
    shape: &RollShape,
    params: &Params,
) -> Result<InputMusic, StageError> {
    let [file] = &set.files[..] else {
        let message = format!("'{name}' names {} files", set.files.len());
        return Err(StageError::with_hint(message, "give it one MIDI file"));
    };
    let path = &file.path;
    if file.size > MAX_BYTES {
        let message = format!("{path} has {} bytes, more than any piece of music", file.size);
        return Err(StageError::with_hint(message, "give another file"));
    }
    let reading = read(&fs_err::read(&file.location)?);
    let Some(score) = reading.score else {
        let detail = Some(reading.detail).filter(|detail| !detail.is_empty());
        let why = detail.unwrap_or_else(|| reading.status.as_str().to_owned());
        return Err(StageError::with_hint(
            format!("{path} cannot be read as music: {why}"),
            "give a Standard MIDI File (.mid) with notes in it",
        ));
    };
    let quantized = quantize(&score, shape, params.drums).map_err(|reason| {
        let message = format!("{path}: {reason}");
        StageError::with_hint(message, advice(reason, shape))
    })?;
    let sample = window(&quantized, shape.measures(), params.first_measure)
        .ok_or_else(|| no_window(path, &quantized, shape.measures(), params.first_measure))?;
    Ok(InputMusic {
        measures: sample.measures().map(<[u16]>::to_vec).collect(),
        signature: sample.signature,
        told: told(path, sample.first_measure, shape),
    })
}

/// Which measures of a file, counted from 1.
pub(super) fn told(path: &str, first_measure: u64, shape: &RollShape) -> String {
    let (first, last) = (first_measure + 1, first_measure + shape.measures() as u64);
    format!("{path} (measures {first} to {last})")
}

fn advice(reason: QuantizeError, shape: &RollShape) -> String {
    match reason {
        QuantizeError::OnlyDrums(_) => "drums: keep takes drums for pitches".into(),
        QuantizeError::OutOfRange(_) => {
            let (lowest, highest) = (shape.lowest_pitch(), shape.highest_pitch());
            format!("the model knows MIDI pitches {lowest} to {highest}")
        }
        QuantizeError::NoNotes | QuantizeError::AbsurdLength(_) => "give another file".into(),
    }
}

/// The measures that were asked for: from a measure on, counted from 1, or, for 0, the first that are no
/// silence.
fn window(quantized: &QuantizedScore, measures: usize, first: u64) -> Option<Sample<'_>> {
    let measures = NonZeroUsize::new(measures)?;
    let fits = |sample: &Sample<'_>| first == 0 || sample.first_measure + 1 == first;
    let mut windows = quantized.windows(measures, NonZeroUsize::MIN, 0);
    windows.find(|sample| sample.onsets() > 0 && fits(sample))
}

fn no_window(path: &str, quantized: &QuantizedScore, measures: usize, first: u64) -> StageError {
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
    let message = format!(
        "{path} has no {measures} measures of one meter{from}; measures found: {}{more}",
        parts.join(", ")
    );
    let possible = NonZeroUsize::new(measures).into_iter().flat_map(|measures| {
        let windows = quantized.windows(measures, NonZeroUsize::MIN, 0);
        windows.filter(|sample| sample.onsets() > 0).map(|sample| sample.first_measure + 1)
    });
    let bounds = possible.fold(None, |bounds: Option<(u64, u64)>, at| {
        Some(bounds.map_or((at, at), |(low, high)| (low.min(at), high.max(at))))
    });
    let hint = match bounds {
        Some((low, high)) if low < high => format!("first_measure: {low} to {high} may do"),
        Some((low, _)) => format!("first_measure: {low} does"),
        None => format!("the model wants {measures} measures: give a longer piece"),
    };
    StageError::with_hint(message, hint)
}
