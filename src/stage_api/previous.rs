//! A stage's last outputs, for incremental reuse.

use super::{InputSet, Result, StageError};
use crate::fingerprint::StageInputs;
use crate::spec::{StageKind, Value};
use std::collections::BTreeMap;

/// A stage's last outputs, for incremental reuse. The implementation version is the same and the digests
/// were verified; the stage compares parameters and inputs.
#[derive(Debug, Clone)]
pub struct Previous {
    /// The inputs of that run: parameters, condition, and the path and digest of each input file.
    pub inputs: StageInputs,
    /// The upstream outputs that were read then, by input. They may be gone or damaged now; see
    /// [`InputFile::is_intact`](super::InputFile::is_intact).
    pub upstream: BTreeMap<String, Vec<InputSet>>,
    /// The outputs, each checked against its digest.
    pub outputs: InputSet,
}

impl Previous {
    /// Returns true if a stage of this kind may reuse parts of a run with these inputs: the
    /// implementation version must be the same.
    pub fn is_compatible(inputs: &StageInputs, kind: &StageKind) -> bool {
        inputs.kind == kind.name && inputs.version == kind.version
    }

    /// Returns true if every parameter has the value that it had, except the ignored ones.
    pub fn params_match_except(&self, params: &BTreeMap<String, Value>, ignored: &[&str]) -> bool {
        let matters = |name: &&String| !ignored.contains(&name.as_str());
        let then = self.inputs.params.iter().filter(|(name, _)| matters(name));
        let now = params.iter().filter(|(name, _)| matters(name));
        then.map(|(name, scalar)| (name, scalar.text.clone()))
            .eq(now.map(|(name, value)| (name, value.to_string())))
    }

    /// Returns the first upstream set of an input.
    ///
    /// # Errors
    /// Returns an error if there was none.
    pub fn upstream(&self, name: &str) -> Result<&InputSet> {
        let first = self.upstream.get(name).and_then(|sets| sets.first());
        first.ok_or_else(|| StageError::failed(format!("the last run had no input '{name}'")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{SCHEMA, Scalar, ScalarKind};
    use crate::spec::Cpus;

    const KIND: StageKind = StageKind {
        name: "scan",
        about: "",
        version: 2,
        params: &[],
        inputs: &[],
        outputs: &[],
        cpus: Cpus::All,
        ..StageKind::BASE
    };

    fn inputs(params: &[(&str, &str)]) -> StageInputs {
        let scalar = |text: &str| Scalar { kind: ScalarKind::Integer, text: text.to_owned() };
        StageInputs {
            schema: SCHEMA,
            kind: "scan".into(),
            version: 2,
            params: params.iter().map(|(name, text)| ((*name).into(), scalar(text))).collect(),
            filter: None,
            seed: None,
            inputs: BTreeMap::new(),
            command: None,
        }
    }

    #[test]
    fn outputs_of_another_version_or_kind_are_not_reused() {
        let made = inputs(&[]);
        assert!(Previous::is_compatible(&made, &KIND));
        for version in [1, 3] {
            assert!(
                !Previous::is_compatible(&made, &StageKind { version, ..KIND }),
                "version {version}"
            );
        }
        assert!(!Previous::is_compatible(&made, &StageKind { name: "extract", ..KIND }));
    }

    #[test]
    fn parameters_match_if_all_but_the_ignored_ones_are_equal() {
        let outputs = InputSet { stage: None, files: Vec::new(), is_folder: true };
        let inputs = inputs(&[("limit", "0"), ("steps", "96")]);
        let previous = Previous { inputs, upstream: BTreeMap::new(), outputs };
        let agrees = |params: &[(&str, i64)]| {
            let value = |&(name, value): &(&str, i64)| (name.to_owned(), Value::Integer(value));
            previous.params_match_except(&params.iter().map(value).collect(), &["limit"])
        };
        assert!(agrees(&[("limit", 0), ("steps", 96)]) && agrees(&[("limit", 7), ("steps", 96)]));
        assert!(agrees(&[("steps", 96)]));
        assert!(!agrees(&[("limit", 0), ("steps", 48)]) && !agrees(&[("limit", 0)]));
        assert!(!agrees(&[("hop", 0), ("limit", 0), ("steps", 96)]));
    }
}
