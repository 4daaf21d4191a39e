//! The inputs of a stage: files from the snapshot, upstream outputs from the store.

use crate::plan::{InputSnapshot, is_single_path, single_output, upstream_outputs};
use crate::spec::{Pipeline, StageInstance, Upstream};
use crate::stage_api::{InputFile, InputSet};
use crate::store::{OutputFile, Record, Store};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Returns the inputs of a stage by name, from its own files and the records of its upstreams.
pub(super) fn input_sets(
    (pipeline, stage): (&Pipeline, &StageInstance),
    snapshot: &InputSnapshot,
    records: &BTreeMap<usize, Arc<Record>>,
    store: &Store,
) -> BTreeMap<String, Vec<InputSet>> {
    let files = snapshot.files.iter().map(|((_, name), files)| {
        let files = files.iter().map(|file| InputFile {
            path: file.path.clone(),
            location: file.location.clone(),
            digest: file.digest(),
            size: file.size(),
            is_executable: false,
        });
        let is_folder = !stage.files.get(name).is_some_and(|patterns| is_single_path(patterns));
        (name.clone(), vec![InputSet { stage: None, files: files.collect(), is_folder }])
    });
    let upstreams = stage.from.iter().map(|(name, upstreams)| {
        let set = |upstream: &Upstream| {
            let record = records.get(&upstream.stage).map(Arc::as_ref);
            let files = upstream_outputs(pipeline, upstream, record);
            // Only programs read folders as they are; the other kinds read files.
            let files = files.filter(|file| stage.kind.is_command || !file.is_folder());
            let files = files.map(|file| stored_file(store, file));
            let stage = Some(pipeline.stages[upstream.stage].id.clone());
            let is_folder = single_output(pipeline, upstream).is_none();
            InputSet { stage, files: files.collect(), is_folder }
        };
        (name.clone(), upstreams.iter().map(set).collect())
    });
    files.chain(upstreams).collect()
}

/// Returns a file at its place in the store, whether it is there or not.
pub(super) fn stored_file(store: &Store, file: &OutputFile) -> InputFile {
    let OutputFile { path, digest, size, executable } = file.clone();
    let location = store.layout.blob(&digest);
    InputFile { path, location, digest: Some(digest), size, is_executable: executable }
}
