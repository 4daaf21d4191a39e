//! The inputs of a stage: files from the snapshot, upstream outputs from the store; and which files changed
//! since the snapshot.

use super::hash::digest;
use super::snapshot::stamp;
use crate::plan::{InputSnapshot, upstream_outputs};
use crate::spec::{Pipeline, StageInstance};
use crate::stage_api::{InputFile, InputSet};
use crate::store::{Record, Store};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Returns the inputs of a stage by name, from its own files and the records of its upstreams.
pub(super) fn input_sets(
    (pipeline, stage): (&Pipeline, &StageInstance),
    files: &InputSnapshot,
    records: &BTreeMap<usize, Arc<Record>>,
    store: &Store,
) -> BTreeMap<String, Vec<InputSet>> {
    let mut inputs: BTreeMap<String, Vec<InputSet>> = BTreeMap::new();
    for ((_, name), found) in &files.files {
        let files = found.iter().map(|file| InputFile {
            path: file.path.clone(),
            location: file.location.clone(),
            digest: file.content.map(|(_, digest)| digest),
            size: file.content.map_or(0, |(stamp, _)| stamp.size),
        });
        let set = InputSet { stage: None, output: None, files: files.collect() };
        inputs.entry(name.clone()).or_default().push(set);
    }
    for (name, upstreams) in &stage.from {
        for upstream in upstreams {
            let above = &pipeline.stages[upstream.stage];
            let record = records.get(&upstream.stage).map(Arc::as_ref);
            let files = upstream_outputs(pipeline, upstream, record).map(|file| InputFile {
                path: file.path.clone(),
                location: store.blob(&file.digest),
                digest: Some(file.digest),
                size: file.size,
            });
            inputs.entry(name.clone()).or_default().push(InputSet {
                stage: Some(above.id.clone()),
                output: upstream.output.clone(),
                files: files.collect(),
            });
        }
    }
    inputs
}

/// Updates each input file that changed since the snapshot; returns the paths of those with other content.
pub(super) fn refresh_changed(files: &mut InputSnapshot) -> Vec<String> {
    let mut changed = Vec::new();
    for found in files.files.values_mut() {
        let touched: Vec<usize> = (0..found.len())
            .into_par_iter()
            .with_min_len(256)
            .filter(|&at| stamp(&found[at].location) != found[at].content.map(|(stamp, _)| stamp))
            .collect();
        // The list is shared with the plan: copied only if a file changed.
        for at in touched {
            let file = &mut Arc::make_mut(found)[at];
            let now = digest(&file.location, &mut |_| Ok(()));
            if now.map(|(_, digest)| digest) != file.content.map(|(_, digest)| digest) {
                changed.push(file.path.clone());
            }
            file.content = now;
        }
    }
    changed
}
