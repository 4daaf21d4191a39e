//! Stage kinds as data: the validator, error messages and help texts read them.

use crate::params::{Condition, Parameter};

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
    /// Whether the stage needs it.
    pub required: Required,
}

impl Input {
    /// A required input: what a stage of one of these kinds made, or only its output of this name.
    pub const fn from_stage(
        name: &'static str,
        about: &'static str,
        kinds: &'static [&'static str],
        output: Option<&'static str>,
    ) -> Self {
        Self { name, about, source: Source::Stage { kinds, output }, required: Required::Yes }
    }

    /// Returns whether the stage always needs it.
    pub fn is_required(&self) -> bool {
        self.required == Required::Yes
    }
}

/// Whether a stage needs an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Always.
    Yes,
    /// It is optional.
    No,
    /// If the condition holds; otherwise the input is not read.
    If(Condition),
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

impl Output {
    /// An output with these fields.
    pub const fn new(name: &'static str, path: &'static str, about: &'static str) -> Self {
        Self { name, path, about }
    }
}

/// Number of CPU slots that a stage occupies unless its `needs:` sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cpus {
    /// As many as `--jobs`.
    All,
    /// One.
    One,
}

/// A stage kind: what a pipeline file may say about it.
#[derive(Debug, Clone, Copy)]
pub struct StageKind {
    /// Name as written after `uses:`.
    pub name: &'static str,
    /// One sentence for help texts.
    pub about: &'static str,
    /// Version of the implementation, incremented by hand when the same inputs give other outputs.
    pub version: u32,
    /// Accepted parameters.
    pub params: &'static [Parameter],
    /// Accepted inputs; empty with `any_input`.
    pub inputs: &'static [Input],
    /// Outputs; empty for `command`, which declares its own.
    pub outputs: &'static [Output],
    /// Whether `where:` is accepted.
    pub has_filter: bool,
    /// `command`: any inputs, `run:`, `outputs:` and `env:`.
    pub is_command: bool,
    /// Default of `needs: {cpus}`.
    pub cpus: Cpus,
    /// Whether the outputs depend on the derived seed (then it enters the fingerprint).
    pub is_seeded: bool,
    /// Whether the stage reuses parts of its own last outputs.
    pub is_incremental: bool,
    /// Whether the stage resumes after an interruption.
    pub is_resumable: bool,
    /// Whether the stage computes on the chosen device; other stages are recorded as run on the CPU.
    pub uses_device: bool,
}

impl StageKind {
    /// A kind without parameters, inputs and outputs, to fill up other kinds from.
    pub const BASE: Self = Self {
        name: "",
        about: "",
        version: 1,
        params: &[],
        inputs: &[],
        outputs: &[],
        has_filter: false,
        is_command: false,
        cpus: Cpus::One,
        is_seeded: false,
        is_incremental: false,
        is_resumable: false,
        uses_device: false,
    };

    /// Returns whether a parameter enters the fingerprint.
    pub fn is_hashed(&self, parameter: &str) -> bool {
        self.params.iter().all(|known| known.name != parameter || known.hashed)
    }
}
