//! The songs of a catalog that a condition keeps.

use crate::columnar::{CatalogSong, Table, read};
use crate::stage::{InputSet, StageError};
use crate::stages::scores::Scores;
use std::collections::HashSet;

/// Which rows are taken when the pipeline does not say.
const USABLE: &str = "status = 'ok'";

/// One song, and the file that stands for it.
pub(super) struct Song {
    /// Digest of the file's content.
    pub(super) content: String,
    pub(super) notes_digest: String,
    pub(super) group: String,
    pub(super) path: String,
}

/// The songs of a catalog, and where their scores are.
pub(super) struct Selection {
    /// In the order of notes digests.
    pub(super) songs: Vec<Song>,
    pub(super) scores: Scores,
    /// Files in the catalog, kept or not.
    pub(super) files: usize,
}

impl Selection {
    /// One song for all files with equal notes, even where the condition lets several of them pass.
    ///
    /// # Errors
    /// When the outputs of the scan cannot be read or make no sense, or the condition does not fit them.
    pub(super) fn of(scan: &InputSet, filter: Option<&str>) -> Result<Self, StageError> {
        let path = scan.file("catalog.parquet")?;
        let rows: Vec<CatalogSong> = read(path).map_err(StageError::failed)?;
        let table = Table::open(path).map_err(StageError::failed)?;
        let kept = table.filter(filter.unwrap_or(USABLE)).map_err(StageError::failed)?;
        let files = rows.len();
        let scores = Scores::of(scan, rows.iter().map(|row| row.digest.clone()))?;
        let mut seen = HashSet::new();
        let mut rows: Vec<Option<CatalogSong>> = rows.into_iter().map(Some).collect();
        let mut songs = Vec::new();
        for index in kept {
            let Some(row) = rows.get_mut(index).and_then(Option::take) else { continue };
            let Some(notes_digest) = row.notes_digest else { continue };
            if seen.insert(notes_digest.clone()) {
                let CatalogSong { path, digest: content, group, .. } = row;
                songs.push(Song { content, notes_digest, group, path });
            }
        }
        songs.sort_by(|a, b| a.notes_digest.cmp(&b.notes_digest));
        Ok(Self { songs, scores, files })
    }
}
