//! What the runner passes to a running stage.

use super::{CancelToken, Device, InputSet, Previous, Reporter, Result, StageError};
use crate::params::{Params, Values};
use crate::spec::{Command, StageId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything that a running stage may use.
pub struct StageContext<'a> {
    /// The instance.
    pub id: &'a StageId,
    /// Every parameter of the kind, validated.
    pub params: &'a Values,
    /// The `where:` condition.
    pub filter: Option<&'a str>,
    /// The command of a `command` stage.
    pub command: Option<&'a Command>,
    /// Inputs by name; more than one set only for `gather:`.
    pub inputs: BTreeMap<String, Vec<InputSet>>,
    /// The stage's last outputs, for reuse of parts: intact, computed by the same implementation version,
    /// and absent if the stage is forced.
    pub previous: Option<&'a Previous>,
    /// An empty folder for the outputs.
    pub out: PathBuf,
    /// An empty folder for the diagnostics.
    pub diagnostics: PathBuf,
    /// A folder that survives an interruption.
    pub resume_dir: PathBuf,
    /// An empty folder that is removed when the stage ends.
    pub scratch: PathBuf,
    /// The project's root, to which a command's relative paths refer.
    pub root: &'a Path,
    /// The derived seed.
    pub seed: u64,
    /// The device to compute on.
    pub device: Device,
    /// The user's request to stop.
    pub cancel: &'a CancelToken,
    /// Receives progress, notes and warnings.
    pub report: &'a Reporter<'a>,
}

impl StageContext<'_> {
    /// Returns the first set of an input.
    ///
    /// # Errors
    /// Returns an error if the pipeline does not name that input.
    pub fn input(&self, name: &str) -> Result<&InputSet> {
        let first = self.inputs.get(name).and_then(|sets| sets.first());
        first.ok_or_else(|| StageError::failed(format!("missing input '{name}'")))
    }

    /// Returns the parameters as a struct with one field per parameter.
    ///
    /// # Errors
    /// Returns an error if the struct and the kind's schema disagree, which is a bug.
    pub fn parameters<T: Params<Given = ()>>(&self) -> Result<T> {
        Ok(T::from_values(self.params, ())?)
    }
}
