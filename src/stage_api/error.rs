//! Errors of stages.

use crate::params::ValueError;
use std::error::Error;

/// An error in a stage's parameters that the schema cannot detect.
#[derive(Debug, Clone)]
pub struct ParamError {
    /// `where`, or a parameter's key.
    pub key: String,
    /// The error.
    pub message: String,
    /// A suggestion.
    pub hint: Option<String>,
}

impl ParamError {
    /// Creates an error with a suggestion.
    pub fn new(key: &str, message: impl std::fmt::Display, hint: impl Into<String>) -> Self {
        Self { key: key.to_owned(), message: message.to_string(), hint: Some(hint.into()) }
    }
}

impl From<ValueError> for ParamError {
    fn from(error: ValueError) -> Self {
        Self { key: format!("params.{}", error.name), message: error.to_string(), hint: None }
    }
}

/// The result of a stage or a part of one.
pub type Result<T, E = StageError> = std::result::Result<T, E>;

/// Why a stage did not finish. Itself no [`Error`], so that `?` converts any error into it.
#[derive(Debug, strum::Display)]
pub enum StageError {
    /// The stage stopped because the user asked for it.
    #[strum(to_string = "interrupted")]
    Interrupted,
    /// The stage failed.
    #[strum(to_string = "{message}")]
    Failed {
        /// The error, with its place.
        message: String,
        /// A suggestion.
        hint: Option<String>,
    },
}

impl StageError {
    /// The error with this message.
    pub fn failed(message: impl std::fmt::Display) -> Self {
        Self::Failed { message: message.to_string(), hint: None }
    }

    /// The error with this message and a hint.
    pub fn with_hint(message: impl std::fmt::Display, hint: impl Into<String>) -> Self {
        Self::Failed { message: message.to_string(), hint: Some(hint.into()) }
    }
}

impl<E: Error + 'static> From<E> for StageError {
    fn from(error: E) -> Self {
        let io = causes(&error).find_map(|cause| cause.downcast_ref::<std::io::Error>());
        let full = io.is_some_and(|io| io.kind() == std::io::ErrorKind::StorageFull);
        let hint = full.then(|| "free some space and run again: finished stages are kept".into());
        Self::Failed { message: with_causes(&error), hint }
    }
}

/// An error's message, followed by those of its causes that it does not contain already.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    causes(error).fold(String::new(), |message, cause| match cause.to_string() {
        text if message.is_empty() => text,
        text if message.contains(&text) => message,
        text => format!("{message}: {text}"),
    })
}

/// An error and its causes, from the outermost.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error("model.json: invalid")]
        Hidden(#[source] std::io::Error),
        #[error("model.json: {0}")]
        Shown(#[source] std::io::Error),
    }

    #[test]
    fn message_has_each_cause_once() {
        let io = || std::io::Error::other("no sizes");
        let message = |error: Outer| StageError::from(error).to_string();
        assert_eq!(message(Outer::Hidden(io())), "model.json: invalid: no sizes");
        assert_eq!(message(Outer::Shown(io())), "model.json: no sizes");
    }

    #[test]
    fn full_disk_has_a_hint_wherever_it_is_in_the_chain() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = StageError::from(Outer::Hidden(full));
        assert!(matches!(error, StageError::Failed { hint: Some(_), .. }), "{error:?}");
    }
}
