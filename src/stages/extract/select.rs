//! Selects the songs of a catalog.

use crate::columnar::{CatalogRow, CatalogSong, Columns, Table, read};
use crate::fingerprint::Digest;
use crate::music::midi::Status;
use crate::stage_api::{InputSet, Result, StageError};
use crate::stages::scores::Scores;
use std::collections::HashSet;
use std::path::Path;

/// A song, and the first file that contains it.
pub(super) struct Song {
    /// Digest of the file's content.
    pub(super) content: Digest,
    pub(super) notes_digest: String,
    pub(super) group: String,
    pub(super) path: String,
}

/// The selected songs of a catalog, and their scores.
pub(super) struct Selection {
    /// In the order of notes digests.
    pub(super) songs: Vec<Song>,
    pub(super) scores: Scores,
    /// Number of files in the catalog.
    pub(super) files: usize,
}

impl Selection {
    /// Selects the songs that match a condition, or the usable ones without a condition. Files with equal notes are
    /// one song.
    ///
    /// # Errors
    /// Returns an error if the outputs of the scan cannot be read, or if the condition is invalid.
    pub(super) fn open(scan: &InputSet, filter: Option<&str>) -> Result<Self> {
        let path = scan.file("catalog.parquet")?;
        let (rows, kept) = rayon::join(
            || read::<CatalogSong>(path),
            || filter.map(|filter| matching_rows(path, filter)).transpose(),
        );
        let (rows, kept) = (rows?, kept?);
        let files = rows.len();
        let usable = || (0..files).filter(|&row| rows[row].status == Status::Ok).collect();
        let kept: Vec<usize> = kept.unwrap_or_else(usable);
        let contents: Vec<Option<Digest>> =
            rows.iter().map(|row| row.digest.parse().ok()).collect();
        let scores = Scores::of(scan, contents.iter().copied().flatten())?;
        let mut seen = HashSet::with_capacity(kept.len());
        let mut rows: Vec<Option<CatalogSong>> = rows.into_iter().map(Some).collect();
        let mut songs = Vec::with_capacity(kept.len());
        for index in kept {
            let Some(row) = rows.get_mut(index).and_then(Option::take) else { continue };
            let (Some(notes_digest), Some(content)) = (row.notes_digest, contents[index]) else {
                continue;
            };
            if notes_digest.parse().is_ok_and(|notes: Digest| seen.insert(notes)) {
                let CatalogSong { path, group, .. } = row;
                songs.push(Song { content, notes_digest, group, path });
            }
        }
        songs.sort_unstable_by(|a, b| a.notes_digest.cmp(&b.notes_digest));
        Ok(Self { songs, scores, files })
    }
}

/// Returns the rows of the catalog at `path` that match a condition.
fn matching_rows(path: &Path, filter: &str) -> Result<Vec<usize>> {
    let table = Table::open(path)?;
    table.filter(filter).map_err(|error| {
        let columns = CatalogRow::column_docs().iter().map(|doc| doc.name);
        match columns.eq(table.columns().iter().map(|(name, _)| name.as_str())) {
            true => error.into(),
            false => StageError::with_hint(
                error,
                "another version wrote this catalog, with other columns: run its scan stage again",
            ),
        }
    })
}
