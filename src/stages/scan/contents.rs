//! Each distinct content parsed once, or taken from what the last run made of it, and the shards of their scores.

use super::known::{Known, KnownScores};
use super::parse::{Music, Parsed, parse};
use crate::columnar::{ScoreView, ScoreWriter, score_shard, score_stretches};
use crate::event::Parts;
use crate::fingerprint::Digest;
use crate::stage::{Context, InputFile, StageError};
use rayon::prelude::*;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Files whose notes are in memory at once for each thread, unless one shard has more, and for all of them. Few:
/// what was just parsed is written before it leaves the processor's cache.
const CHUNK: usize = 128;
const MOST: usize = 512;

/// A file of each distinct content, in the order of digests.
type Distinct<'a> = [(String, &'a InputFile)];

/// What the distinct contents give.
pub(super) struct Contents {
    /// A row of each.
    pub(super) rows: HashMap<Digest, Parsed>,
    /// The sketch of each usable one, by digest.
    pub(super) sketches: BTreeMap<String, Vec<u32>>,
}

/// What each distinct content gives; the scores are written on the way.
pub(super) fn scan(context: &Context<'_>, files: &[&InputFile]) -> Result<Contents, StageError> {
    let distinct: BTreeMap<Digest, &InputFile> =
        files.iter().filter_map(|file| Some((file.digest?, *file))).collect();
    let distinct: Vec<(String, &InputFile)> =
        distinct.into_iter().map(|(digest, file)| (digest.to_string(), file)).collect();
    let digests: Vec<&str> = distinct.iter().map(|(digest, _)| digest.as_str()).collect();
    let folder = context.out.join("scores");
    fs_err::create_dir(&folder)?;
    let mut known = open_known(context);
    let work = Work { context, known: known.as_ref(), distinct: &distinct, done: 0.into() };
    let contents =
        Contents { rows: HashMap::with_capacity(distinct.len()), sketches: BTreeMap::new() };
    let mut results = Results { contents, parts: Parts { made: 0, taken: 0 } };
    let mut open = Vec::new();
    let chunk = (CHUNK * rayon::current_num_threads()).min(MOST);
    for (number, range) in score_stretches(&digests).into_iter().enumerate() {
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
    let Results { mut contents, parts } = results;
    context.report.parts(parts);
    if let Some(known) = &mut known {
        let missing = distinct.iter().filter_map(|(name, file)| Some((name, file.digest?)));
        for (name, digest) in missing {
            if let Entry::Vacant(entry) = contents.rows.entry(digest)
                && let Some((parsed, sketch)) = known.take(name)
            {
                entry.insert(parsed);
                contents.sketches.extend(sketch.map(|sketch| (name.clone(), sketch)));
            }
        }
    }
    Ok(contents)
}

/// What the last run parsed; `None` when there is nothing to take.
fn open_known(context: &Context<'_>) -> Option<Known> {
    match Known::open(context.previous?) {
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

struct Results {
    /// What was parsed now.
    contents: Contents,
    parts: Parts,
}

struct Work<'a> {
    context: &'a Context<'a>,
    known: Option<&'a Known>,
    distinct: &'a Distinct<'a>,
    done: AtomicU64,
}

/// What one content gives.
enum Part {
    /// What the last run made of it.
    Taken,
    /// Parsed now, and what it plays if it is usable.
    Made(Box<(Parsed, Option<Music>)>),
}

impl Work<'_> {
    /// Takes a whole shard from the last run; `false` when that one held others.
    fn hand_over(&self, shard: &Shard, results: &mut Results) -> Result<bool, StageError> {
        let contents = &self.distinct[shard.range.clone()];
        let digests = contents.iter().map(|(digest, _)| digest.as_str());
        let Some(file) = self.known.and_then(|known| known.shard(digests)) else {
            return Ok(false);
        };
        self.context.stop.check()?;
        file.hand_over(&shard.path)?;
        results.parts.taken += contents.len() as u64;
        self.count(contents.len());
        Ok(true)
    }

    /// Makes shards, each of new contents and known ones.
    fn make(&self, shards: &[Shard], results: &mut Results) -> Result<(), StageError> {
        let stored: Vec<KnownScores> = shards.par_iter().map(|shard| self.stored(shard)).collect();
        let contents = shards.iter().zip(&stored).flat_map(|(shard, stored)| {
            self.distinct[shard.range.clone()].iter().map(move |content| (content, stored))
        });
        let contents: Vec<_> = contents.collect();
        let parts: Vec<Part> = contents
            .par_iter()
            .map(|((digest, file), stored)| {
                self.context.stop.check()?;
                let part = self.part(digest, file, stored);
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
        for (((name, file), _), part) in contents.iter().zip(parts) {
            match part {
                Part::Taken => results.parts.taken += 1,
                Part::Made(made) => {
                    let (parsed, music) = *made;
                    let Contents { rows, sketches } = &mut results.contents;
                    results.parts.made += 1;
                    rows.extend(file.digest.map(|digest| (digest, parsed)));
                    sketches.extend(music.map(|music| (name.clone(), music.sketch)));
                }
            }
        }
        Ok(())
    }

    /// The last shards that hold scores of this one.
    fn stored(&self, shard: &Shard) -> KnownScores {
        let digests = self.distinct[shard.range.clone()].iter().map(|(digest, _)| digest.as_str());
        self.known.map_or_else(KnownScores::default, |known| known.scores(digests))
    }

    fn part(&self, digest: &str, file: &InputFile, stored: &KnownScores) -> Part {
        let whole = |known: &Known| !known.is_usable(digest) || stored.find(digest).is_some();
        if self.known.is_some_and(|known| known.knows(digest) && whole(known)) {
            return Part::Taken;
        }
        Part::Made(Box::new(parse(file, digest)))
    }

    fn write(&self, shard: &Shard, stored: &KnownScores, parts: &[Part]) -> Result<(), StageError> {
        let contents = self.distinct[shard.range.clone()].iter().zip(parts);
        let scores = contents.filter_map(|((digest, _), part)| match part {
            Part::Taken => stored.find(digest),
            Part::Made(made) => made.1.as_ref().map(|music| music.score.view()),
        });
        let scores: Vec<ScoreView> = scores.collect();
        let notes = scores.iter().map(|score| score.pitches.len()).sum();
        let mut writer = ScoreWriter::create_for(&shard.path, notes).map_err(StageError::failed)?;
        for score in scores {
            writer.push(score).map_err(StageError::failed)?;
        }
        writer.finish().map_err(StageError::failed)
    }

    fn count(&self, more: usize) {
        let done = self.done.fetch_add(more as u64, Ordering::Relaxed) + more as u64;
        self.context.report.progress("files", done, self.distinct.len() as u64, "");
    }
}
