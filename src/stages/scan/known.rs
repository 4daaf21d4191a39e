//! Contents that the last run parsed.

use super::parse::{Parsed, is_of_content};
use crate::columnar::{CatalogRow, ScoreSet, ScoreView, read_catalog, read_sketches};
use crate::music::midi::{Status, left_unread};
use crate::stage::{InputFile, Previous, StageError};
use crate::stages::scores::Scores;
use std::collections::HashMap;

/// The last catalog by content, and where its scores are.
pub(super) struct Known {
    rows: HashMap<String, CatalogRow>,
    sketches: HashMap<String, Vec<u32>>,
    scores: Scores,
}

impl Known {
    /// What a stage's last outputs hold.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn open(previous: &Previous) -> Result<Self, StageError> {
        let outputs = &previous.outputs;
        let rows = read_catalog(outputs.file("catalog.parquet")?).map_err(StageError::failed)?;
        let scores = Scores::of(outputs, rows.iter().map(|row| row.digest.clone()))?;
        let mut known = HashMap::with_capacity(rows.len());
        known.extend(rows.into_iter().filter(is_of_content).map(|row| (row.digest.clone(), row)));
        let sketches = outputs.file("sketches.arrow")?;
        let sketches = read_sketches(sketches).map_err(StageError::failed)?;
        Ok(Self { rows: known, sketches, scores })
    }

    /// Whether this content is known.
    pub(super) fn knows(&self, digest: &str) -> bool {
        self.rows.contains_key(digest)
            && (self.sketches.contains_key(digest) || !self.is_usable(digest))
    }

    /// Whether this content is known and has a score.
    pub(super) fn is_usable(&self, digest: &str) -> bool {
        let usable = [Status::Ok.as_str(), Status::DuplicateOf.as_str()];
        self.rows.get(digest).is_some_and(|row| usable.contains(&row.status.as_str()))
    }

    /// What parsing this content would give, but for its score: its row, and its sketch if it is usable; `None`
    /// when it is not known, or was taken already.
    pub(super) fn take(&mut self, digest: &str) -> Option<(Parsed, Option<Vec<u32>>)> {
        let row = self.rows.remove(digest)?;
        Some((unplaced(row), self.sketches.remove(digest)))
    }

    /// The shard that holds the scores of just these contents, all of them known.
    pub(super) fn shard<'a>(
        &self,
        mut contents: impl ExactSizeIterator<Item = &'a str> + Clone,
    ) -> Option<&InputFile> {
        let shard = self.scores.shard_of(contents.clone().next()?)?;
        let same = self.scores.contents(shard).iter().eq(contents.clone());
        let known = same && contents.all(|digest| self.knows(digest));
        known.then(|| self.scores.file(shard))
    }

    /// The shards that hold the scores of these contents.
    pub(super) fn scores<'a>(&self, contents: impl Iterator<Item = &'a str>) -> KnownScores {
        let usable = contents.filter(|digest| self.is_usable(digest));
        let mut shards: Vec<usize> = usable.filter_map(|it| self.scores.shard_of(it)).collect();
        shards.sort_unstable();
        shards.dedup();
        // What cannot be read is parsed again.
        KnownScores(shards.into_iter().filter_map(|shard| self.scores.open(shard).ok()).collect())
    }
}

/// Some of the last scores, in memory.
#[derive(Default)]
pub(super) struct KnownScores(Vec<ScoreSet>);

impl KnownScores {
    /// The score of a content.
    pub(super) fn find(&self, digest: &str) -> Option<ScoreView<'_>> {
        self.0.iter().find_map(|set| set.find(digest))
    }
}

/// A row without what its path and the other rows gave it.
fn unplaced(mut row: CatalogRow) -> Parsed {
    row.path.clear();
    row.group.clear();
    row.duplicate_of = None;
    if row.status == Status::DuplicateOf.as_str() {
        row.status = Status::Ok.as_str().into();
        row.detail = left_unread(row.bytes_unread);
    }
    Parsed(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::{ScoreRow, ScoreWriter, write_catalog, write_sketches};
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
        fs_err::create_dir(folder.join("scores")).unwrap();
        let mut writer = ScoreWriter::create(&folder.join("scores/00000.arrow")).unwrap();
        for digest in scores {
            let score = ScoreRow { digest: (*digest).into(), ..ScoreRow::default() };
            writer.push(score.view()).unwrap();
        }
        writer.finish().unwrap();
        let sketches = scores.iter().map(|digest| (*digest, &[1_u32][..]));
        write_sketches(&folder.join("sketches.arrow"), sketches).unwrap();
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
        let files =
            vec![file("catalog.parquet"), file("scores/00000.arrow"), file("sketches.arrow")];
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
        let mut known = known(folder.path(), &[row("a.mid", "a", "ok"), duplicate], &["a", "b"]);
        assert_eq!(known.scores(["b"].into_iter()).find("b").unwrap().digest, "b");
        let (Parsed(part), sketch) = known.take("b").unwrap();
        assert_eq!(sketch, Some(vec![1]));
        let detail = "3 bytes left unread".to_owned();
        assert_eq!(part, CatalogRow { detail, bytes_unread: 3, ..row("", "b", "ok") });
    }

    #[test]
    fn a_content_with_a_failed_reading_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let rows =
            [row("a.mid", "a", "ok"), row("b.mid", "b", "io_error"), row("c.mid", "c", "no_notes")];
        let known = known(folder.path(), &rows, &["a"]);
        assert!(!known.knows("b") && !known.knows("d"));
        assert!(known.knows("c") && known.scores(["c"].into_iter()).find("c").is_none());
        assert!(known.shard(["a", "b", "c"].into_iter()).is_none(), "b was not read");
    }

    #[test]
    fn a_shard_is_that_of_just_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [row("a.mid", "a", "ok"), row("c.mid", "c", "no_notes")];
        let known = known(folder.path(), &rows, &["a"]);
        assert!(known.shard(["a", "c"].into_iter()).is_some());
        for others in [&["a"][..], &["c"], &["a", "b", "c"], &[]] {
            assert!(known.shard(others.iter().copied()).is_none(), "{others:?}");
        }
    }
}
