//! What a stage made last, for those that take parts of it.

use super::{InputFile, InputSet, StageError};
use crate::fingerprint::{StageInputs, digest_file};
use crate::spec::{Kind, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// A stage's own last outputs. A part's key is the stage's implementation, the parameters that bear on
/// it and the digest of its input: the implementation is today's, the outputs are as they were recorded,
/// and the rest is for the stage to compare.
#[derive(Debug, Clone)]
pub struct Previous {
    /// Everything that entered then: parameters, condition, and the path and digest of each input file.
    pub inputs: StageInputs,
    /// The upstream outputs that entered then, by input. They may be gone or damaged since; see
    /// [`InputFile::is_whole`].
    pub upstream: BTreeMap<String, Vec<InputSet>>,
    /// What came out, each file checked against its digest.
    pub outputs: InputSet,
}

impl Previous {
    /// Whether parts of what these inputs gave may serve a stage of this kind: its implementation must be
    /// the same.
    #[must_use]
    pub fn serves(inputs: &StageInputs, kind: &Kind) -> bool {
        inputs.kind == kind.name && inputs.version == kind.version
    }

    /// Whether every parameter has the value that it had, but for those that do not matter.
    #[must_use]
    pub fn agrees(&self, params: &BTreeMap<String, Value>, but: &[&str]) -> bool {
        let matters = |name: &&String| !but.contains(&name.as_str());
        let then = self.inputs.params.iter().filter(|(name, _)| matters(name));
        let now = params.iter().filter(|(name, _)| matters(name));
        then.map(|(name, scalar)| (name, scalar.text.clone()))
            .eq(now.map(|(name, value)| (name, value.to_string())))
    }

    /// The one upstream set of an input.
    ///
    /// # Errors
    /// When there was none.
    pub fn upstream(&self, name: &str) -> Result<&InputSet, StageError> {
        let first = self.upstream.get(name).and_then(|sets| sets.first());
        first.ok_or_else(|| StageError::failed(format!("the input '{name}' was not there")))
    }
}

impl InputFile {
    /// Brings the file to a path among a stage's outputs as it is: a part of the last outputs that did not change. It is
    /// a link where the file system allows, and read-only; the store knows it again, and only reads it.
    ///
    /// # Errors
    /// When it can be neither linked nor copied.
    pub fn hand_over(&self, path: &Path) -> Result<(), StageError> {
        if fs_err::hard_link(&self.location, path).is_err() {
            fs_err::copy(&self.location, path)?;
        }
        Ok(())
    }

    /// Whether its content is what its digest says.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        digest_file(&self.location).is_ok_and(|(digest, _)| Some(digest) == self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{SCHEMA, Scalar, ScalarKind};
    use crate::spec::Cpus;

    const KIND: Kind = Kind {
        name: "scan",
        about: "",
        version: 2,
        params: &[],
        inputs: &[],
        outputs: &[],
        filter: false,
        command: false,
        cpus: Cpus::All,
        seeded: false,
        asides: &[],
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
    fn what_another_implementation_or_kind_made_serves_nobody() {
        let made = inputs(&[]);
        assert!(Previous::serves(&made, &KIND));
        for version in [1, 3] {
            assert!(!Previous::serves(&made, &Kind { version, ..KIND }), "version {version}");
        }
        assert!(!Previous::serves(&made, &Kind { name: "extract", ..KIND }));
    }

    #[test]
    fn parameters_agree_when_each_that_matters_is_there_with_its_value() {
        let outputs = InputSet { stage: None, output: None, files: Vec::new() };
        let inputs = inputs(&[("limit", "0"), ("steps", "96")]);
        let previous = Previous { inputs, upstream: BTreeMap::new(), outputs };
        let agrees = |params: &[(&str, i64)]| {
            let value = |&(name, value): &(&str, i64)| (name.to_owned(), Value::Integer(value));
            previous.agrees(&params.iter().map(value).collect(), &["limit"])
        };
        assert!(agrees(&[("limit", 0), ("steps", 96)]) && agrees(&[("limit", 7), ("steps", 96)]));
        assert!(agrees(&[("steps", 96)]));
        assert!(!agrees(&[("limit", 0), ("steps", 48)]) && !agrees(&[("limit", 0)]));
        assert!(!agrees(&[("hop", 0), ("limit", 0), ("steps", 96)]));
    }
}
