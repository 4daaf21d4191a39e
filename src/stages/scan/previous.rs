//! The contents that the last run parsed, for reuse.

use super::parse::is_deterministic;
use crate::columnar::{CatalogRow, ScoreRow, ScoreSet, SketchSet, read_catalog};
use crate::fingerprint::Digest;
use crate::music::midi::{Status, left_unread};
use crate::stage_api::{InputFile, Previous, Result};
use crate::stages::scores::Scores;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The catalog of the last run by content, and its scores.
pub(super) struct PreviousScan {
    /// The written rows, one per content.
    pub(super) rows: Vec<CatalogRow>,
    /// Index of the row of each content.
    pub(super) indices: HashMap<Digest, usize>,
    /// Index of the sketch of each row.
    pub(super) sketches: Vec<Option<usize>>,
    pub(super) sketch_set: SketchSet,
    scores: Scores,
}

impl PreviousScan {
    /// Opens the stage's last outputs.
    ///
    /// # Errors
    /// Returns an error if they cannot be read.
    pub(super) fn open(previous: &Previous) -> Result<Self> {
        let outputs = &previous.outputs;
        let (catalog, sketches) =
            (outputs.file("catalog.parquet")?, outputs.file("sketches.arrow")?);
        let (rows, sketches) = rayon::join(|| read_catalog(catalog), || SketchSet::open(sketches));
        let (mut rows, sketch_set) = (rows?, sketches?);
        let digests = rows.iter().filter_map(|row| row.digest.parse().ok());
        let scores = Scores::of(outputs, digests)?;
        let mut indices = HashMap::with_capacity(rows.len());
        rows.retain(|row| {
            let digest = row.digest.parse::<Digest>().ok().filter(|_| is_deterministic(row));
            let next = indices.len();
            match digest.map(|digest| indices.entry(digest)) {
                Some(Entry::Vacant(entry)) => *entry.insert(next) == next,
                Some(Entry::Occupied(_)) | None => false,
            }
        });
        let mut sketches = vec![None; rows.len()];
        for (number, (digest, _)) in sketch_set.iter().enumerate() {
            if let Some(&index) = digest.parse().ok().and_then(|digest| indices.get(&digest)) {
                sketches[index] = Some(number);
            }
        }
        Ok(Self { rows, indices, sketches, sketch_set, scores })
    }

    /// Returns whether the row of a content, and its sketch if it is usable, can be reused.
    pub(super) fn contains(&self, digest: &Digest) -> bool {
        let index = self.indices.get(digest);
        index.is_some_and(|&index| {
            self.sketches[index].is_some() || !has_score(self.rows[index].status)
        })
    }

    /// Returns whether a content has a score.
    pub(super) fn is_usable(&self, digest: &Digest) -> bool {
        self.indices.get(digest).is_some_and(|&index| has_score(self.rows[index].status))
    }

    /// Returns the shard that holds the scores of exactly these contents, if all of them can be reused.
    pub(super) fn shard<'a>(
        &self,
        mut contents: impl ExactSizeIterator<Item = &'a Digest> + Clone,
    ) -> Option<&InputFile> {
        let shard = self.scores.shard_of(contents.clone().next()?)?;
        let is_same = self.scores.contents(shard).iter().eq(contents.clone());
        let is_reusable = is_same && contents.all(|digest| self.contains(digest));
        is_reusable.then(|| self.scores.file(shard))
    }

    /// Reads the shards that hold scores of these contents, and skips those that cannot be read.
    pub(super) fn scores<'a>(&self, contents: impl Iterator<Item = &'a Digest>) -> PreviousScores {
        let usable = contents.filter(|digest| self.is_usable(digest));
        let mut shards: Vec<usize> = usable.filter_map(|it| self.scores.shard_of(it)).collect();
        shards.sort_unstable();
        shards.dedup();
        let sets = shards.into_iter().filter_map(|shard| self.scores.open(shard).ok());
        PreviousScores(sets.collect())
    }
}

/// Returns whether a content with this status is a song with a score and a sketch.
fn has_score(status: Status) -> bool {
    matches!(status, Status::Ok | Status::DuplicateOf)
}

/// Some scores of the last run.
#[derive(Default)]
pub(super) struct PreviousScores(Vec<ScoreSet>);

impl PreviousScores {
    /// Returns the score of a content.
    pub(super) fn find(&self, digest: &str) -> Option<&ScoreRow> {
        self.0.iter().find_map(|set| set.find(digest))
    }
}

