//! Computes or reuses the samples of each song.

use super::cache::ShardCache;
use super::previous::PreviousExtract;
use super::select::{Selection, Song};
use super::split::HeldOut;
use super::windowing::{SongSamples, Windowing};
use crate::columnar::{ScoreSet, Split};
use crate::event::PartCounts;
use crate::stage_api::{Result, StageContext};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// The samples of a song, in order.
pub(super) enum Samples {
    New(SongSamples),
    /// Indices among the samples of the last run.
    Reused(Range<usize>),
}

impl Samples {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::New(song) => song.len(),
            Self::Reused(range) => range.len(),
        }
    }
}

/// Returns the samples of each song of a selection; none for a song without a score.
pub(super) fn sample_songs(
    context: &StageContext<'_>,
    windowing: Windowing,
    held_out: HeldOut,
    selection: &Selection,
    previous: Option<&PreviousExtract>,
) -> Result<Vec<Samples>> {
    let sampler = Sampler { context, windowing, held_out, selection, previous, done: 0.into() };
    let mut songs: Vec<Vec<usize>> = vec![Vec::new(); selection.scores.len()];
    for (index, song) in selection.songs.iter().enumerate() {
        if let Some(shard) = selection.scores.shard_of(&song.content) {
            songs[shard].push(index);
        }
    }
    let songs = songs.par_iter().enumerate();
    let found = songs.map(|(shard, songs)| sampler.sample_shard(shard, songs));
    let found: Vec<Vec<(usize, Samples)>> = found.collect::<Result<_>>()?;
    let mut parts = PartCounts { computed: 0, reused: 0 };
    let mut samples: Vec<Samples> = selection.songs.iter().map(|_| Samples::Reused(0..0)).collect();
    for (index, found) in found.into_iter().flatten() {
        match found {
            Samples::New(_) => parts.computed += 1,
            Samples::Reused(_) => parts.reused += 1,
        }
        samples[index] = found;
    }
    context.report.parts(parts);
    Ok(samples)
}

struct Sampler<'a> {
    context: &'a StageContext<'a>,
    windowing: Windowing,
    held_out: HeldOut,
    selection: &'a Selection,
    previous: Option<&'a PreviousExtract>,
    /// Number of songs that are done.
    done: AtomicU64,
}

impl Sampler<'_> {
    /// Returns the samples of the songs whose scores are in one shard.
    fn sample_shard(&self, shard: usize, songs: &[usize]) -> Result<Vec<(usize, Samples)>> {
        let (mut now, mut then) = (ShardCache::new(), ShardCache::new());
        let mut found = Vec::with_capacity(songs.len());
        for &index in songs {
            self.context.cancel.check()?;
            let song = &self.selection.songs[index];
            let split = self.held_out.side_of(&song.group);
            if let Some(samples) = self.reuse(song, split, shard, [&mut now, &mut then])? {
                found.push((index, Samples::Reused(samples)));
            } else {
                let scores = now.get(shard, |shard| self.selection.scores.open(shard))?;
                if let Some(score) = scores.find(&song.content.to_string()) {
                    found.push((index, Samples::New(self.windowing.samples(score, split))));
                }
            }
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            self.context.report.progress("songs", done, self.selection.songs.len() as u64, "");
        }
        Ok(found)
    }

    /// Returns the samples that the last run computed from an equal score; `None` if there are none.
    fn reuse(
        &self,
        song: &Song,
        split: Split,
        shard: usize,
        [now, then]: [&mut ShardCache<ScoreSet>; 2],
    ) -> Result<Option<Range<usize>>> {
        let Some(previous) = self.previous else { return Ok(None) };
        let samples = previous.samples(&song.content, split);
        let old_shard = previous.scores.shard_of(&song.content);
        let (Some(samples), Some(old_shard)) = (samples, old_shard) else { return Ok(None) };
        let scores = &self.selection.scores;
        let digest = scores.file(shard).digest;
        if digest.is_some() && digest == previous.scores.file(old_shard).digest {
            return Ok(Some(samples));
        }
        // The old shard may be gone or corrupt. A corrupt row differs from every new one, so it needs no check.
        let Ok(then) = then.get(old_shard, |shard| previous.scores.open(shard)) else {
            return Ok(None);
        };
        let now = now.get(shard, |shard| scores.open(shard))?;
        let content = song.content.to_string();
        let score = now.find(&content);
        Ok(Some(samples).filter(|_| score.is_some() && score == then.find(&content)))
    }
}
