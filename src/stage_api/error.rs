//! Errors of stages.

use crate::params::ValueError;

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

/// Why a stage did not finish.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The stage stopped because the user asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The stage failed.
    #[error("{message}")]
    Failed {
        /// The error, with its place.
        message: String,
        /// A suggestion.
        hint: Option<String>,
    },
}

impl StageError {
    /// Wraps any error's message.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed { message: error.to_string(), hint: None }
    }

    /// Wraps any error's message and adds a hint.
    pub fn with_hint(error: impl std::fmt::Display, hint: impl Into<String>) -> Self {
        Self::Failed { message: error.to_string(), hint: Some(hint.into()) }
    }
}

impl From<ValueError> for StageError {
    fn from(error: ValueError) -> Self {
        Self::failed(error)
    }
}

impl From<std::io::Error> for StageError {
    fn from(error: std::io::Error) -> Self {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let hint = full.then(|| "free some space and run again: finished stages are kept".into());
        Self::Failed { message: error.to_string(), hint }
    }
}
