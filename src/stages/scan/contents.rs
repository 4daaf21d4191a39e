//! Each distinct content parsed once, or taken from what the last run made of it, and the shards of their scores.

use super::parse::{Music, Parsed, parse};
use super::previous::{PreviousScan, PreviousScores, reset_to_content};
use crate::columnar::{
    CatalogRow, ScoreRow, SketchSet, score_partitions, score_shard, write_scores,
};
use crate::event::PartCounts;
use crate::fingerprint::Digest;
use crate::stage_api::{InputFile, StageContext, StageError};
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Files whose notes are in memory at once for each thread, unless one shard has more, and for all of them. Few:
/// what was just parsed is written before it leaves the processor's cache.
const CHUNK: usize = 128;
const MAX_CHUNK: usize = 512;

/// A content, and a file that has it.
struct Content<'a> {
    digest: Digest,
    file: &'a InputFile,
}

/// What the distinct contents of the files give.
pub(super) struct Contents {
    /// A row of each, and of contents that the last run met and this one did not.
    pub(super) rows: Vec<CatalogRow>,
    /// Which row tells of which content.
    pub(super) places: HashMap<Digest, usize>,
    pub(super) sketches: Sketches,
    /// How many of the rows, the first ones, are the last run's, with the groups that it gave them.
    pub(super) stored: usize,
}

/// The sketch of each row of [`Contents`].
#[derive(Default)]
pub(super) struct Sketches {
    stored: Option<SketchSet>,
    of_row: Vec<Sketch>,
}

enum Sketch {
    /// The content is no song that can be used.
    None,
    /// One of the last run's, by its place among them.
    Reused(usize),
    New(Vec<u32>),
}

impl Sketches {
    /// The sketches, row by row; without figures where there is none.
    pub(super) fn by_row(&self) -> Vec<Option<&[u32]>> {
        let stored: Vec<&[u32]> =
            self.stored.iter().flat_map(SketchSet::iter).map(|(_, sketch)| sketch).collect();
        let sketch = |sketch| match sketch {
            &Sketch::Reused(place) => stored.get(place).copied(),
            Sketch::New(sketch) => Some(sketch.as_slice()),
            Sketch::None => None,
        };
        self.of_row.iter().map(sketch).collect()
    }
}

/// What each distinct content gives; the scores are written on the way.
pub(super) fn scan(
    context: &StageContext<'_>,
    files: &[&InputFile],
) -> Result<Contents, StageError> {
    let contents = files.iter().filter_map(|&file| Some(Content { digest: file.digest?, file }));
    let mut distinct: Vec<Content<'_>> = contents.collect();
    distinct.sort_by_key(|content| content.digest);
    distinct.dedup_by_key(|content| content.digest);
    let folder = context.out.join("scores");
    fs_err::create_dir(&folder)?;
    let known = open_previous(context);
    let work = Work { context, known: known.as_ref(), distinct: &distinct, done: 0.into() };
    let mut results = Results { made: Vec::new(), parts: PartCounts { computed: 0, reused: 0 } };
    let mut open = Vec::new();
    let chunk = (CHUNK * rayon::current_num_threads()).min(MAX_CHUNK);
    let digests = distinct.iter().map(|content| content.digest.to_string());
    for (number, range) in score_partitions(digests).into_iter().enumerate() {
        let shard = Shard { path: folder.join(score_shard(number)), range };
        if work.hand_over(&shard, &mut results)? {
            continue;
        }
        open.push(shard);
        if open.iter().map(|shard| shard.range.len()).sum::<usize>() >= chunk {
            work.make(&open, &mut results)?;
            open.clear();
        }
    }
    work.make(&open, &mut results)?;
    context.report.parts(results.parts);
    Ok(Contents::of(known, results.made))
}

impl Contents {
    /// What was made, and what was known.
    fn of(known: Option<PreviousScan>, made: Vec<NewContent>) -> Self {
        let (mut rows, mut places) = (Vec::new(), HashMap::new());
        let mut sketches = Sketches::default();
        if let Some(known) = known {
            (rows, places) = (known.rows, known.places);
            let stored = |place: Option<usize>| place.map_or(Sketch::None, Sketch::Reused);
            sketches.of_row = known.sketch_of.into_iter().map(stored).collect();
            sketches.stored = Some(known.sketches);
            rows.iter_mut().for_each(reset_to_content);
        }
        let stored = rows.len();
        for (digest, Parsed(row), sketch) in made {
            places.insert(digest, rows.len());
            rows.push(row);
            sketches.of_row.push(sketch.map_or(Sketch::None, Sketch::New));
        }
        Self { rows, places, sketches, stored }
    }
}

