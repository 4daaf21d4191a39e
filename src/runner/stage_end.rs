//! How a stage ends.

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
    /// Upstream stages whose stored outputs are corrupt.
    pub(super) damaged: Vec<usize>,
}

impl StageEnd {
    /// Returns the end of a stage that did not run.
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

/// Why a stage was not finished.
#[derive(Default)]
pub(super) struct Failure {
    pub(super) interrupted: bool,
    /// Whether the stage was not even tried; then the failure is not recorded.
    pub(super) refused: bool,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// Upstream stages whose stored outputs are corrupt.
    pub(super) damaged: Vec<usize>,
}

impl Failure {
    /// Returns the failure of a stage that was not tried.
    pub(super) fn refused(message: &str, hint: &str) -> Self {
        let (message, hint) = (message.to_owned(), Some(hint.to_owned()));
        Self { refused: true, message, hint, ..Self::default() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let interrupted = matches!(error, StoreError::Interrupted(_));
        let (hint, message) = (error.hint().map(str::to_owned), error.to_string());
        Self { interrupted, hint, message, ..Self::default() }
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        let message = error.to_string();
        let hint = match error {
            CommitError::Store(error) => return error.into(),
            CommitError::OutputMissing(_) | CommitError::Undeclared(_) => {
                Some("'outputs' are files that the command writes below {out}".into())
            }
            CommitError::UnsupportedFile(_) => {
                Some("copy the file instead of linking it, or give it another name".into())
            }
            CommitError::FolderReplaced(_) => {
                Some("write below {out} and leave that folder itself in place".into())
            }
        };
        Self { message, hint, ..Self::default() }
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

/// Returns the error of a stage that panicked.
pub(super) fn panic_error(panic: &(dyn std::any::Any + Send)) -> StageError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    StageError::with_hint(
        format!("stage panicked: {}", text.unwrap_or_default()),
        "this is a bug; please report it with the message above",
    )
}
