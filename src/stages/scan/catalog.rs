//! Builds the catalog: one row per path, with its group and the file that it duplicates.

use super::group::Grouping;
use super::parse::unreadable;
use crate::columnar::CatalogRow;
use crate::fingerprint::Digest;
use crate::music::midi::Status;
use crate::stage_api::InputFile;
use crate::text::{count, count_of};
use std::collections::{BTreeMap, HashMap};

/// The rows of a catalog. Rows are large, so their indices are sorted instead.
pub(super) struct Catalog {
    rows: Vec<CatalogRow>,
    /// Index of each file's row, in the order of paths.
    order: Vec<usize>,
}

impl Catalog {
    /// Builds a catalog of one row per file, given the rows of the contents.
    pub(super) fn new(
        files: &[&InputFile],
        mut rows: Vec<CatalogRow>,
        indices: &HashMap<Digest, usize>,
        grouping: &Grouping<'_>,
    ) -> Self {
        let mut files = files.to_vec();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let index = |file: &&InputFile| indices.get(&file.digest?).copied();
        let found: Vec<Option<usize>> = files.iter().map(index).collect();
        let mut seen = vec![false; rows.len()];
        let mut contents: Vec<(Digest, usize)> = Vec::with_capacity(files.len());
        for (file, &found) in files.iter().zip(&found) {
            let new = found.filter(|&index| !std::mem::replace(&mut seen[index], true));
            contents.extend(file.digest.zip(new));
        }
        grouping.assign(&mut rows, contents);
        let mut order = Vec::with_capacity(files.len());
        for (file, found) in files.iter().zip(found) {
            // The first file of a content takes its row, the others a copy.
            let first = found.filter(|&index| std::mem::replace(&mut seen[index], false));
            let index = first.unwrap_or_else(|| {
                rows.push(match found {
                    Some(index) => rows[index].clone(),
                    None => unreadable(file, "", "it could not be read, or vanished before it was"),
                });
                rows.len() - 1
            });
            rows[index].path.clone_from(&file.path);
            order.push(index);
        }
        let mut catalog = Self { rows, order };
        catalog.mark_duplicates();
        catalog
    }

    /// Returns the rows in the order of paths.
    pub(super) fn rows(&self) -> impl Iterator<Item = &CatalogRow> + Clone {
        self.order.iter().map(|&index| &self.rows[index])
    }

    /// Returns the rows of usable files that are not duplicates.
    pub(super) fn usable(&self) -> impl Iterator<Item = &CatalogRow> + Clone {
        self.rows().filter(|row| row.status == Status::Ok)
    }

    /// Marks all but the first file with the same notes.
    fn mark_duplicates(&mut self) {
        let mut first: HashMap<Digest, usize> = HashMap::with_capacity(self.order.len());
        for &index in &self.order {
            let row = &self.rows[index];
            let notes = row.notes_digest.as_ref().filter(|_| row.status == Status::Ok);
            let Some(notes) = notes.and_then(|notes| notes.parse().ok()) else { continue };
            let original = *first.entry(notes).or_insert(index);
            if original != index {
                let path = self.rows[original].path.clone();
                let row = &mut self.rows[index];
                row.status = Status::DuplicateOf;
                row.detail = format!("the same notes as {path}");
                row.duplicate_of = Some(path);
            }
        }
    }

    /// Counts the skipped files by reason, the most frequent first.
    pub(super) fn skipped(&self) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in self.rows().filter(|row| row.status != Status::Ok) {
            *counts.entry(row.status.as_str()).or_default() += 1;
        }
        let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|&(status, count)| (std::cmp::Reverse(count), status));
        counts.into_iter().map(|(status, n)| format!("{} skipped: {status}", count(n))).collect()
    }

    /// Describes the groups of several usable songs; `None` if there are none.
    pub(super) fn shared_groups(&self, similarity: f64) -> Option<String> {
        let mut songs: BTreeMap<&str, usize> = BTreeMap::new();
        for row in self.usable() {
            *songs.entry(&row.group).or_default() += 1;
        }
        let several: Vec<usize> = songs.into_values().filter(|&songs| songs > 1).collect();
        let reason = match similarity > 0.0 {
            true => format!("transposed, or with a similarity of at least {similarity}"),
            false => "transposed".to_owned(),
        };
        let songs = several.iter().sum::<usize>();
        let groups = count_of(several.len(), "group");
        (!several.is_empty())
            .then(|| format!("{} share {groups}: {reason}", count_of(songs, "song")))
    }
}
