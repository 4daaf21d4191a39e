//! What a stage kind accepts, as data: the validator, the error messages and the help texts read it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A parameter's value after validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A finite number; an integer written where a number is expected becomes one.
    Number(f64),
    /// A string.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value}"),
        }
    }
}

/// A default as it can stand in a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Constant {
    /// See [`Value::Boolean`].
    Boolean(bool),
    /// See [`Value::Integer`].
    Integer(i64),
    /// See [`Value::Number`].
    Number(f64),
    /// See [`Value::Text`].
    Text(&'static str),
}

impl From<Constant> for Value {
    fn from(constant: Constant) -> Self {
        match constant {
            Constant::Boolean(value) => Self::Boolean(value),
            Constant::Integer(value) => Self::Integer(value),
            Constant::Number(value) => Self::Number(value),
            Constant::Text(value) => Self::Text(value.to_owned()),
        }
    }
}

/// Which values a parameter takes; bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Accepts {
    /// `true` or `false`.
    Boolean,
    /// A whole number between two bounds.
    Integer(i64, i64),
    /// A finite number between two bounds.
    Number(f64, f64),
    /// Any string.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// One parameter of a stage kind.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Name as written under `params:`.
    pub name: &'static str,
    /// One sentence for help texts, with the unit.
    pub about: &'static str,
    /// Values that pass.
    pub accepts: Accepts,
    /// Value when the pipeline does not say.
    pub default: Constant,
}

/// Where an input may come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// `files:` paths and globs.
    Files,
    /// `from:` a stage of one of these kinds; with `output`, that output of it is what is read, so
    /// both `train` and `train.model` are accepted and only that output enters the fingerprint.
    Stage {
        /// Kinds that fit.
        kinds: &'static [&'static str],
        /// The output that is read; `None`: all of them.
        output: Option<&'static str>,
    },
}

/// One input of a stage kind.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Name as written under `files:` or `from:`.
    pub name: &'static str,
    /// One sentence for help texts.
    pub about: &'static str,
    /// Where it comes from.
    pub source: Source,
    /// Whether the stage cannot work without it.
    pub required: bool,
}

/// One output of a stage kind: a file, or a folder when `path` ends in `/`.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// Name as written after the dot in `train.model`.
    pub name: &'static str,
    /// Path inside the stage's output folder.
    pub path: &'static str,
    /// One sentence for help texts.
    pub about: &'static str,
}

/// How many CPU slots a stage occupies unless its `needs:` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cpus {
    /// All that `--jobs` gives.
    All,
    /// One.
    One,
}

/// A stage kind as the pipeline file sees it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Name as written after `uses:`.
    pub name: &'static str,
    /// One sentence for help texts.
    pub about: &'static str,
    /// Bumped by hand when the same inputs give other outputs.
    pub version: u32,
    /// Accepted parameters.
    pub params: &'static [Parameter],
    /// Accepted inputs; empty with `any_input`.
    pub inputs: &'static [Input],
    /// What it makes; empty for `command`, which declares its own.
    pub outputs: &'static [Output],
    /// Whether `where:` is accepted.
    pub filter: bool,
    /// `command`: any inputs, `run:`, `outputs:` and `env:`.
    pub command: bool,
    /// Default of `needs: {cpus}`.
    pub cpus: Cpus,
    /// Whether the outputs depend on the derived seed (then it enters the fingerprint).
    pub seeded: bool,
    /// Names of parameters that cannot change the outputs (how often a checkpoint is written): they stay
    /// out of the fingerprint.
    pub asides: &'static [&'static str],
}
