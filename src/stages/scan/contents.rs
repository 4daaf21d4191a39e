//! Parses each distinct file content, or reuses its result from the last run, and writes the shards of scores.

use super::parse::{Music, parse};
use super::previous::{PreviousScan, PreviousScores, reset_to_content};
use crate::columnar::{
    CatalogRow, ScoreRow, SketchSet, score_partitions, score_shard, write_scores,
};
use crate::event::PartCounts;
use crate::fingerprint::Digest;
use crate::stage_api::{InputFile, Result, StageContext};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Files whose notes are in memory at once: per thread, and in total, unless a single shard has more. Few, so that parsed
/// notes are still in the CPU cache when they are written.
const CHUNK: usize = 128;
const MAX_CHUNK: usize = 512;

/// A content, and a file that has it.
struct Content<'a> {
    digest: Digest,
    file: &'a InputFile,
}

/// The rows and sketches of the distinct contents.
#[derive(Default)]
pub(super) struct Contents {
    /// One row per content, including contents of the last run that are gone.
    pub(super) rows: Vec<CatalogRow>,
    /// Index of the row of each content.
    pub(super) indices: HashMap<Digest, usize>,
    /// Number of rows from the last run, which are the first ones and still have the groups of that run.
    pub(super) reused: usize,
    /// The sketch of each row; `None` if the content is not a usable song.
    sketches: Vec<Option<Sketch>>,
    previous_sketches: Option<SketchSet>,
}

enum Sketch {
    /// Index among the sketches of the last run.
    Reused(usize),
    New(Vec<u32>),
}

impl Contents {
    fn new(previous: Option<PreviousScan>, parsed: Vec<NewContent>) -> Self {
        let mut contents = Self::default();
        if let Some(PreviousScan { mut rows, indices, sketches, sketch_set, .. }) = previous {
            rows.iter_mut().for_each(reset_to_content);
            let sketches = sketches.into_iter().map(|sketch| sketch.map(Sketch::Reused));
            contents = Self {
                reused: rows.len(),
                rows,
                indices,
                sketches: sketches.collect(),
                previous_sketches: Some(sketch_set),
            };
        }
        for (digest, row, sketch) in parsed {
            contents.indices.insert(digest, contents.rows.len());
            contents.rows.push(row);
            contents.sketches.push(sketch.map(Sketch::New));
        }
        contents
    }

    /// Returns the sketch of each row; `None` if the content is not a usable song.
    pub(super) fn sketches(&self) -> Vec<Option<&[u32]>> {
        let previous = self.previous_sketches.iter().flat_map(SketchSet::iter);
        let previous: Vec<&[u32]> = previous.map(|(_, sketch)| sketch).collect();
        let sketches = self.sketches.iter().map(|sketch| match sketch.as_ref()? {
            &Sketch::Reused(index) => previous.get(index).copied(),
            Sketch::New(sketch) => Some(sketch.as_slice()),
        });
        sketches.collect()
    }
}

/// Parses or reuses each distinct content of the files, and writes the scores.
pub(super) fn scan(context: &StageContext<'_>, files: &[&InputFile]) -> Result<Contents> {
    let contents = files.iter().filter_map(|&file| Some(Content { digest: file.digest?, file }));
    let mut contents: Vec<Content<'_>> = contents.collect();
    contents.sort_by_key(|content| content.digest);
    contents.dedup_by_key(|content| content.digest);
    let folder = context.out.join("scores");
    fs_err::create_dir(&folder)?;
    let previous = open_previous(context);
    let scanner = Scanner {
        context,
        previous: previous.as_ref(),
        total: contents.len() as u64,
        done: 0.into(),
    };
    let (mut parsed, mut pending, mut pending_files) = (Vec::new(), Vec::new(), 0);
    let chunk = (CHUNK * rayon::current_num_threads()).min(MAX_CHUNK);
    let digests = contents.iter().map(|content| content.digest.to_string());
    for (number, range) in score_partitions(digests).into_iter().enumerate() {
        let shard = Shard { path: folder.join(score_shard(number)), contents: &contents[range] };
        if scanner.reuse_shard(&shard)? {
            continue;
        }
        pending_files += shard.contents.len();
        pending.push(shard);
        if pending_files >= chunk {
            parsed.extend(scanner.write_shards(&pending)?);
            pending.clear();
            pending_files = 0;
        }
    }
    parsed.extend(scanner.write_shards(&pending)?);
    let computed = parsed.len() as u64;
    context.report.parts(PartCounts { computed, reused: scanner.total - computed });
    Ok(Contents::new(previous, parsed))
}

