//! From contents to rows: one per path, with its group and what it repeats.

use super::group::name_groups;
use super::parse::{Parsed, unreadable};
use crate::columnar::CatalogRow;
use crate::fingerprint::Digest;
use crate::music::midi::Status;
use crate::stage::InputFile;
use std::collections::{BTreeMap, HashMap};

/// One row per file, in the order of paths.
pub(super) fn rows(
    files: &[&InputFile],
    mut contents: HashMap<Digest, Parsed>,
    sketches: &BTreeMap<String, Vec<u32>>,
    similarity: f64,
) -> Vec<CatalogRow> {
    // Sorted before there are rows, which are large.
    let mut files = files.to_vec();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut rows: Vec<CatalogRow> = Vec::with_capacity(files.len());
    let mut first: HashMap<Digest, usize> = HashMap::with_capacity(files.len());
    for file in files {
        let of_content = file.digest.and_then(|digest| {
            let at = *first.entry(digest).or_insert(rows.len());
            rows.get(at).cloned().or_else(|| contents.remove(&digest).map(|Parsed(row)| row))
        });
        let row = of_content.unwrap_or_else(|| {
            unreadable(file, "", "it could not be read, or vanished before it was")
        });
        rows.push(CatalogRow { path: file.path.clone(), ..row });
    }
    mark_duplicates(&mut rows);
    name_groups(&mut rows, sketches, similarity);
    rows
}

/// All but the first file with the same notes, or, where there are none, with the same bytes.
fn mark_duplicates(rows: &mut [CatalogRow]) {
    let mut first: HashMap<String, String> = HashMap::new();
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
