//! Opens a stage's last outputs for incremental reuse.

use super::stage_inputs::stored_file;
use crate::fingerprint::{FileInput, InputFiles};
use crate::spec::StageInstance;
use crate::stage_api::{InputSet, Previous, Reporter};
use crate::store::{OutputFile, Record, Store};

/// Returns a record's inputs and outputs for reuse. Returns `None` if another implementation version made
/// them, or if an output is corrupt or missing: then a warning is reported, and the stage recomputes every
/// part.
pub(super) fn open(
    store: &Store,
    stage: &StageInstance,
    record: &Record,
    report: &Reporter<'_>,
) -> Option<Previous> {
    if !Previous::is_compatible(&record.inputs, stage.kind) {
        return None;
    }
    let trouble = match store.verify(record) {
        Ok(check) => {
            check.damaged.iter().for_each(|damage| report.warning(&damage.to_string()));
            check.missing.first().map(|path| format!("'{path}' is corrupt or missing"))
        }
        Err(error) => Some(error.to_string()),
    };
    if let Some(trouble) = trouble {
        report.warning(&format!("recomputing every part: {trouble}"));
        return None;
    }
    let upstream = record.inputs.inputs.iter().map(|(name, sets)| {
        let from_stages = sets.iter().filter(|set| set.upstream.is_some());
        // The files of an upstream stage at their places in the store; they may be pruned.
        let set = |InputFiles { files, .. }: &InputFiles| {
            let stored = |at: &FileInput| {
                let FileInput { path, digest, size, executable } = at.clone();
                Some(stored_file(store, &OutputFile { path, digest: digest?, size, executable }))
            };
            let files = files.iter().filter_map(stored).collect();
            InputSet { stage: None, files, is_folder: true }
        };
        (name.clone(), from_stages.map(set).collect())
    });
    let outputs = record.outputs.iter();
    let outputs = outputs.map(|file| stored_file(store, file));
    Some(Previous {
        inputs: record.inputs.clone(),
        upstream: upstream.collect(),
        outputs: InputSet {
            stage: Some(stage.id.clone()),
            files: outputs.collect(),
            is_folder: true,
        },
    })
}
