//! From contents to rows: one per path, with its group and what it repeats.

use super::group::Grouping;
use super::parse::unreadable;
use crate::columnar::CatalogRow;
use crate::fingerprint::Digest;
use crate::music::midi::Status;
use crate::stage_api::InputFile;
use std::collections::{BTreeMap, HashMap};

/// The rows of a catalog. Rows are large, so they stay where they are, and places are put in order.
pub(super) struct Catalog {
    rows: Vec<CatalogRow>,
    /// The place of each file's row, in the order of paths.
    order: Vec<usize>,
}

impl Catalog {
    /// One row per file.
    pub(super) fn of(
        files: &[&InputFile],
        mut rows: Vec<CatalogRow>,
        places: &HashMap<Digest, usize>,
        grouping: &Grouping<'_>,
    ) -> Self {
        let mut files = files.to_vec();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let place = |file: &&InputFile| file.digest.and_then(|digest| places.get(&digest)).copied();
        let found: Vec<Option<usize>> = files.iter().map(place).collect();
        let mut met = vec![false; rows.len()];
        let mut contents: Vec<(Digest, usize)> = Vec::with_capacity(files.len());
        for (file, &found) in files.iter().zip(&found) {
            let new = found.filter(|&place| !std::mem::replace(&mut met[place], true));
            contents.extend(file.digest.zip(new));
        }
        grouping.name(&mut rows, contents);
        let mut order = Vec::with_capacity(files.len());
        for (file, found) in files.iter().zip(found) {
            // Whoever comes first takes a content's row, the others copies of it.
            let first = found.filter(|&place| std::mem::replace(&mut met[place], false));
            let place = first.unwrap_or_else(|| {
                rows.push(match found {
                    Some(place) => rows[place].clone(),
                    None => unreadable(file, "", "it could not be read, or vanished before it was"),
                });
                rows.len() - 1
            });
            rows[place].path.clone_from(&file.path);
            order.push(place);
        }
        let mut catalog = Self { rows, order };
        catalog.mark_duplicates();
        catalog
    }

    /// In the order of paths.
    pub(super) fn rows(&self) -> impl Iterator<Item = &CatalogRow> + Clone {
        self.order.iter().map(|&place| &self.rows[place])
    }

    /// All but the first file with the same notes, or, where there are none, with the same bytes.
    fn mark_duplicates(&mut self) {
        let mut first: HashMap<Digest, usize> = HashMap::with_capacity(self.order.len());
        for &place in &self.order {
            let row = &self.rows[place];
            let notes = row.notes_digest.as_ref().filter(|_| row.status == "ok");
            let Some(notes) = notes.and_then(|notes| notes.parse().ok()) else { continue };
            let original = *first.entry(notes).or_insert(place);
            if original != place {
                let path = self.rows[original].path.clone();
                let row = &mut self.rows[place];
                row.status = Status::DuplicateOf.as_str().into();
                row.detail = format!("the same notes as {path}");
                row.duplicate_of = Some(path);
            }
        }
    }
}

/// A line for each reason why files were left out, the most frequent first.
pub(super) fn reasons(catalog: &Catalog) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in catalog.rows().filter(|row| row.status != "ok") {
        *counts.entry(&row.status).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(status, count)| (std::cmp::Reverse(count), status));
    counts.into_iter().map(|(status, count)| format!("{count} left out: {status}")).collect()
}
