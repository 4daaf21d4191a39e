//! The folders that a stage's patterns do not search.

use crate::spec::{FilePattern, Pipeline, StageInstance, Unsearched};
use crate::store::Layout;

/// Returns the folders that a pattern of a stage does not search: `artifacts/`, unless the pattern begins in it. Then
/// the folders of the store and of runs, unless it begins in those, and the outputs of the stage itself.
pub(super) fn unsearched(
    layout: &Layout,
    (pipeline, stage): (&Pipeline, &StageInstance),
    pattern: &FilePattern,
) -> Unsearched {
    if !begins_in_artifacts(layout, pattern) {
        return Unsearched::new([layout.root.clone()]);
    }
    let internal = layout.internal().map(Clone::clone).into_iter().filter(|folder| {
        let folder = Unsearched::new([folder.clone()]);
        !folder.is_around(&pattern.base)
    });
    let instances = pipeline.stages.iter().filter(|other| other.name == stage.name);
    let own = instances.flat_map(|own| layout.outputs(&pipeline.name, &own.id.0));
    Unsearched::new(internal.chain(own))
}

/// Returns whether the literal part of a pattern is in `artifacts/`.
pub(super) fn begins_in_artifacts(layout: &Layout, pattern: &FilePattern) -> bool {
    pattern.base.starts_with(&layout.root)
        || Unsearched::new([layout.root.clone()]).is_around(&pattern.base)
}
