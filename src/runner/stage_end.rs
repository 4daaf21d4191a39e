//! How a stage's work ends, well or not.

use crate::event::{Outcome, PartCounts};
use crate::fingerprint::Digest;
use crate::stage_api::StageError;
use crate::store::{CommitError, Record, StoreError};
use std::sync::Arc;

/// How one stage ended.
#[derive(Debug, Clone)]
pub(super) struct StageEnd {
    pub(super) outcome: Outcome,
    pub(super) seconds: f64,
    pub(super) record: Option<Arc<Record>>,
    pub(super) fingerprint: Option<Digest>,
    pub(super) detail: String,
    pub(super) hint: Option<String>,
    pub(super) parts: Option<PartCounts>,
    /// Upstream stages whose stored outputs turned out to be damaged.
    pub(super) damaged: Vec<usize>,
}

impl StageEnd {
    pub(super) fn not_run(outcome: Outcome) -> Self {
        Self {
            outcome,
            seconds: 0.0,
            record: None,
            fingerprint: None,
            detail: String::new(),
            hint: None,
            parts: None,
            damaged: Vec::new(),
        }
    }
}

/// A stage that could not be finished.
#[derive(Default)]
pub(super) struct Failure {
    pub(super) interrupted: bool,
    /// It was not even tried: nothing that a person should be told of next time.
    pub(super) refused: bool,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// Upstream stages whose stored outputs turned out to be damaged.
    pub(super) damaged: Vec<usize>,
}

impl Failure {
    /// Of a stage that was not tried.
    pub(super) fn refused(message: &str, hint: &str) -> Self {
        let (message, hint) = (message.to_owned(), Some(hint.to_owned()));
        Self { refused: true, message, hint, ..Self::default() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let interrupted = matches!(error, StoreError::Interrupted { .. });
        let (hint, message) = (error.hint().map(str::to_owned), error.to_string());
        Self { interrupted, hint, message, ..Self::default() }
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            other => {
                let hint =
                    matches!(other, CommitError::OutputMissing(_) | CommitError::Undeclared(_));
                let hint =
                    hint.then(|| "'outputs' are files that the command writes below {out}".into());
                Self { message: other.to_string(), hint, ..Self::default() }
            }
        }
    }
}

impl From<StageError> for Failure {
    fn from(error: StageError) -> Self {
        let interrupted = matches!(error, StageError::Interrupted);
        let message = error.to_string();
        let hint = if let StageError::Failed { hint, .. } = error { hint } else { None };
        Self { interrupted, message, hint, ..Self::default() }
    }
}

/// The error of a stage that panicked.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> StageError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    StageError::with_hint(
        format!("the stage broke off: {text}"),
        "this is a fault of the program; please report it with the message above",
    )
}
