//! Contents that the last run parsed.

use super::parse::is_deterministic;
use crate::columnar::{CatalogRow, ScoreRow, ScoreSet, SketchSet, read_catalog};
use crate::fingerprint::Digest;
use crate::music::midi::{Status, left_unread};
use crate::stage_api::{InputFile, Previous, StageError};
use crate::stages::scores::Scores;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The last catalog by content, and where its scores are.
pub(super) struct PreviousScan {
    /// As they were written, but for rows that tell the same content again.
    pub(super) rows: Vec<CatalogRow>,
    /// Which row tells of which content.
    pub(super) places: HashMap<Digest, usize>,
    /// The sketch of each row, by its place in the set.
    pub(super) sketch_of: Vec<Option<usize>>,
    pub(super) sketches: SketchSet,
    scores: Scores,
}

impl PreviousScan {
    /// What a stage's last outputs hold.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn open(previous: &Previous) -> Result<Self, StageError> {
        let outputs = &previous.outputs;
        let (catalog, sketches) =
            (outputs.file("catalog.parquet")?, outputs.file("sketches.arrow")?);
        let (rows, sketches) = rayon::join(|| read_catalog(catalog), || SketchSet::open(sketches));
        let (mut rows, sketches) =
            (rows.map_err(StageError::failed)?, sketches.map_err(StageError::failed)?);
        let digests = rows.iter().filter_map(|row| row.digest.parse().ok());
        let scores = Scores::of(outputs, digests)?;
        let mut places = HashMap::with_capacity(rows.len());
        rows.retain(|row| {
            let digest = row.digest.parse::<Digest>().ok().filter(|_| is_deterministic(row));
            let next = places.len();
            match digest.map(|digest| places.entry(digest)) {
                Some(Entry::Vacant(entry)) => *entry.insert(next) == next,
                Some(Entry::Occupied(_)) | None => false,
            }
        });
        let mut sketch_of = vec![None; rows.len()];
        for (number, (digest, _)) in sketches.iter().enumerate() {
            if let Some(&place) = digest.parse().ok().and_then(|digest| places.get(&digest)) {
                sketch_of[place] = Some(number);
            }
        }
        Ok(Self { rows, places, sketch_of, sketches, scores })
    }

    /// Whether this content is known.
    pub(super) fn knows(&self, digest: &Digest) -> bool {
        let place = self.places.get(digest);
        place.is_some_and(|&place| self.sketch_of[place].is_some() || !usable(&self.rows[place]))
    }

    /// Whether this content is known and has a score.
    pub(super) fn is_usable(&self, digest: &Digest) -> bool {
        self.places.get(digest).is_some_and(|&place| usable(&self.rows[place]))
    }

    /// The shard that holds the scores of just these contents, all of them known.
    pub(super) fn shard<'a>(
        &self,
        mut contents: impl ExactSizeIterator<Item = &'a Digest> + Clone,
    ) -> Option<&InputFile> {
        let shard = self.scores.shard_of(contents.clone().next()?)?;
        let same = self.scores.contents(shard).iter().eq(contents.clone());
        let known = same && contents.all(|digest| self.knows(digest));
        known.then(|| self.scores.file(shard))
    }

    /// The shards that hold the scores of these contents.
    pub(super) fn scores<'a>(&self, contents: impl Iterator<Item = &'a Digest>) -> PreviousScores {
        let usable = contents.filter(|digest| self.is_usable(digest));
        let mut shards: Vec<usize> = usable.filter_map(|it| self.scores.shard_of(it)).collect();
        shards.sort_unstable();
        shards.dedup();
        // What cannot be read is parsed again.
        PreviousScores(
            shards.into_iter().filter_map(|shard| self.scores.open(shard).ok()).collect(),
        )
    }
}

fn usable(row: &CatalogRow) -> bool {
    [Status::Ok.as_str(), Status::DuplicateOf.as_str()].contains(&row.status.as_str())
}

/// Some of the last scores, in memory.
#[derive(Default)]
pub(super) struct PreviousScores(Vec<ScoreSet>);

impl PreviousScores {
    /// The score of a content.
    pub(super) fn find(&self, digest: &str) -> Option<&ScoreRow> {
        self.0.iter().find_map(|set| set.find(digest))
    }
}

/// Takes from a row what its path and other rows gave it, but for its group: what parsing its content would give.
pub(super) fn reset_to_content(row: &mut CatalogRow) {
    row.path.clear();
    row.duplicate_of = None;
    if row.status == Status::DuplicateOf.as_str() {
        row.status = Status::Ok.as_str().into();
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

    /// The row of a content; `content` stands for its bytes.
    fn row(path: &str, content: &str, status: &str) -> CatalogRow {
        let nothing = InputFile { path: String::new(), location: "".into(), digest: None, size: 0 };
        CatalogRow {
            path: path.into(),
            status: status.into(),
            detail: String::new(),
            ..unreadable(&nothing, &digest(content).to_string(), "")
        }
    }

    fn known(folder: &Path, rows: &[CatalogRow], scores: &[&str]) -> PreviousScan {
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
        let outputs = InputSet { stage: None, files };
        PreviousScan::open(&Previous { inputs, upstream: BTreeMap::new(), outputs }).unwrap()
    }

    fn sorted(contents: &[&str]) -> Vec<Digest> {
        let mut digests: Vec<Digest> = contents.iter().map(|content| digest(content)).collect();
        digests.sort_unstable();
        digests
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
        let b = digest("b");
        let score = known.scores([b].iter()).find(&b.to_string()).unwrap().digest.to_owned();
        assert_eq!(score, b.to_string());
        let place = known.places[&b];
        let sketch = known.sketches.iter().nth(known.sketch_of[place].unwrap()).unwrap();
        assert_eq!(sketch, (b.to_string().as_str(), &[1][..]));
        reset_to_content(&mut known.rows[place]);
        let detail = "3 bytes left unread".to_owned();
        let group = "0123".to_owned();
        let expected = CatalogRow { detail, group, bytes_unread: 3, ..row("", "b", "ok") };
        assert_eq!(known.rows[place], expected);
    }

    #[test]
    fn a_content_with_a_failed_reading_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let rows =
            [row("a.mid", "a", "ok"), row("b.mid", "b", "io_error"), row("c.mid", "c", "no_notes")];
        let known = known(folder.path(), &rows, &["a"]);
        let [b, c, d] = ["b", "c", "d"].map(digest);
        assert!(!known.knows(&b) && !known.knows(&d));
        assert!(known.knows(&c) && known.scores([c].iter()).find(&c.to_string()).is_none());
        assert!(known.shard(sorted(&["a", "b", "c"]).iter()).is_none(), "b was not read");
    }

    #[test]
    fn a_content_that_several_files_have_is_known_once() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [row("a.mid", "a", "ok"), row("again.mid", "a", "duplicate_of")];
        let known = known(folder.path(), &rows, &["a"]);
        assert_eq!((known.rows.len(), known.places[&digest("a")]), (1, 0));
    }

    #[test]
    fn a_shard_is_that_of_just_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [row("a.mid", "a", "ok"), row("c.mid", "c", "no_notes")];
        let known = known(folder.path(), &rows, &["a"]);
        assert!(known.shard(sorted(&["a", "c"]).iter()).is_some());
        for others in [&["a"][..], &["c"], &["a", "b", "c"], &[]] {
            assert!(known.shard(sorted(others).iter()).is_none(), "{others:?}");
        }
    }
}
