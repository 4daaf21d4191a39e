//! Who listens to a run: consumers of [`Event`]s.
//!
//! | sink | for | shows |
//! |---|---|---|
//! | [`Bars`] | a person at a terminal | a line that moves per running stage, a tidy one per finished stage |
//! | [`Plain`] | logs and pipes | one line per event that matters, no escape codes |
//! | [`Lines`] | programs, and each run's `events.jsonl` | one JSON object per event |
//!
//! What they share: text that may come from a file (a path, an error, a command's words) is made
//! printable before it leaves, progress is thinned by time, and a stream that breaks
//! stops the showing and never the work. Nothing here changes what a run does, so the progress
//! mode is no part of any fingerprint.

mod bars;
mod clock;
mod flood;
pub(crate) mod format;
mod lines;
mod plain;
#[cfg(test)]
mod script;
pub(crate) mod text;

pub use bars::Bars;
pub use lines::Lines;
pub use plain::Plain;

use crate::event::{Event, EventSink, Fanout};
use crate::spec::StageId;
use std::io;
use std::sync::Arc;

/// What Ctrl-C is answered with.
const STOPPING: &str = "stopping after the current step; press Ctrl-C again to stop at once";

/// How a run is shown on stderr: the values of `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// [`Mode::Bars`] at a terminal that can move its cursor, else [`Mode::Plain`].
    #[default]
    Auto,
    /// Moving lines; where stderr is no terminal, their finished lines alone.
    Bars,
    /// Plain lines.
    Plain,
    /// JSON lines.
    Json,
    /// Nothing.
    None,
}

/// The sink that shows a run on stderr.
///
/// `stderr_is_terminal` decides what [`Mode::Auto`] means, and whether [`Mode::Bars`] may move the
/// cursor; a terminal that says `TERM=dumb` counts as none. `colour` is the caller's reading of
/// `NO_COLOR` and its like; only the bars have colours.
#[must_use]
pub fn sink(mode: Mode, stderr_is_terminal: bool, colour: bool) -> Arc<dyn EventSink> {
    let moves = stderr_is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    match resolve(mode, moves) {
        Mode::Auto | Mode::Plain => Arc::new(Plain::new(io::stderr())),
        Mode::Bars => Arc::new(Bars::new(moves, colour)),
        Mode::Json => Arc::new(Lines::new(io::stderr())),
        Mode::None => Arc::new(Fanout::default()),
    }
}

/// Which mode [`Mode::Auto`] stands for.
fn resolve(mode: Mode, moves: bool) -> Mode {
    match (mode, moves) {
        (Mode::Auto, true) => Mode::Bars,
        (Mode::Auto, false) => Mode::Plain,
        (mode, _) => mode,
    }
}

/// A text made fit for a terminal: what would steer it is replaced by a picture of itself.
#[must_use]
pub fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    text::clean(text)
}

/// What the reading of input files is called where a stage's name would stand.
fn input_files() -> StageId {
    StageId("input files".into())
}

/// The reading of input files, told as if a stage did it.
fn reading(event: &Event) -> Option<Event> {
    let &Event::Surveying { read, files, bytes_read, bytes } = event else { return None };
    let about = format!("{} of {}", format::bytes(bytes_read), format::bytes(bytes));
    Some(Event::Progress { stage: input_files(), unit: "files", done: read, total: files, about })
}

/// What was read, in one line; `None` when everything was known.
fn was_read(event: &Event) -> Option<String> {
    let &Event::Surveyed { files, read, bytes } = event else { return None };
    let (all, read) = (format::count(files as u64), format::count(read as u64));
    let size = format::bytes(bytes);
    (read != "0").then(|| format!("{read} of {all} read, {size}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_means_bars_at_a_terminal_and_plain_lines_elsewhere() {
        assert_eq!(resolve(Mode::Auto, true), Mode::Bars);
        assert_eq!(resolve(Mode::Auto, false), Mode::Plain);
        for asked in [Mode::Bars, Mode::Plain, Mode::Json, Mode::None] {
            assert_eq!(resolve(asked, true), asked);
            assert_eq!(resolve(asked, false), asked);
        }
    }
}
