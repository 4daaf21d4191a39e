//! `pipeline.json`: the pipeline of a run, with defaults filled in and matrices expanded. Written when the
//! run begins, read by the history of runs.

use crate::spec::{Gpu, Pipeline, StageInstance, Upstream, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The pipeline of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResolvedPipeline {
    /// The pipeline's name.
    pub pipeline: String,
    /// Its description; may be empty.
    pub about: String,
    /// The pipeline's file, relative to the project if it is inside; empty in old run folders.
    #[serde(default)]
    pub file: String,
    /// The seed from which each stage's seed is derived.
    pub seed: u64,
    /// All stage instances, each after its upstreams.
    pub stages: Vec<ResolvedStage>,
}

/// A stage instance of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResolvedStage {
    /// Instance id.
    pub name: String,
    /// Stage kind.
    pub uses: String,
    /// Every parameter of the kind.
    pub params: BTreeMap<String, Value>,
    /// The condition.
    #[serde(rename = "where")]
    pub filter: Option<String>,
    /// Paths and globs by input, with variables substituted.
    pub files: BTreeMap<String, Vec<String>>,
    /// Upstream instances by input: `train`, `train.model`.
    pub from: BTreeMap<String, Vec<String>>,
    /// A command's line.
    pub run: Option<String>,
    /// A command's declared outputs.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// Declared environment variables of a command.
    #[serde(default)]
    pub env: Vec<String>,
    /// Requested resources.
    #[serde(default)]
    pub needs: ResolvedNeeds,
    /// Names that no two running stages hold at once.
    #[serde(default)]
    pub exclusive: Vec<String>,
}

/// Requested resources.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResolvedNeeds {
    /// CPU slots; `None`: the kind's default.
    pub cpus: Option<usize>,
    /// Bytes of memory; `None` if none are requested.
    pub memory: Option<u64>,
    /// `optional` or `required`; `None` if no GPU is requested.
    pub gpu: Option<String>,
}

impl From<&Pipeline> for ResolvedPipeline {
    fn from(pipeline: &Pipeline) -> Self {
        let file = pipeline.path.strip_prefix(&pipeline.root).unwrap_or(&pipeline.path);
        Self {
            pipeline: pipeline.name.clone(),
            about: pipeline.about.clone(),
            file: file.display().to_string(),
            seed: pipeline.seed,
            stages: pipeline.stages.iter().map(|stage| resolved(pipeline, stage)).collect(),
        }
    }
}

fn resolved(pipeline: &Pipeline, stage: &StageInstance) -> ResolvedStage {
    let upstream = |up: &Upstream| up.label(&pipeline.stages[up.stage].id.0);
    let files = stage.files.iter().map(|(name, patterns)| {
        (name.clone(), patterns.iter().map(|pattern| pattern.written.clone()).collect())
    });
    let from = stage.from.iter();
    let from = from.map(|(name, ups)| (name.clone(), ups.iter().map(upstream).collect()));
    let command = stage.command.clone().unwrap_or_default();
    ResolvedStage {
        name: stage.id.0.clone(),
        uses: stage.kind.name.to_owned(),
        params: stage.params.clone(),
        filter: stage.filter.clone(),
        files: files.collect(),
        from: from.collect(),
        run: stage.command.as_ref().map(|command| command.run.clone()),
        outputs: command.outputs,
        env: command.env,
        needs: ResolvedNeeds {
            cpus: stage.resources.cpus,
            memory: stage.resources.memory,
            gpu: Some(stage.resources.gpu).filter(|&gpu| gpu != Gpu::None).map(|g| g.to_string()),
        },
        exclusive: stage.exclusive.clone(),
    }
}
