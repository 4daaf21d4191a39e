//! Opens a stage's last outputs for incremental reuse.

use crate::fingerprint::{Digest, InputFiles};
use crate::spec::StageInstance;
use crate::stage_api::{InputFile, InputSet, Previous, Reporter};
use crate::store::{Record, Store};

/// Returns a record's inputs and outputs for reuse. Returns `None` if another implementation version made
/// them, or if an output is corrupt or missing: then a warning is reported, and the stage recomputes every
/// part.
pub(super) fn open(
    store: &Store,
    stage: &StageInstance,
    record: &Record,
    report: &dyn Reporter,
) -> Option<Previous> {
    if !Previous::is_compatible(&record.inputs, stage.kind) {
        return None;
    }
    let trouble = match store.verify(record) {
        Ok(found) => {
            found.damaged.iter().for_each(|damage| report.warning(&damage.to_string()));
            found.missing.first().map(|path| format!("'{path}' is corrupt or missing"))
        }
        Err(error) => Some(error.to_string()),
    };
    if let Some(trouble) = trouble {
        report.warning(&format!("recomputing every part: {trouble}"));
        return None;
    }
    let inputs = record.inputs.inputs.iter();
    let upstream = inputs.map(|(name, sets)| {
        let from_stages = sets.iter().filter(|set| set.upstream.is_some());
        (name.clone(), from_stages.map(|set| stored(store, set)).collect())
    });
    let outputs = record.outputs.iter();
    let outputs = outputs.map(|file| located(store, &file.path, file.digest, file.size)).collect();
    Some(Previous {
        inputs: record.inputs.clone(),
        upstream: upstream.collect(),
        outputs: InputSet { stage: Some(stage.id.clone()), output: None, files: outputs },
    })
}

/// Returns the files of an upstream stage at their places in the store; they may be pruned.
fn stored(store: &Store, set: &InputFiles) -> InputSet {
    let files = set.files.iter();
    let files = files.filter_map(|f| Some(located(store, &f.path, f.digest?, f.size))).collect();
    InputSet { stage: None, output: None, files }
}

fn located(store: &Store, path: &str, digest: Digest, size: u64) -> InputFile {
    let location = store.blob(&digest);
    InputFile { path: path.to_owned(), location, digest: Some(digest), size }
}