/// Resets a row to the result of parsing its content: removes what its path and other rows added, except its group.
pub(super) fn reset_to_content(row: &mut CatalogRow) {
    row.path.clear();
    row.duplicate_of = None;
    if row.status == Status::DuplicateOf {
        row.status = Status::Ok;
        row.detail = left_unread(row.bytes_unread);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::{write_catalog, write_scores, write_sketches};
    use crate::fingerprint::{SCHEMA, StageInputs};
    use crate::stage_api::{InputFile, InputSet};
    use crate::stages::scan::parse::unreadable;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn digest(content: &str) -> Digest {
        Digest::compute(content.as_bytes())
    }

    /// Creates the row of a content; `content` replaces its bytes.
    fn row(path: &str, content: &str, status: Status) -> CatalogRow {
        let file = InputFile {
            path: String::new(),
            location: "".into(),
            digest: None,
            size: 0,
            is_executable: false,
        };
        CatalogRow {
            path: path.into(),
            status,
            detail: String::new(),
            ..unreadable(&file, &digest(content).to_string(), "")
        }
    }

    fn previous(folder: &Path, rows: &[CatalogRow], scores: &[&str]) -> PreviousScan {
        let mut scores: Vec<String> = scores.iter().map(|it| digest(it).to_string()).collect();
        scores.sort();
        write_catalog(&folder.join("catalog.parquet"), rows).unwrap();
        fs_err::create_dir(folder.join("scores")).unwrap();
        let row = |digest: &String| ScoreRow { digest: digest.clone(), ..ScoreRow::default() };
        let score_rows: Vec<ScoreRow> = scores.iter().map(row).collect();
        let score_rows: Vec<&ScoreRow> = score_rows.iter().collect();
        write_scores(&folder.join("scores/00000.arrow"), &score_rows).unwrap();
        let sketches = scores.iter().map(|digest| (digest.as_str(), &[1_u32][..]));
        write_sketches(&folder.join("sketches.arrow"), sketches).unwrap();
        let file = |path: &str| InputFile {
            path: path.into(),
            location: folder.join(path),
            digest: Some(Digest::compute(b"")),
            size: 0,
            is_executable: false,
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
        let outputs = InputSet { stage: None, files, is_folder: true };
        PreviousScan::open(&Previous { inputs, upstream: BTreeMap::new(), outputs }).unwrap()
    }

    fn sorted(contents: &[&str]) -> Vec<Digest> {
        let mut digests: Vec<Digest> = contents.iter().map(|content| digest(content)).collect();
        digests.sort_unstable();
        digests
    }

    #[test]
    fn duplicate_is_reset_to_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let duplicate = CatalogRow {
            detail: "the same notes as a.mid".into(),
            group: "0123".into(),
            duplicate_of: Some("a.mid".into()),
            bytes_unread: 3,
            ..row("b.mid", "b", Status::DuplicateOf)
        };
        let mut previous =
            previous(folder.path(), &[row("a.mid", "a", Status::Ok), duplicate], &["a", "b"]);
        let b = digest("b");
        let score = previous.scores([b].iter()).find(&b.to_string()).unwrap().digest.to_owned();
        assert_eq!(score, b.to_string());
        let place = previous.indices[&b];
        let sketch = previous.sketch_set.iter().nth(previous.sketches[place].unwrap()).unwrap();
        assert_eq!(sketch, (b.to_string().as_str(), &[1][..]));
        reset_to_content(&mut previous.rows[place]);
        let detail = "3 bytes left unread".to_owned();
        let group = "0123".to_owned();
        let expected = CatalogRow { detail, group, bytes_unread: 3, ..row("", "b", Status::Ok) };
        assert_eq!(previous.rows[place], expected);
    }

    #[test]
    fn content_that_could_not_be_read_is_not_reused() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [
            row("a.mid", "a", Status::Ok),
            row("b.mid", "b", Status::IoError),
            row("c.mid", "c", Status::NoNotes),
        ];
        let previous = previous(folder.path(), &rows, &["a"]);
        let [b, c, d] = ["b", "c", "d"].map(digest);
        assert!(!previous.contains(&b) && !previous.contains(&d));
        assert!(
            previous.contains(&c) && previous.scores([c].iter()).find(&c.to_string()).is_none()
        );
        assert!(previous.shard(sorted(&["a", "b", "c"]).iter()).is_none(), "b was not read");
    }

    #[test]
    fn content_of_several_files_has_one_row() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [row("a.mid", "a", Status::Ok), row("again.mid", "a", Status::DuplicateOf)];
        let previous = previous(folder.path(), &rows, &["a"]);
        assert_eq!((previous.rows.len(), previous.indices[&digest("a")]), (1, 0));
    }

    #[test]
    fn shard_must_hold_exactly_the_contents() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [row("a.mid", "a", Status::Ok), row("c.mid", "c", Status::NoNotes)];
        let previous = previous(folder.path(), &rows, &["a"]);
        assert!(previous.shard(sorted(&["a", "c"]).iter()).is_some());
        for others in [&["a"][..], &["c"], &["a", "b", "c"], &[]] {
            assert!(previous.shard(sorted(others).iter()).is_none(), "{others:?}");
        }
    }
}
