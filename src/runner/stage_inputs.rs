//! The inputs of a stage: files from the snapshot, upstream outputs from the store; and which files changed
//! since the snapshot.

use super::hash::{digest, stamp};
use crate::fingerprint::Digest;
use crate::plan::{InputSnapshot, upstream_outputs};
use crate::spec::{Pipeline, StageInstance, Upstream};
use crate::stage_api::{InputFile, InputSet};
use crate::store::{Record, Store};
use rayon::prelude::*;
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
        });
        (name.clone(), vec![InputSet { stage: None, files: files.collect() }])
    });
    let upstreams = stage.from.iter().map(|(name, upstreams)| {
        let set = |upstream: &Upstream| {
            let record = records.get(&upstream.stage).map(Arc::as_ref);
            let files = upstream_outputs(pipeline, upstream, record);
            let files = files.map(|file| stored_file(store, &file.path, file.digest, file.size));
            let stage = Some(pipeline.stages[upstream.stage].id.clone());
            InputSet { stage, files: files.collect() }
        };
        (name.clone(), upstreams.iter().map(set).collect())
    });
    files.chain(upstreams).collect()
}

/// Returns a file at its place in the store, whether it is there or not.
pub(super) fn stored_file(store: &Store, path: &str, digest: Digest, size: u64) -> InputFile {
    let location = store.layout.blob(&digest);
    InputFile { path: path.to_owned(), location, digest: Some(digest), size }
}

/// Updates each input file that changed since the snapshot; returns the paths of those with other content.
pub(super) fn refresh_changed(snapshot: &mut InputSnapshot) -> Vec<String> {
    let mut changed = Vec::new();
    for files in snapshot.files.values_mut() {
        let touched: Vec<usize> = (0..files.len())
            .into_par_iter()
            .with_min_len(256)
            .filter(|&at| stamp(&files[at].location) != files[at].content.map(|(stamp, _)| stamp))
            .collect();
        // The list is shared with the plan: copied only if a file changed.
        for at in touched {
            let file = &mut Arc::make_mut(files)[at];
            let before = file.digest();
            file.content = digest(&file.location);
            if file.digest() != before {
                changed.push(file.path.clone());
            }
        }
    }
    changed
}
