//! A validated pipeline: every name resolved, every default filled in, every matrix expanded.

use super::schema::StageKind;
use crate::params::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A place in a pipeline file; both numbers count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl Position {
    /// The beginning of the file.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

/// One instance's name: `train`, or `train[latent=40,beta=0.1]` out of a matrix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct StageId(pub String);

impl fmt::Display for StageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Files named by a path or glob, split into the literal folder and the pattern below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePattern {
    /// Literal part, absolute: the folder below which the pattern looks, or the file's folder.
    pub base: PathBuf,
    /// What follows: a glob (`**/*.{mid,midi}`) or a plain file name.
    pub pattern: String,
    /// As written, after `vars` were put in.
    pub written: String,
    /// Where it stands.
    pub position: Position,
}

/// An edge of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Index into [`Pipeline::stages`].
    pub stage: usize,
    /// The output that is read; `None`: all of them.
    pub output: Option<String>,
}

impl Upstream {
    /// Returns the upstream with its output, under this name of the stage: `train.model`.
    #[must_use]
    pub fn label(&self, stage: &str) -> String {
        match &self.output {
            Some(output) => format!("{stage}.{output}"),
            None => stage.to_owned(),
        }
    }
}

/// What a stage occupies while it runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources {
    /// CPU slots; `None`: the kind's default.
    pub cpus: Option<usize>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Whether a GPU is used.
    pub gpu: Gpu,
}

/// A stage's wish for a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gpu {
    /// Never.
    #[default]
    None,
    /// When there is one.
    Optional,
    /// Always.
    Required,
}

/// What a `command` stage says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// Shell line with `{input}` and `{out}` still in it.
    pub run: String,
    /// Declared outputs, relative to `{out}`.
    pub outputs: Vec<String>,
    /// Environment variables whose values enter the fingerprint.
    pub env: Vec<String>,
}

/// One node of the graph.
#[derive(Debug, Clone)]
pub struct StageInstance {
    /// Unique in its pipeline.
    pub id: StageId,
    /// The name as written: equal for all instances of one matrix.
    pub name: String,
    /// The matrix' choices for this instance, in the file's order; empty without a matrix.
    pub variant: Vec<(String, Value)>,
    /// What `uses:` names.
    pub kind: &'static StageKind,
    /// Every parameter of the kind.
    pub params: BTreeMap<String, Value>,
    /// `where:`, an SQL condition.
    pub filter: Option<String>,
    /// `files:`.
    pub files: BTreeMap<String, Vec<FilePattern>>,
    /// `from:` and `gather:`; more than one upstream only for `gather:`.
    pub from: BTreeMap<String, Vec<Upstream>>,
    /// `needs:`.
    pub resources: Resources,
    /// `exclusive:` names that no two running stages hold at once.
    pub exclusive: Vec<String>,
    /// For `command` stages.
    pub command: Option<Command>,
    /// Where the stage's name stands.
    pub position: Position,
    /// Where its values stand.
    pub positions: Positions,
}

impl StageInstance {
    /// Returns a warning for each parameter that is set but has no effect with the others.
    pub fn unused_params(&self) -> impl Iterator<Item = String> {
        self.kind.params.iter().filter_map(|parameter| parameter.unused(&self.params))
    }

    /// Returns the upstream instances of all inputs; one that several inputs read comes several times.
    pub fn upstreams(&self) -> impl Iterator<Item = &Upstream> {
        self.from.values().flatten()
    }

    /// Where a value stands: `where`, `run`, `params.epochs`, `from.samples`, `needs.memory`; the
    /// stage's name for what the file does not say (a default, a `--set`).
    #[must_use]
    pub fn position_of(&self, key: &str) -> Position {
        self.positions.get(key).unwrap_or(self.position)
    }
}

/// Where the values of a stage stand in the file, shared by all its instances.
#[derive(Debug, Clone, Default)]
pub struct Positions(Arc<BTreeMap<String, Position>>);

impl Positions {
    pub(crate) fn new(positions: BTreeMap<String, Position>) -> Self {
        Self(Arc::new(positions))
    }

    /// The place of `where` or `params.epochs`, if the file says it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Position> {
        self.0.get(key).copied()
    }
}

/// A validated pipeline; stages stand in an order in which each follows its upstreams.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file's stem.
    pub name: String,
    /// `about:`.
    pub about: String,
    /// `seed:`.
    pub seed: u64,
    /// The file.
    pub path: PathBuf,
    /// The project: the folder that holds `pipelines/`.
    pub root: PathBuf,
    /// All instances.
    pub stages: Vec<StageInstance>,
}
