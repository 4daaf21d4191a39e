//! Sinks that render a run's [`Event`]s.
//!
//! | sink | for | shows |
//! |---|---|---|
//! | [`Bars`] | a user at a terminal | a moving line per running stage, a lasting one per finished stage |
//! | [`Plain`] | logs and pipes | one line per relevant event, without escape codes |
//! | [`JsonLines`] | programs, and each run's `events.jsonl` | one JSON object per event |
//!
//! All of them sanitize text, thin out progress by time, and stop writing to a stream that fails, without
//! disturbing the run. Nothing here changes a result, so the progress mode is in no fingerprint.

mod bars;
mod clock;
mod format;
mod json_lines;
mod line_limiter;
mod plain;
#[cfg(test)]
mod testing;

pub use bars::Bars;
pub(crate) use format::tally_outcomes;
pub use json_lines::JsonLines;
pub use plain::Plain;

use crate::event::{Event, Outcome};
use crate::spec::StageId;
use crate::text::{bytes, count};
use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shown after the first Ctrl-C.
const STOPPING: &str = "stopping after the current step; press Ctrl-C again to stop at once";

/// The name under which the reading of input files is shown.
fn input_files() -> StageId {
    StageId("input files".into())
}

/// Rewrites events about input files and incremental reuse as progress and notes of a stage, and the end of a stage
/// that an interruption kept from starting as [`Outcome::NotStarted`]. Returns `None` if there is nothing to show.
fn simplify(event: &Event) -> Option<Cow<'_, Event>> {
    let (stage, text) = match event {
        &Event::HashingInputs { read, files, bytes_read, bytes: all } => {
            let about = format!("{} of {}", bytes(bytes_read), bytes(all));
            let (stage, unit) = (input_files(), "files");
            let progress = Event::Progress { stage, unit, done: read, total: files, about };
            return Some(Cow::Owned(progress));
        }
        &Event::InputsHashed { read: 0, .. } => return None,
        &Event::InputsHashed { files, read, bytes: size } => {
            (input_files(), format!("{} of {} read, {}", count(read), count(files), bytes(size)))
        }
        Event::Parts { stage, parts } => (stage.clone(), format::parts(*parts)?),
        Event::StageFinished { outcome: Outcome::Interrupted, seconds: 0.0, .. } => {
            let mut event = event.clone();
            if let Event::StageFinished { outcome, .. } = &mut event {
                *outcome = Outcome::NotStarted;
            }
            return Some(Cow::Owned(event));
        }
        _ => return Some(Cow::Borrowed(event)),
    };
    Some(Cow::Owned(Event::Note { stage, text }))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
