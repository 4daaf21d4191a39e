//! What a stage is given to read: files as they were surveyed, outputs as the store has them; and what
//! became of those files meanwhile.

use super::hash::digest;
use super::snapshot::stamp;
use crate::plan::{InputSnapshot, upstream_outputs};
use crate::spec::{Pipeline, StageInstance};
use crate::stage_api::{InputFile, InputSet};
use crate::store::{Record, Store};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The inputs of a stage by name; `files` are its own alone, `records` those of its upstreams.
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

/// Looks again at each input file and notes what it is now; the paths of those that changed.
pub(super) fn refresh_changed(files: &mut InputSnapshot) -> Vec<String> {
    let mut changed = Vec::new();
    for found in files.files.values_mut() {
        let touched: Vec<usize> = (0..found.len())
            .into_par_iter()
            .with_min_len(256)
            .filter(|&at| stamp(&found[at].location) != found[at].content.map(|(stamp, _)| stamp))
            .collect();
        // Shared with the plan: copied only where there is something to note.
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
