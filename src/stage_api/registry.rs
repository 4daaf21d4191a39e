//! The list of stage kinds.

use super::{Result, StageError, StageImpl};
use crate::spec::StageKind;

/// All stage kinds.
#[derive(Clone, Copy)]
pub struct Registry(pub &'static [&'static dyn StageImpl]);

impl Registry {
    /// Returns the schemas, in the order of a pipeline's flow.
    pub fn kinds(&self) -> Vec<&'static StageKind> {
        self.0.iter().map(|stage| stage.kind()).collect()
    }

    /// Returns the implementation of a kind.
    ///
    /// # Errors
    /// Returns an error if the stage was validated against another registry.
    pub fn get(&self, kind: &StageKind) -> Result<&'static dyn StageImpl> {
        let found = self.0.iter().find(|stage| stage.kind().name == kind.name).copied();
        found.ok_or_else(|| StageError::failed(format!("no stage kind '{}' here", kind.name)))
    }
}
