//! stdout for data, stderr for people.

use super::args::ProgressChoice;
use super::failure::{ExitCode, Failure};
use crate::event::{EventSink, Fanout};
use crate::progress::{Bars, JsonLines, Plain};
use crate::text::style::{BAD, HINT};
use crate::text::wrap;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

/// How answers are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// JSON instead of text.
    pub(super) json: bool,
}

/// Columns of a hint beside its label.
const HINT_WIDTH: usize = 92;

impl Output {
    /// Writes text to stdout as it is; colour codes in it go when stdout is no terminal.
    pub(super) fn text(self, text: &str) {
        // A reader that closed the pipe (`| head`) has what it wanted.
        let _ = anstream::stdout().lock().write_all(text.as_bytes());
    }

    /// Writes one JSON document to stdout.
    pub(super) fn json(self, value: &serde_json::Value) {
        let mut stdout = std::io::stdout().lock();
        let _ = serde_json::to_writer_pretty(&mut stdout, value);
        let _ = stdout.write_all(b"\n");
    }

    /// Writes one JSON document as a line to stdout.
    pub(super) fn json_line(self, value: &serde_json::Value) {
        let mut stdout = std::io::stdout().lock();
        let _ = writeln!(stdout, "{value}").and_then(|()| stdout.flush());
    }

    /// Tells a person something that is no data.
    pub(super) fn print_message(self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// Shows a failure and tells the exit code.
    pub(super) fn failure(self, failure: &Failure) -> ExitCode {
        if self.json {
            self.json(&failure.json());
        } else {
            let Failure { message, hint, .. } = failure;
            self.print_message(&format!("{BAD}error{BAD:#}: {}{message}", failure.place()));
            if let Some(hint) = hint {
                let hint = wrap(hint, HINT_WIDTH).join("\n        ");
                self.print_message(&format!("  {HINT}hint{HINT:#}: {hint}"));
            }
        }
        failure.exit()
    }
}

/// Columns of the terminal that stdout is, at most 120; 100 when it is none.
pub(super) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
    match size {
        Some(size) if std::io::stdout().is_terminal() && size.ws_col > 20 => {
            usize::from(size.ws_col).min(120)
        }
        _ => 100,
    }
}

/// Returns the sink that shows progress on stderr.
pub(super) fn progress_sink(choice: ProgressChoice) -> Arc<dyn EventSink> {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let moves = std::io::stderr().is_terminal() && !is_dumb;
    match choice {
        ProgressChoice::Auto if moves => Arc::new(Bars::new(moves, has_colour())),
        ProgressChoice::Bars => Arc::new(Bars::new(moves, has_colour())),
        ProgressChoice::Auto | ProgressChoice::Plain => Arc::new(Plain::new(std::io::stderr())),
        ProgressChoice::Json => Arc::new(JsonLines::new(std::io::stderr())),
        ProgressChoice::None => Arc::new(Fanout::default()),
    }
}

/// Returns true if stderr shows colours.
fn has_colour() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !unwanted
}
