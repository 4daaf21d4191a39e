//! Which input files of a stage changed since the snapshot.

use super::SnapshotError;
use super::hash::{digest, stamp};
use super::snapshot::list_input;
use crate::plan::{InputSnapshot, SnapshotFile};
use crate::spec::{FilePattern, Pipeline, StageInstance};
use crate::store::{Layout, Stamp};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

/// Updates each input file of a stage that changed since the snapshot; returns the paths of those with other content.
/// The folders of globs are listed again with `relist`, or if a file vanished.
///
/// # Errors
/// Returns an error if they cannot be listed, or nothing matches any more.
pub(super) fn refresh_changed(
    (pipeline, stage, layout): (&Pipeline, &StageInstance, &Layout),
    snapshot: &mut InputSnapshot,
    relist: bool,
) -> Result<Vec<String>, SnapshotError> {
    let mut changed = Vec::new();
    for ((_, input), files) in &mut snapshot.files {
        let mut stamps = stamps(files);
        let vanished =
            |(file, now): (&SnapshotFile, &Option<Stamp>)| file.content.is_some() && now.is_none();
        let patterns = stage.files.get(input).map_or(&[][..], Vec::as_slice);
        let may_match_more = relist && patterns.iter().any(FilePattern::is_glob);
        if may_match_more || files.iter().zip(&stamps).any(vanished) {
            let listed = with_content(list_input(pipeline, layout, stage, input)?, files);
            let differences = differences(files, &listed);
            if !differences.is_empty() {
                changed.extend(differences);
                *files = Arc::new(listed);
                stamps = self::stamps(files);
            }
        }
        let touched: Vec<usize> = (0..files.len())
            .filter(|&at| stamps[at] != files[at].content.map(|(stamp, _)| stamp))
            .collect();
        let contents: Vec<_> = touched.par_iter().map(|&at| digest(&files[at].location)).collect();
        // The list is shared with the plan: copied only if a file changed.
        for (at, content) in touched.into_iter().zip(contents) {
            let file = &mut Arc::make_mut(files)[at];
            let before = file.digest();
            file.content = content;
            if file.digest() != before && !changed.contains(&file.path) {
                changed.push(file.path.clone());
            }
        }
    }
    Ok(changed)
}

fn stamps(files: &[SnapshotFile]) -> Vec<Option<Stamp>> {
    files.par_iter().with_min_len(256).map(|file| stamp(&file.location)).collect()
}

/// Takes over the content of files that were known.
fn with_content(mut listed: Vec<SnapshotFile>, known: &[SnapshotFile]) -> Vec<SnapshotFile> {
    let known: HashMap<&Path, &SnapshotFile> =
        known.iter().map(|file| (file.location.as_path(), file)).collect();
    for file in &mut listed {
        file.content = known.get(file.location.as_path()).and_then(|known| known.content);
    }
    listed
}

/// Returns the paths of files that are in one list only.
fn differences(old: &[SnapshotFile], new: &[SnapshotFile]) -> Vec<String> {
    fn key(file: &SnapshotFile) -> (&str, &Path) {
        (&file.path, &file.location)
    }
    if old.iter().map(key).eq(new.iter().map(key)) {
        return Vec::new();
    }
    let [old, new] = [old, new].map(|files| files.iter().map(key).collect::<BTreeSet<_>>());
    old.symmetric_difference(&new).map(|(path, _)| (*path).to_owned()).collect()
}
