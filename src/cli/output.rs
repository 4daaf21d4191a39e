//! stdout for data, stderr for messages: the only file that writes to either. Text passes the sanitizer here, and
//! the first error of writing to stdout becomes the exit code.

use super::args::ProgressChoice;
use super::failure::{ExitCode, Failure};
use crate::event::{EventSink, Fanout};
use crate::progress::{Bars, JsonLines, Plain};
use crate::text::style::{BAD, BUSY, HINT};
use crate::text::{escape_json, sanitize, sanitize_styled, wrap};
use serde_json::Value;
use std::io::{self, ErrorKind, IsTerminal, Write, stderr, stdout};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};

/// Format of a command's answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// JSON instead of text.
    pub(super) json: bool,
}

/// Width of lines if the stream is no terminal.
const DEFAULT_WIDTH: usize = 100;
/// Lines on a wider terminal are no longer than this.
const MAX_WIDTH: usize = 120;
/// Indent of a hint's further lines, below the text of the first.
const HINT_INDENT: &str = "        ";

impl Output {
    /// Writes text to stdout; without its colours if stdout is no terminal.
    pub(super) fn text(self, text: &str) {
        write_checked(anstream::stdout().lock(), &sanitize_styled(text));
    }

    /// Writes data for other programs to stdout: unchanged, unless stdout is a terminal.
    pub(super) fn data(self, data: &str) {
        match stdout().is_terminal() {
            true => self.text(data),
            false => write_checked(stdout().lock(), data),
        }
    }

    /// Writes one JSON document to stdout.
    pub(super) fn json(self, value: &impl serde::Serialize) {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        write_checked(stdout().lock(), &(escape_json(text) + "\n"));
    }

    /// Writes one JSON document as a line to stdout.
    pub(super) fn json_line(self, value: &Value) {
        write_checked(stdout().lock(), &(escape_json(value.to_string()) + "\n"));
    }

    /// Writes a command's answer to stdout.
    pub(super) fn answer(self, json: impl FnOnce() -> Value, text: impl FnOnce() -> String) {
        match self.json {
            true => self.json(&json()),
            false => self.text(&text()),
        }
    }

    /// Writes a line to stderr.
    pub(super) fn print_message(self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{}", sanitize_styled(text));
    }

    /// Writes a warning to stderr.
    pub(super) fn warning(self, text: &str) {
        self.print_message(&format!("{BUSY}warning{BUSY:#}: {}", sanitize_lines(text)));
    }

    /// Writes an error and its hint to stderr.
    pub(super) fn error(self, text: &str, hint: Option<&str>) {
        self.print_message(&format!("{BAD}error{BAD:#}: {}", sanitize_lines(text)));
        if let Some(hint) = hint {
            let hint = sanitize_lines(hint);
            let columns = terminal_width(stderr()).min(DEFAULT_WIDTH) - HINT_INDENT.len();
            let hint = wrap(&hint, columns).join(&format!("\n{HINT_INDENT}"));
            self.print_message(&format!("  {HINT}hint{HINT:#}: {hint}"));
        }
    }

    /// Writes a failure, as JSON to stdout or as text to stderr. Returns the exit code.
    pub(super) fn failure(self, failure: &Failure) -> ExitCode {
        if self.json {
            self.json(&failure.json());
        } else {
            let text = format!("{}{}", failure.location(), failure.message);
            self.error(&text, failure.hint.as_deref());
        }
        failure.exit
    }
}

/// The first error of writing to stdout.
static WRITE_ERROR: Mutex<Option<io::Error>> = Mutex::new(None);

/// Writes to stdout at once, and keeps the first error for [`check_written`].
fn write_checked(mut stdout: impl Write, text: &str) {
    if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        WRITE_ERROR.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Returns the exit code of a command that would end with `code`: a command whose answer was not written did not
/// succeed. A reader that closed the pipe (`| head`) has what it wanted.
pub(super) fn check_written(code: ExitCode) -> ExitCode {
    let error = WRITE_ERROR.lock().unwrap_or_else(PoisonError::into_inner).take();
    match error.filter(|error| error.kind() != ErrorKind::BrokenPipe) {
        None => code,
        Some(error) => {
            let text =
                format!("cannot write to stdout: {error}; run again with room for the output");
            Output { json: false }.error(&text, None);
            if code == ExitCode::Done { ExitCode::Failed } else { code }
        }
    }
}

fn sanitize_lines(text: &str) -> String {
    text.lines().map(sanitize).collect::<Vec<_>>().join("\n")
}

/// Returns the width of lines on stdout.
pub(super) fn width() -> usize {
    terminal_width(stdout())
}

fn terminal_width(stream: impl AsFd + IsTerminal) -> usize {
    match rustix::termios::tcgetwinsize(&stream) {
        Ok(size) if stream.is_terminal() && size.ws_col > 20 => MAX_WIDTH.min(size.ws_col.into()),
        _ => DEFAULT_WIDTH,
    }
}

/// Returns the sink that shows progress on stderr.
pub(super) fn progress_sink(choice: ProgressChoice) -> Arc<dyn EventSink> {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let moves = stderr().is_terminal() && !is_dumb;
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = stderr().is_terminal() && !no_colour;
    match choice {
        ProgressChoice::Auto if moves => Arc::new(Bars::new(moves, colour)),
        ProgressChoice::Bars => Arc::new(Bars::new(moves, colour)),
        ProgressChoice::Auto | ProgressChoice::Plain => Arc::new(Plain::new(stderr())),
        ProgressChoice::Json => Arc::new(JsonLines::new(stderr())),
        ProgressChoice::None => Arc::new(Fanout::default()),
    }
}
