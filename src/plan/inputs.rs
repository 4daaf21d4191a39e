//! Everything that enters the fingerprint of a validated stage.

use crate::fingerprint::{
    CommandInput, Digest, FileInput, InputFiles, SCHEMA, StageInputs, UpstreamNames, derive_seed,
};
use crate::spec::files::path_text;
use crate::spec::{FilePattern, Pipeline, StageInstance, Upstream};
use crate::store::{OutputFile, Record, Stamp, folder_name};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A file of a `files:` input when the run began.
#[derive(Debug, Clone)]
pub struct SnapshotFile {
    /// Path relative to the literal part of its glob.
    pub path: String,
    /// Where it is.
    pub location: PathBuf,
    /// Stamp and digest of its content; `None` if it could not be read.
    pub content: Option<(Stamp, Digest)>,
}

impl SnapshotFile {
    /// Returns the digest of its content.
    pub fn digest(&self) -> Option<Digest> {
        self.content.map(|(_, digest)| digest)
    }

    /// Returns its size in bytes, 0 if it could not be read.
    pub fn size(&self) -> u64 {
        self.content.map_or(0, |(stamp, _)| stamp.size)
    }
}

/// The files of every `files:` input and the environment variables, when the run began.
#[derive(Debug, Clone, Default)]
pub struct InputSnapshot {
    /// Files in the order of their paths, by stage index and input name. Inputs with the same patterns
    /// share a list.
    pub files: BTreeMap<(usize, String), Arc<Vec<SnapshotFile>>>,
    /// Digests of the environment variables that any stage declares; `None` if unset.
    pub env: BTreeMap<String, Option<Digest>>,
}

/// The records of upstream stages, by their indices; `None` if not known yet.
pub type Records<'a> = dyn Fn(usize) -> Option<&'a Record> + 'a;

/// Returns everything that enters the fingerprint of a stage whose upstreams have these records.
pub fn stage_inputs(
    pipeline: &Pipeline,
    index: usize,
    snapshot: &InputSnapshot,
    records: &Records<'_>,
) -> StageInputs {
    let stage = &pipeline.stages[index];
    let files = stage.files.keys().map(|name| {
        let files = snapshot.files.get(&(index, name.clone())).into_iter();
        let files = files.flat_map(|files| files.iter()).map(|file| FileInput {
            path: file.path.clone(),
            digest: file.digest(),
            size: file.size(),
            executable: false,
        });
        (name.clone(), vec![InputFiles { upstream: None, files: files.collect() }])
    });
    let from = stage.from.iter().map(|(name, upstreams)| {
        let input = |file: &OutputFile| FileInput {
            path: file.path.clone(),
            digest: Some(file.digest),
            size: file.size,
            executable: file.executable,
        };
        let set = |up: &Upstream| {
            let files = upstream_outputs(pipeline, up, records(up.stage)).map(input).collect();
            InputFiles { upstream: Some(pipeline.stages[up.stage].kind.name.to_owned()), files }
        };
        (name.clone(), upstreams.iter().map(set).collect())
    });
    // Parameters that cannot change the outputs are left out.
    let params = stage.params.iter().filter(|(name, _)| stage.kind.is_hashed(name));
    StageInputs {
        schema: SCHEMA,
        kind: stage.kind.name.to_owned(),
        version: stage.kind.version,
        params: params.map(|(name, value)| (name.clone(), value.into())).collect(),
        filter: stage.filter.clone(),
        seed: stage.kind.is_seeded.then(|| derive_seed(pipeline.seed, &stage.name)),
        inputs: files.chain(from).collect(),
        command: command_input(pipeline, stage, snapshot),
    }
}

/// Returns the files that a stage reads of an upstream with this record.
pub(crate) fn upstream_outputs<'a>(
    pipeline: &Pipeline,
    upstream: &'a Upstream,
    record: Option<&'a Record>,
) -> impl Iterator<Item = &'a OutputFile> {
    let path = output_path(pipeline, upstream);
    record.into_iter().flat_map(move |record| record.outputs_at(path))
}

/// Returns the path of the output that is read; `None` if it is all of them.
fn output_path<'a>(pipeline: &Pipeline, upstream: &'a Upstream) -> Option<&'a str> {
    let known = pipeline.stages[upstream.stage].kind.outputs;
    // A `command` declares its outputs by their paths.
    upstream.output.as_deref().map(|name| {
        known.iter().find(|output| output.name == name).map_or(name, |output| output.path)
    })
}

/// Returns the one file that a command gets of an upstream; `None` if it gets a folder. That depends on the declared
/// outputs alone, not on the recorded files.
pub(crate) fn single_output<'a>(pipeline: &'a Pipeline, upstream: &'a Upstream) -> Option<&'a str> {
    let path = match output_path(pipeline, upstream) {
        Some(path) => path,
        None => match pipeline.stages[upstream.stage].declared_outputs()[..] {
            [path] => path,
            _ => return None,
        },
    };
    Some(path).filter(|path| !path.contains('/'))
}

/// Returns whether a command gets a file of a `files:` input, and not a folder: if one path is written, no glob.
pub(crate) fn is_single_path(patterns: &[FilePattern]) -> bool {
    matches!(patterns, [pattern] if !pattern.is_glob())
}

/// Returns the names of the upstream stages that an input reads.
pub(super) fn upstream_names(
    pipeline: &Pipeline,
    stage: &StageInstance,
    input: &str,
) -> UpstreamNames {
    let upstreams = stage.from.get(input).into_iter().flatten();
    let mut names: Vec<String> =
        upstreams.clone().map(|up| up.label(&pipeline.stages[up.stage].name)).collect();
    names.dedup();
    let instances = upstreams.map(|up| up.label(&pipeline.stages[up.stage].id.0)).collect();
    UpstreamNames { name: names.join(", "), instances }
}

fn command_input(
    pipeline: &Pipeline,
    stage: &StageInstance,
    snapshot: &InputSnapshot,
) -> Option<CommandInput> {
    let command = stage.command.as_ref()?;
    let value = |name: &String| {
        let digest = snapshot.env.get(name).copied().flatten();
        (name.clone(), digest.map(|digest| digest.to_string()))
    };
    let files = stage.files.iter().map(|(name, patterns)| {
        let path = match is_single_path(patterns) {
            true => project_path(pipeline, &patterns[0]),
            false => "./".to_owned(),
        };
        (name.clone(), vec![path])
    });
    let from = stage.from.iter().map(|(name, upstreams)| {
        let path = |upstream: &Upstream| {
            let folder = folder_name(&pipeline.stages[upstream.stage].id.0);
            format!("{folder}/{}", single_output(pipeline, upstream).unwrap_or_default())
        };
        (name.clone(), upstreams.iter().map(path).collect())
    });
    Some(CommandInput {
        paths: files.chain(from).filter(|(name, _)| command.names(name)).collect(),
        line: command.run.clone(),
        outputs: command.outputs.clone(),
        env: command.env.iter().map(value).collect(),
    })
}

/// Returns the path of the file that a pattern without wildcards names, relative to the project if it is inside.
fn project_path(pipeline: &Pipeline, pattern: &FilePattern) -> String {
    let path = pattern.file().unwrap_or_default();
    path_text(path.strip_prefix(&pipeline.root).unwrap_or(&path))
}
