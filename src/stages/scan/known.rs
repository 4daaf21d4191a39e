//! Contents that the last run parsed.

use super::parse::{Parsed, is_of_content};
use crate::columnar::{CatalogRow, ScoreSet, ScoreView, read_catalog};
use crate::music::midi::{Status, left_unread};
use crate::stage::{Previous, StageError};
use std::collections::HashMap;

/// The last catalog by content, and its scores in place.
pub(super) struct Known {
    rows: HashMap<String, CatalogRow>,
    scores: ScoreSet,
}

impl Known {
    /// What a stage's last outputs hold.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn open(previous: &Previous) -> Result<Self, StageError> {
        let outputs = &previous.outputs;
        let rows = read_catalog(outputs.file("catalog.parquet")?).map_err(StageError::failed)?;
        let scores = ScoreSet::open(outputs.file("scores.arrow")?).map_err(StageError::failed)?;
        let rows = rows.into_iter().filter(is_of_content).map(|row| (row.digest.clone(), row));
        Ok(Self { rows: rows.collect(), scores })
    }

    /// What parsing this content would give; `None` when it is not known.
    pub(super) fn part(&self, digest: &str) -> Option<(Parsed, Option<ScoreView<'_>>)> {
        let parsed = unplaced(self.rows.get(digest)?);
        if parsed.0.status != Status::Ok.as_str() {
            return Some((parsed, None));
        }
        let score = self.scores.find(digest)?;
        Some((parsed, Some(score)))
    }
}

/// A row without what its path and the other rows gave it.
fn unplaced(row: &CatalogRow) -> Parsed {
    let mut row =
        CatalogRow { path: String::new(), group: String::new(), duplicate_of: None, ..row.clone() };
    if row.status == Status::DuplicateOf.as_str() {
        row.status = Status::Ok.as_str().into();
        row.detail = left_unread(row.bytes_unread);
    }
    Parsed(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::{ScoreRow, ScoreWriter, write_catalog};
    use crate::fingerprint::{Digest, SCHEMA, StageInputs};
    use crate::stage::{InputFile, InputSet};
    use crate::stages::scan::parse::unreadable;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn row(path: &str, digest: &str, status: &str) -> CatalogRow {
        let nothing = InputFile { path: String::new(), location: "".into(), digest: None, size: 0 };
        CatalogRow {
            path: path.into(),
            status: status.into(),
            detail: String::new(),
            ..unreadable(&nothing, digest, "")
        }
    }

    fn known(folder: &Path, rows: &[CatalogRow], scores: &[&str]) -> Known {
        write_catalog(&folder.join("catalog.parquet"), rows).unwrap();
        let mut writer = ScoreWriter::create(&folder.join("scores.arrow")).unwrap();
        for digest in scores {
            let score = ScoreRow { digest: (*digest).into(), ..ScoreRow::default() };
            writer.push(score.view()).unwrap();
        }
        writer.finish().unwrap();
        let file = |path: &str| InputFile {
            path: path.into(),
            location: folder.join(path),
            digest: Some(Digest::of(b"")),
            size: 0,
        };
        let inputs = StageInputs {
            schema: SCHEMA,
            kind: "scan".into(),
            version: 1,
            params: BTreeMap::new(),
            filter: None,
            seed: None,
            inputs: BTreeMap::new(),
            command: None,
        };
        let files = vec![file("catalog.parquet"), file("scores.arrow")];
        let outputs = InputSet { stage: None, output: None, files };
        Known::open(&Previous { inputs, upstream: BTreeMap::new(), outputs }).unwrap()
    }

    #[test]
    fn a_duplicate_is_known_as_what_it_was_before_it_was_compared() {
        let folder = tempfile::tempdir().unwrap();
        let duplicate = CatalogRow {
            detail: "the same notes as a.mid".into(),
            group: "0123".into(),
            duplicate_of: Some("a.mid".into()),
            bytes_unread: 3,
            ..row("b.mid", "b", "duplicate_of")
        };
        let known = known(folder.path(), &[row("a.mid", "a", "ok"), duplicate], &["a", "b"]);
        let (Parsed(part), score) = known.part("b").unwrap();
        let detail = "3 bytes left unread".to_owned();
        assert_eq!(part, CatalogRow { detail, bytes_unread: 3, ..row("", "b", "ok") });
        assert_eq!(score.unwrap().digest, "b");
    }

    #[test]
    fn a_content_without_its_notes_or_with_a_failed_reading_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let rows =
            [row("a.mid", "a", "ok"), row("b.mid", "b", "io_error"), row("c.mid", "c", "no_notes")];
        let known = known(folder.path(), &rows, &[]);
        assert!(known.part("a").is_none() && known.part("b").is_none());
        assert!(known.part("d").is_none());
        assert!(known.part("c").is_some_and(|(_, score)| score.is_none()));
    }
}
