//! From contents to rows: one per path, with its group and what it repeats.

use super::Content;
use super::group::group_names;
use super::parse::{Parsed, unreadable};
use crate::columnar::CatalogRow;
use crate::music::midi::Status;
use crate::stage::InputFile;
use std::collections::BTreeMap;

/// One row per file, in the order of paths.
pub(super) fn rows(
    files: &[&InputFile],
    contents: &BTreeMap<String, Content>,
    similarity: f64,
) -> Vec<CatalogRow> {
    let mut rows: Vec<CatalogRow> = files.iter().map(|file| row(file, contents)).collect();
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    mark_duplicates(&mut rows);
    let names = group_names(contents, similarity);
    for row in &mut rows {
        row.group = names.get(row.digest.as_str()).copied().unwrap_or_default().to_owned();
    }
    rows
}

fn row(file: &InputFile, contents: &BTreeMap<String, Content>) -> CatalogRow {
    let digest = file.digest.map(|digest| digest.to_string());
    let parsed = digest.as_ref().and_then(|digest| contents.get(digest));
    let row = match parsed {
        Some(Content { parsed: Parsed(row), .. }) => row.clone(),
        None => unreadable(file, "", "it could not be read, or vanished before it was"),
    };
    CatalogRow { path: file.path.clone(), ..row }
}

/// All but the first file with the same notes, or, where there are none, with the same bytes.
fn mark_duplicates(rows: &mut [CatalogRow]) {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for row in rows.iter_mut() {
        let Some(notes) = row.notes_digest.clone().filter(|_| row.status == "ok") else { continue };
        match first.get(&notes) {
            Some(path) => {
                row.status = Status::DuplicateOf.as_str().into();
                row.detail = format!("the same notes as {path}");
                row.duplicate_of = Some(path.clone());
            }
            None => {
                first.insert(notes, row.path.clone());
            }
        }
    }
}

/// A line for each reason why files were left out, the most frequent first.
pub(super) fn reasons(rows: &[CatalogRow]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.status != "ok") {
        *counts.entry(&row.status).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(status, count)| (std::cmp::Reverse(count), status));
    counts.into_iter().map(|(status, count)| format!("{count} left out: {status}")).collect()
}
