//! The error that a person reads: where, what, and what would be right.

use super::error_kind::SpecErrorKind;
use super::model::Position;
use super::raw::settings::Setting;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where something stands, as long as the file's path does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    /// In the file.
    File(Position),
    /// The file as a whole.
    WholeFile,
    /// The n-th `--set`.
    Setting(usize),
}

impl Location {
    /// The place of a byte of a text.
    pub(crate) fn of_byte(text: &str, byte: usize) -> Self {
        let before = &text[..text.floor_char_boundary(byte)];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Self::File(Position { line, column })
    }

    /// The position in the file, if it is one.
    pub(crate) fn position(self) -> Option<Position> {
        match self {
            Self::File(position) => Some(position),
            Self::WholeFile | Self::Setting(_) => None,
        }
    }
}

/// A fault with its location: what the checks hand upward.
#[derive(Debug)]
pub(crate) struct LocatedError {
    location: Location,
    fault: SpecErrorKind,
    hint: Option<String>,
}

/// What a check returns.
pub(crate) type SpecResult<T> = Result<T, Box<LocatedError>>;

impl SpecErrorKind {
    /// The fault, seen here.
    pub(crate) fn at(self, location: Location) -> Box<LocatedError> {
        Box::new(LocatedError { location, fault: self, hint: None })
    }

    /// The fault of something that is in no file: a name, a setting.
    pub(crate) fn alone(self, hint: Option<String>) -> SpecError {
        SpecError(Box::new(Seen { origin: Origin::CommandLine, fault: self, hint }))
    }
}

impl LocatedError {
    /// Adds a hint.
    pub(crate) fn hint(mut self: Box<Self>, hint: impl Into<Option<String>>) -> Box<Self> {
        self.hint = hint.into();
        self
    }

    /// What is wrong.
    pub(crate) fn fault(&self) -> &SpecErrorKind {
        &self.fault
    }

    /// The same, seen elsewhere.
    pub(crate) fn at_location(mut self: Box<Self>, location: Location) -> Box<Self> {
        self.location = location;
        self
    }

    /// The error for a person, who knows the file under this path.
    pub(crate) fn into_error(self, file: &Path, settings: &[Setting]) -> SpecError {
        let position = self.location.position();
        let origin = match self.location {
            Location::Setting(index) if index < settings.len() => {
                Origin::Setting(settings[index].to_string())
            }
            Location::Setting(_) | Location::File(_) | Location::WholeFile => {
                Origin::File { path: file.to_owned(), position }
            }
        };
        SpecError(Box::new(Seen { origin, fault: self.fault, hint: self.hint }))
    }
}

/// Something wrong with a pipeline file, a pipeline's name or a `--set`.
///
/// Displayed as `FILE:LINE:COLUMN: MESSAGE`, then a second line `  hint: HINT` where there is one.
/// What comes from the command line shows `--set KEY=VALUE` in place of a file, or nothing.
#[derive(Debug)]
pub struct SpecError(Box<Seen>);

#[derive(Debug)]
struct Seen {
    origin: Origin,
    fault: SpecErrorKind,
    hint: Option<String>,
}

#[derive(Debug)]
enum Origin {
    CommandLine,
    Setting(String),
    File { path: PathBuf, position: Option<Position> },
}

impl SpecError {
    /// What was found and what was expected, in one line.
    #[must_use]
    pub fn message(&self) -> String {
        self.0.fault.to_string()
    }

    /// The fault's name for programs, stable from release to release: `unknown_parameter`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.fault.code()
    }

    /// The file, relative to the project where it lies inside; `None` for the command line.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0.origin {
            Origin::File { path, .. } => Some(path),
            Origin::CommandLine | Origin::Setting(_) => None,
        }
    }

    /// The `KEY=VALUE` of the `--set` that is wrong, if it is one.
    #[must_use]
    pub fn setting(&self) -> Option<&str> {
        match &self.0.origin {
            Origin::Setting(setting) => Some(setting),
            Origin::CommandLine | Origin::File { .. } => None,
        }
    }

    /// The place in the file.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match &self.0.origin {
            Origin::File { position, .. } => *position,
            Origin::CommandLine | Origin::Setting(_) => None,
        }
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.position().map(|position| position.line)
    }

    /// The column, in characters, from 1.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.position().map(|position| position.column)
    }

    /// What would be right.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.origin {
            Origin::CommandLine => {}
            Origin::Setting(setting) => write!(f, "--set {setting}: ")?,
            Origin::File { path, position: None } => write!(f, "{}: ", path.display())?,
            Origin::File { path, position: Some(Position { line, column }) } => {
                write!(f, "{}:{line}:{column}: ", path.display())?;
            }
        }
        write!(f, "{}", self.0.fault)?;
        if let Some(hint) = &self.0.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SpecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.fault {
            SpecErrorKind::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
