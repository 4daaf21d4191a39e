//! The request to stop.

use super::{Result, StageError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that Ctrl-C sets once. Stages check it between files and steps.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Requests cancellation.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Returns true if cancellation was requested.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Returns an error once cancellation was requested.
    ///
    /// # Errors
    /// [`StageError::Interrupted`].
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(StageError::Interrupted) } else { Ok(()) }
    }
}
