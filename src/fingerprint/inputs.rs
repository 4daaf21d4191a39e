//! Everything that enters a fingerprint, as a record stores it.

use super::{Digest, Preimage};
use crate::params::{ScalarKind, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The version of the preimage's layout.
///
/// 1: first.
pub const SCHEMA: u32 = 1;

/// A parameter's value: its type and its canonical text, so that reading a record never changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scalar {
    /// Its type.
    pub kind: ScalarKind,
    /// Its canonical text; of a number, the shortest decimal that gives the same 64-bit float.
    pub text: String,
}

impl From<&Value> for Scalar {
    fn from(value: &Value) -> Self {
        Self { kind: value.into(), text: value.to_string() }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One file of an input.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileInput {
    /// Path relative to the literal part of its glob, or an upstream's output path.
    pub path: String,
    /// Digest of its content; `None` if it could not be read.
    pub digest: Option<Digest>,
    /// Size in bytes.
    pub size: u64,
    /// Whether an upstream's output is a program.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// The files of one input, in the order of their paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InputFiles {
    /// The upstream stage's kind for `from:` and `gather:`; `None` for `files:`.
    pub upstream: Option<String>,
    /// The files.
    pub files: Vec<FileInput>,
}

/// The part of a fingerprint that only `command` stages have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandInput {
    /// The line as written, with placeholders.
    pub line: String,
    /// Declared outputs.
    pub outputs: Vec<String>,
    /// Declared environment variables and digests of their values under the store's secret; `None` if unset. Before
    /// version 2 of the kind: the values themselves, which must not be shown.
    pub env: BTreeMap<String, Option<String>>,
    /// For each input that the line names, the paths that replace its name; those of folders end in `/`. A path in `files:`
    /// is relative to the project, any other to the folder of the input's copies. Empty before version 2.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paths: BTreeMap<String, Vec<String>>,
}

/// Everything that enters the fingerprint of one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageInputs {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Stage kind: `uses:`.
    pub kind: String,
    /// The kind's implementation version.
    pub version: u32,
    /// `params:`, with defaults.
    pub params: BTreeMap<String, Scalar>,
    /// `where:`.
    pub filter: Option<String>,
    /// Derived seed, for kinds that draw random numbers.
    pub seed: Option<u64>,
    /// `files:`, `from:` and `gather:`, with one set per upstream instance.
    pub inputs: BTreeMap<String, Vec<InputFiles>>,
    /// The command of a `command` stage.
    pub command: Option<CommandInput>,
}

impl StageInputs {
    /// Computes the fingerprint.
    pub fn fingerprint(&self) -> Digest {
        let Self { schema, kind, version, params, filter, seed, inputs, command } = self;
        let mut preimage = Preimage::new("stage");
        preimage.number(u64::from(*schema)).text(kind).number(u64::from(*version));
        preimage.list(params.len());
        for (name, Scalar { kind, text }) in params {
            preimage.text(name).number(*kind as u64).text(text);
        }
        preimage.option(filter.as_deref(), Preimage::text).option(*seed, Preimage::number);
        preimage.list(inputs.len());
        for (name, sets) in inputs {
            preimage.text(name).list(sets.len());
            for InputFiles { upstream, files } in sets {
                preimage.option(upstream.as_deref(), Preimage::text).list(files.len());
                for FileInput { path, digest, size, executable } in files {
                    preimage.text(path).number(*size).option(digest.as_ref(), Preimage::digest);
                    // Only if it is: the fingerprints of other files stay.
                    if *executable {
                        preimage.text("executable");
                    }
                }
            }
        }
        preimage.option(command.as_ref(), add_command).finish()
    }
}

fn add_command<'a>(preimage: &'a mut Preimage, command: &CommandInput) -> &'a mut Preimage {
    let CommandInput { line, outputs, env, paths } = command;
    preimage.text(line).list(outputs.len());
    for output in outputs {
        preimage.text(output);
    }
    preimage.list(env.len());
    for (name, value) in env {
        preimage.text(name).option(value.as_deref(), Preimage::text);
    }
    // Left out if empty, so that records without them keep their fingerprints: nothing follows.
    if !paths.is_empty() {
        preimage.list(paths.len());
    }
    for (name, paths) in paths {
        preimage.text(name).list(paths.len());
        for path in paths {
            preimage.text(path);
        }
    }
    preimage
}
