//! A stage's own last outputs, as far as they can be trusted.

use crate::fingerprint::{Digest, InputFiles};
use crate::spec::StageInstance;
use crate::stage_api::{InputFile, InputSet, Previous, Reporter};
use crate::store::{Record, Store};

/// What a record offers to a stage that takes parts; `None` when it was made by another implementation,
/// or when an output is damaged or gone, which is told: the stage then makes every part anew.
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
            found.missing.first().map(|path| format!("its '{path}' was damaged or is gone"))
        }
        Err(error) => Some(error.to_string()),
    };
    if let Some(trouble) = trouble {
        report
            .warning(&format!("every part is made anew, none taken from the last run: {trouble}"));
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

/// What an upstream stage made, where it lies unless it was pruned.
fn stored(store: &Store, set: &InputFiles) -> InputSet {
    let files = set.files.iter();
    let files = files.filter_map(|f| Some(located(store, &f.path, f.digest?, f.size))).collect();
    InputSet { stage: None, output: None, files }
}

fn located(store: &Store, path: &str, digest: Digest, size: u64) -> InputFile {
    let location = store.blob(&digest);
    InputFile { path: path.to_owned(), location, digest: Some(digest), size }
}