/// What the last run parsed; `None` when there is nothing to take.
fn open_previous(context: &StageContext<'_>) -> Option<PreviousScan> {
    match PreviousScan::open(context.previous?) {
        Ok(known) => Some(known),
        Err(error) => {
            let text = format!("every file is read anew, none taken from the last run: {error}");
            context.report.warning(&text);
            None
        }
    }
}

/// A shard of scores to be: which of the distinct contents it holds.
struct Shard {
    path: PathBuf,
    range: Range<usize>,
}

/// A content that was parsed now: its row, and its sketch if it is usable.
type NewContent = (Digest, Parsed, Option<Vec<u32>>);

struct Results {
    made: Vec<NewContent>,
    parts: PartCounts,
}

struct Work<'a> {
    context: &'a StageContext<'a>,
    known: Option<&'a PreviousScan>,
    distinct: &'a [Content<'a>],
    done: AtomicU64,
}

/// What one content gives.
enum Part {
    /// What the last run made of it.
    Reused,
    /// Parsed now, and what it plays if it is usable.
    New(Box<(Parsed, Option<Music>)>),
}

impl Work<'_> {
    /// Takes a whole shard from the last run; `false` when that one held others.
    fn hand_over(&self, shard: &Shard, results: &mut Results) -> Result<bool, StageError> {
        let contents = &self.distinct[shard.range.clone()];
        let digests = contents.iter().map(|content| &content.digest);
        let Some(file) = self.known.and_then(|known| known.shard(digests)) else {
            return Ok(false);
        };
        self.context.cancel.check()?;
        file.link_or_copy_to(&shard.path)?;
        results.parts.reused += contents.len() as u64;
        self.count(contents.len());
        Ok(true)
    }

    /// Makes shards, each of new contents and known ones.
    fn make(&self, shards: &[Shard], results: &mut Results) -> Result<(), StageError> {
        let stored: Vec<PreviousScores> =
            shards.par_iter().map(|shard| self.stored(shard)).collect();
        let contents = shards.iter().zip(&stored).flat_map(|(shard, stored)| {
            self.distinct[shard.range.clone()].iter().map(move |content| (content, stored))
        });
        let contents: Vec<_> = contents.collect();
        let parts: Vec<Part> = contents
            .par_iter()
            .map(|(content, stored)| {
                self.context.cancel.check()?;
                let part = self.part(content, stored);
                self.count(1);
                Ok(part)
            })
            .collect::<Result<_, StageError>>()?;
        let mut rest = parts.as_slice();
        let slices = shards.iter().zip(&stored).map(|(shard, stored)| {
            let (own, others) = rest.split_at(shard.range.len());
            rest = others;
            (shard, stored, own)
        });
        slices
            .collect::<Vec<_>>()
            .into_par_iter()
            .try_for_each(|(shard, stored, parts)| self.write(shard, stored, parts))?;
        for ((content, _), part) in contents.iter().zip(parts) {
            match part {
                Part::Reused => results.parts.reused += 1,
                Part::New(made) => {
                    let (parsed, music) = *made;
                    let sketch = music.map(|music| music.sketch);
                    results.parts.computed += 1;
                    results.made.push((content.digest, parsed, sketch));
                }
            }
        }
        Ok(())
    }

    /// The last shards that hold scores of this one.
    fn stored(&self, shard: &Shard) -> PreviousScores {
        let digests = self.distinct[shard.range.clone()].iter().map(|content| &content.digest);
        self.known.map_or_else(PreviousScores::default, |known| known.scores(digests))
    }

    fn part(&self, content: &Content<'_>, stored: &PreviousScores) -> Part {
        let (digest, name) = (&content.digest, content.digest.to_string());
        let whole = |known: &PreviousScan| !known.is_usable(digest) || stored.find(&name).is_some();
        if self.known.is_some_and(|known| known.knows(digest) && whole(known)) {
            return Part::Reused;
        }
        Part::New(Box::new(parse(content.file, &name)))
    }

    fn write(
        &self,
        shard: &Shard,
        stored: &PreviousScores,
        parts: &[Part],
    ) -> Result<(), StageError> {
        let contents = self.distinct[shard.range.clone()].iter().zip(parts);
        let scores = contents.filter_map(|(content, part)| match part {
            Part::Reused => stored.find(&content.digest.to_string()),
            Part::New(made) => made.1.as_ref().map(|music| &music.score),
        });
        let scores: Vec<&ScoreRow> = scores.collect();
        write_scores(&shard.path, &scores).map_err(StageError::failed)
    }

    fn count(&self, more: usize) {
        let done = self.done.fetch_add(more as u64, Ordering::Relaxed) + more as u64;
        self.context.report.progress("files", done, self.distinct.len() as u64, "");
    }
}
