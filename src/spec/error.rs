//! Errors with their location, message and hint.

pub(crate) use super::error_kind::SpecErrorKind;

use super::model::{Position, Setting};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where something is, apart from the file's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    /// A position in the file.
    File(Position),
    /// The file as a whole.
    WholeFile,
    /// The n-th `--set`.
    Setting(usize),
}

impl Location {
    /// The location of a byte of `text`.
    pub(crate) fn of_byte(text: &str, byte: usize) -> Self {
        let before = &text[..text.floor_char_boundary(byte)];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Self::File(Position { line, column })
    }

    /// The position in the file, if there is one.
    pub(crate) fn position(self) -> Option<Position> {
        match self {
            Self::File(position) => Some(position),
            Self::WholeFile | Self::Setting(_) => None,
        }
    }
}

/// An error whose file's path is not known yet.
#[derive(Debug)]
pub(crate) struct LocatedError {
    pub(crate) kind: SpecErrorKind,
    pub(crate) message: String,
    pub(crate) location: Location,
    pub(crate) hint: Option<String>,
}

/// The result of a check.
pub(crate) type SpecResult<T> = Result<T, Box<LocatedError>>;

impl SpecErrorKind {
    /// The error of this kind at `location`.
    pub(crate) fn at(self, location: Location, message: impl Into<String>) -> Box<LocatedError> {
        let message = one_line(&message.into());
        Box::new(LocatedError { kind: self, message, location, hint: None })
    }
}

/// Replaces line breaks in names and values by `␊`, so that a message is one line.
fn one_line(text: &str) -> String {
    text.replace('\n', "\u{240a}")
}

impl LocatedError {
    /// Adds a hint.
    pub(crate) fn hint(mut self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.hint = Some(one_line(&hint.into()));
        self
    }

    /// Adds a hint if there is one.
    pub(crate) fn maybe_hint(mut self: Box<Self>, hint: Option<String>) -> Box<Self> {
        self.hint = hint.as_deref().map(one_line);
        self
    }

    /// The error in the file at `path`, shown relative to the project at `root`, or in one of `settings`.
    pub(crate) fn in_file(
        self: Box<Self>,
        path: &Path,
        root: &Path,
        settings: &[Setting],
    ) -> SpecError {
        let setting = match self.location {
            Location::Setting(index) => settings.get(index).map(ToString::to_string),
            Location::File(_) | Location::WholeFile => None,
        };
        let path = path.strip_prefix(root).unwrap_or(path);
        let file = setting.is_none().then(|| path.to_owned());
        SpecError { error: self, file, setting }
    }

    /// The error of something outside any file: a name on the command line.
    pub(crate) fn without_file(self: Box<Self>) -> SpecError {
        SpecError { error: self, file: None, setting: None }
    }
}

/// Something wrong with a pipeline file, a pipeline's name or a `--set`.
///
/// Displayed as `FILE:LINE:COLUMN: MESSAGE`, then a second line `  hint: HINT` if there is a hint. An error on the
/// command line begins with `--set KEY=VALUE: ` or with the message.
#[derive(Debug)]
pub struct SpecError {
    error: Box<LocatedError>,
    /// The file, relative to the project if inside it; `None` for the command line.
    pub file: Option<PathBuf>,
    /// The `KEY=VALUE` of the wrong `--set`, if the error is in one.
    pub setting: Option<String>,
}

impl SpecError {
    /// The message in one line: what was found, what was expected.
    pub fn message(&self) -> String {
        self.error.message.clone()
    }

    /// The error's code for programs, stable from release to release: `unknown_parameter`.
    pub fn code(&self) -> &'static str {
        self.error.kind.into()
    }

    /// The position in the file.
    pub fn position(&self) -> Option<Position> {
        self.error.location.position()
    }

    /// How to fix it.
    pub fn hint(&self) -> Option<&str> {
        self.error.hint.as_deref()
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(setting) = &self.setting {
            write!(f, "--set {setting}: ")?;
        }
        if let Some(path) = &self.file {
            write!(f, "{}:", path.display())?;
            if let Some(Position { line, column }) = self.position() {
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.error.message)?;
        self.error.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

impl std::error::Error for SpecError {}