/// Opens the results of the last run; warns and returns `None` if that fails.
fn open_previous(context: &StageContext<'_>) -> Option<PreviousScan> {
    let previous = PreviousScan::open(context.previous?);
    let warn = |error| context.report.warning(&format!("recomputing every part: {error}"));
    previous.map_err(warn).ok()
}

/// A shard of scores to write, and the contents in it.
struct Shard<'a> {
    path: PathBuf,
    contents: &'a [Content<'a>],
}

impl Shard<'_> {
    fn digests(&self) -> impl ExactSizeIterator<Item = &Digest> + Clone {
        self.contents.iter().map(|content| &content.digest)
    }
}

/// A parsed content: its row, and its sketch if it is usable.
type NewContent = (Digest, CatalogRow, Option<Vec<u32>>);

struct Scanner<'a> {
    context: &'a StageContext<'a>,
    previous: Option<&'a PreviousScan>,
    total: u64,
    /// Number of contents that are done.
    done: AtomicU64,
}

impl Scanner<'_> {
    /// Links a shard of the last run with the same contents. Returns false if there is none.
    fn reuse_shard(&self, shard: &Shard<'_>) -> Result<bool> {
        let file = self.previous.and_then(|previous| previous.shard(shard.digests()));
        let Some(file) = file else { return Ok(false) };
        self.context.cancel.check()?;
        file.link_or_copy_to(&shard.path)?;
        self.report_done(shard.contents.len());
        Ok(true)
    }

    /// Writes shards, and returns the contents that had to be parsed.
    fn write_shards(&self, shards: &[Shard<'_>]) -> Result<Vec<NewContent>> {
        let parsed = shards.par_iter().map(|shard| self.write_shard(shard));
        let parsed: Vec<Vec<NewContent>> = parsed.collect::<Result<_>>()?;
        Ok(parsed.into_iter().flatten().collect())
    }

    fn write_shard(&self, shard: &Shard<'_>) -> Result<Vec<NewContent>> {
        let previous = self.previous.map(|previous| previous.scores(shard.digests()));
        let previous = previous.unwrap_or_default();
        // `None` for contents that are reused.
        let parse = |content: &Content<'_>| -> Result<Option<(CatalogRow, Option<Music>)>, _> {
            self.context.cancel.check()?;
            let digest = content.digest.to_string();
            let is_reused = self.is_reusable(&content.digest, &digest, &previous);
            let parsed = (!is_reused).then(|| parse(content.file, &digest));
            self.report_done(1);
            Ok(parsed)
        };
        let parsed: Vec<_> = shard.contents.par_iter().map(parse).collect::<Result<_>>()?;
        let scores =
            shard.contents.iter().zip(&parsed).filter_map(|(content, parsed)| match parsed {
                None => previous.find(&content.digest.to_string()),
                Some((_, music)) => music.as_ref().map(|music| &music.score),
            });
        let scores: Vec<&ScoreRow> = scores.collect();
        write_scores(&shard.path, &scores)?;
        let parsed = shard.contents.iter().zip(parsed).filter_map(|(content, parsed)| {
            let (row, music) = parsed?;
            Some((content.digest, row, music.map(|music| music.sketch)))
        });
        Ok(parsed.collect())
    }

    /// Returns whether the last run holds the complete result of a content.
    fn is_reusable(&self, digest: &Digest, text: &str, scores: &PreviousScores) -> bool {
        self.previous.is_some_and(|previous| {
            let has_score = || scores.find(text).is_some();
            previous.contains(digest) && (!previous.is_usable(digest) || has_score())
        })
    }

    fn report_done(&self, count: usize) {
        let done = self.done.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
        self.context.report.progress("files", done, self.total, "");
    }
}
