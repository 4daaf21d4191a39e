//! A validated pipeline: every name resolved, every default filled in, every matrix expanded.

use super::schema::StageKind;
use crate::params::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A position in a pipeline file; both numbers count from 1.
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

/// One `--set`: a variable (`corpus=data/mine`), a parameter of all instances of a stage
/// (`stages.train.params.epochs=3`; replaces a matrix axis of that name) or `seed=7`. Values are YAML scalars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Left of the first `=`.
    pub key: String,
    /// Right of it.
    pub value: String,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
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
    /// Literal part, absolute: the folder that the pattern searches, or the file's folder.
    pub base: PathBuf,
    /// The rest: a glob (`**/*.{mid,midi}`) or a file name.
    pub pattern: String,
    /// As written, with variables replaced.
    pub written: String,
    /// Its position.
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
    pub fn label(&self, stage: &str) -> String {
        match &self.output {
            Some(output) => format!("{stage}.{output}"),
            None => stage.to_owned(),
        }
    }
}

/// Resources that a stage occupies while it runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources {
    /// CPU slots; `None`: the kind's default.
    pub cpus: Option<usize>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Use of a GPU.
    pub gpu: Gpu,
}

/// A stage's use of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Gpu {
    /// Never.
    #[default]
    None,
    /// If there is one.
    Optional,
    /// Always.
    Required,
}

/// The keys of a `command` stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// Shell line with the placeholders `{input}` and `{out}`.
    pub run: String,
    /// Declared outputs, relative to `{out}`.
    pub outputs: Vec<String>,
    /// Environment variables whose values enter the fingerprint.
    pub env: Vec<String>,
}

impl Command {
    /// Returns whether the line names an input.
    pub fn names(&self, input: &str) -> bool {
        self.run.contains(&format!("{{{input}}}"))
    }
}

/// One node of the graph.
#[derive(Debug, Clone)]
pub struct StageInstance {
    /// Unique in its pipeline.
    pub id: StageId,
    /// The name as written: equal for all instances of one matrix.
    pub name: String,
    /// The values of this instance's matrix axes, in the file's order; empty without a matrix.
    pub variant: Vec<(String, Value)>,
    /// `uses:`.
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
    /// `exclusive:`: two stages with a name in common do not run at once.
    pub exclusive: Vec<String>,
    /// Only of `command` stages.
    pub command: Option<Command>,
    /// The position of the stage's name.
    pub position: Position,
    /// The positions of its values, shared by all instances of the stage.
    pub(crate) positions: Arc<BTreeMap<String, Position>>,
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

    /// Returns the paths of its declared outputs; those of folders end in `/`.
    pub fn declared_outputs(&self) -> Vec<&str> {
        match &self.command {
            Some(command) => command.outputs.iter().map(String::as_str).collect(),
            None => self.kind.outputs.iter().map(|output| output.path).collect(),
        }
    }

    /// Returns the position of a value (`where`, `run`, `params.epochs`, `from.samples`, `needs.memory`), or that of the
    /// stage's name if the value is not from the file (a default, a `--set`).
    pub fn position_of(&self, key: &str) -> Position {
        *self.positions.get(key).unwrap_or(&self.position)
    }
}

/// A validated pipeline.
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
    /// All instances, each after its upstreams.
    pub stages: Vec<StageInstance>,
}
