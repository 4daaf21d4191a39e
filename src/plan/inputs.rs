//! From a validated stage to everything that enters its fingerprint.

use crate::fingerprint::{
    CommandInput, Digest, FileInput, InputFiles, SCHEMA, Scalar, ScalarKind, Sources, StageInputs,
    derive_seed,
};
use crate::spec::{Pipeline, StageInstance, Upstream, Value};
use crate::store::{Record, Stamp};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A file of a `files:` input as it was found.
#[derive(Debug, Clone)]
pub struct SurveyedFile {
    /// Path relative to the literal part of its glob.
    pub path: String,
    /// Where it lies.
    pub location: PathBuf,
    /// What it was when it was read; `None`: it could not be.
    pub content: Option<(Stamp, Digest)>,
}

/// The files of every `files:` input, by stage index and input name; environment variables too.
#[derive(Debug, Clone, Default)]
pub struct SurveyedFiles {
    /// Files in the order of their paths; one list for all inputs that name the same files.
    pub files: BTreeMap<(usize, String), Arc<Vec<SurveyedFile>>>,
    /// Values of the environment variables that any stage declares.
    pub env: BTreeMap<String, Option<String>>,
}

/// The records of upstream stages, by their indices; `None`: not known.
pub type Records<'a> = dyn Fn(usize) -> Option<&'a Record> + 'a;

/// Everything that enters the fingerprint of a stage whose upstreams have these records.
#[must_use]
pub fn stage_inputs(
    pipeline: &Pipeline,
    index: usize,
    surveyed: &SurveyedFiles,
    records: &Records<'_>,
) -> StageInputs {
    let stage = &pipeline.stages[index];
    let files = stage.files.keys().map(|name| {
        let found = surveyed.files.get(&(index, name.clone())).map_or(&[][..], |found| found);
        (name.clone(), vec![InputFiles { upstream: None, files: file_inputs(found) }])
    });
    let from = stage.from.iter().map(|(name, upstreams)| {
        let sets = upstreams.iter().map(|up| upstream_files(pipeline, up, records)).collect();
        (name.clone(), sets)
    });
    StageInputs {
        schema: SCHEMA,
        kind: stage.kind.name.to_owned(),
        version: stage.kind.version,
        params: params(stage),
        filter: stage.filter.clone(),
        seed: stage.kind.seeded.then(|| derive_seed(pipeline.seed, &stage.name)),
        inputs: files.chain(from).collect(),
        command: command_input(stage, surveyed),
    }
}

/// Every parameter but those that cannot change the outputs.
fn params(stage: &StageInstance) -> BTreeMap<String, Scalar> {
    let enters = |(name, _): &(&String, &Value)| !stage.kind.asides.contains(&name.as_str());
    let entered = stage.params.iter().filter(enters);
    entered.map(|(name, value)| (name.clone(), scalar(value))).collect()
}

fn file_inputs(files: &[SurveyedFile]) -> Vec<FileInput> {
    let input = |file: &SurveyedFile| FileInput {
        path: file.path.clone(),
        digest: file.content.map(|(_, digest)| digest),
        size: file.content.map_or(0, |(stamp, _)| stamp.size),
    };
    files.iter().map(input).collect()
}

fn upstream_files(pipeline: &Pipeline, upstream: &Upstream, records: &Records<'_>) -> InputFiles {
    let kind = pipeline.stages[upstream.stage].kind;
    let path = upstream.output.as_deref().map(|output| output_path(kind, output));
    let outputs = records(upstream.stage).into_iter().flat_map(|r| r.outputs_at(path));
    let input = |file: &crate::store::OutputFile| FileInput {
        path: file.path.clone(),
        digest: Some(file.digest),
        size: file.size,
    };
    InputFiles { upstream: Some(kind.name.to_owned()), files: outputs.map(input).collect() }
}

/// What an input of a stage reads, by the names of its upstream stages.
pub(super) fn sources(pipeline: &Pipeline, stage: &StageInstance, input: &str) -> Sources {
    let mut sources = Sources::default();
    let mut names: Vec<String> = Vec::new();
    for Upstream { stage, output } in stage.from.get(input).into_iter().flatten() {
        let above = &pipeline.stages[*stage];
        let called = |name: &str| match output {
            Some(output) => format!("{name}.{output}"),
            None => name.to_owned(),
        };
        sources.instances.push(called(&above.id.0));
        let name = called(&above.name);
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    sources.name = names.join(", ");
    sources
}

/// Where an output lies in its stage's folder: by the kind's schema, or, for a `command`, as declared.
pub(crate) fn output_path<'a>(kind: &crate::spec::Kind, output: &'a str) -> &'a str
where
    'static: 'a,
{
    kind.outputs.iter().find(|known| known.name == output).map_or(output, |known| known.path)
}

fn command_input(stage: &StageInstance, surveyed: &SurveyedFiles) -> Option<CommandInput> {
    let command = stage.command.as_ref()?;
    let value = |name: &String| (name.clone(), surveyed.env.get(name).cloned().flatten());
    Some(CommandInput {
        line: command.run.clone(),
        outputs: command.outputs.clone(),
        env: command.env.iter().map(value).collect(),
    })
}

fn scalar(value: &Value) -> Scalar {
    let kind = match value {
        Value::Boolean(_) => ScalarKind::Boolean,
        Value::Integer(_) => ScalarKind::Integer,
        Value::Number(_) => ScalarKind::Number,
        Value::Text(_) => ScalarKind::Text,
    };
    Scalar { kind, text: value.to_string() }
}
