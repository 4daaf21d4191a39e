//! stdout for data, stderr for people.

use super::failure::{ExitCode, Failure};
use anstyle::{AnsiColor, Style};
use std::io::{IsTerminal, Write};

/// How answers are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// JSON instead of text.
    pub(super) json: bool,
}

/// Style of what failed.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Style of what will work or wait.
pub(super) const BUSY: Style = AnsiColor::Yellow.on_default();
/// Style of what is well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Columns of a hint beside its label.
const HINT_WIDTH: usize = 92;
/// Style of advice.
pub(super) const HINT: Style = AnsiColor::Cyan.on_default();

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

    /// Tells a person something that is no data.
    pub(super) fn tell(self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// Shows a failure and tells the exit code.
    pub(super) fn failure(self, failure: &Failure) -> ExitCode {
        if self.json {
            self.json(&failure.json());
        } else {
            let Failure { message, hint, .. } = failure;
            self.tell(&format!("{BAD}error{BAD:#}: {}{message}", failure.place()));
            if let Some(hint) = hint {
                let hint = folded(hint, HINT_WIDTH).join("\n        ");
                self.tell(&format!("  {HINT}hint{HINT:#}: {hint}"));
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

/// `text` in lines of at most `columns`, broken at spaces.
fn folded(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Whether colour is wanted on stderr.
pub(super) fn colour() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !unwanted
}

/// `did you mean 'x'?`, when some name is near; else all of them, as `what: a, b`, when they are few.
pub(super) fn nearest_or_all(name: &str, what: &str, known: &[String]) -> String {
    let hint = crate::spec::or_list(name, what, known.iter().map(String::as_str));
    hint.unwrap_or_else(|| format!("it has {} {what}; 'partita graph' lists them", known.len()))
}

/// `did you mean 'x'?`, when some name is near.
pub(super) fn nearest(name: &str, known: &[String]) -> Option<String> {
    crate::spec::nearest(name, known.iter().map(String::as_str))
        .map(|near| format!("did you mean '{near}'?"))
}
