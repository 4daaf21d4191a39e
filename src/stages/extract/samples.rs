//! Each song cut into samples, or those of the last run.

use super::Params;
use super::previous::PreviousExtract;
use super::select::{Selection, Song};
use super::split;
use super::windowing::{SongSamples, Windowing};
use crate::columnar::{ScoreSet, Split};
use crate::event::PartCounts;
use crate::music::roll::RollShape;
use crate::stage_api::{StageContext, StageError};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// A song's samples in their order.
pub(super) enum Samples {
    /// Cut now.
    New(SongSamples),
    /// Cut by the last run: which of its samples.
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

/// The samples of each song of a selection; none for a song without a score.
pub(super) fn sample_songs(
    context: &StageContext<'_>,
    params: &Params,
    shape: RollShape,
    selection: &Selection,
    known: Option<&PreviousExtract>,
) -> Result<Vec<Samples>, StageError> {
    let (windowing, validation) = (params.windowing(shape), params.validation);
    let work = Work { context, windowing, validation, selection, known, done: 0.into() };
    let mut songs: Vec<Vec<usize>> = vec![Vec::new(); selection.scores.len()];
    for (index, song) in selection.songs.iter().enumerate() {
        if let Some(shard) = selection.scores.shard_of(&song.content) {
            songs[shard].push(index);
        }
    }
    let found: Vec<Vec<(usize, Samples)>> = songs
        .par_iter()
        .enumerate()
        .map(|(shard, songs)| work.shard(shard, songs))
        .collect::<Result<_, StageError>>()?;
    let found = found.into_iter().flatten();
    let mut samples: Vec<Samples> = selection.songs.iter().map(|_| Samples::Reused(0..0)).collect();
    let mut parts = PartCounts { computed: 0, reused: 0 };
    for (index, of_song) in found {
        let taken = matches!(of_song, Samples::Reused(_));
        *(if taken { &mut parts.reused } else { &mut parts.computed }) += 1;
        samples[index] = of_song;
    }
    context.report.parts(parts);
    Ok(samples)
}

struct Work<'a> {
    context: &'a StageContext<'a>,
    windowing: Windowing,
    validation: f64,
    selection: &'a Selection,
    known: Option<&'a PreviousExtract>,
    done: AtomicU64,
}

impl Work<'_> {
    /// The samples of the songs whose scores one shard holds.
    fn shard(&self, shard: usize, songs: &[usize]) -> Result<Vec<(usize, Samples)>, StageError> {
        let mut now = Lazy::default();
        let mut then = Lazy::default();
        let mut found = Vec::with_capacity(songs.len());
        for &index in songs {
            self.context.cancel.check()?;
            let song = &self.selection.songs[index];
            let side = split::side(&song.group, self.validation);
            if let Some(samples) = self.stored(song, side, shard, [&mut now, &mut then])? {
                found.push((index, Samples::Reused(samples)));
            } else {
                let scores = now.get(shard, || self.selection.scores.open(shard))?;
                if let Some(score) = scores.find(&song.content.to_string()) {
                    found.push((index, Samples::New(self.windowing.cut(&score, side))));
                }
            }
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            self.context.report.progress("songs", done, self.selection.songs.len() as u64, "");
        }
        Ok(found)
    }

    /// The samples that the last run cut out of the same score.
    fn stored(
        &self,
        song: &Song,
        side: Split,
        shard: usize,
        [now, then]: [&mut Lazy; 2],
    ) -> Result<Option<Range<usize>>, StageError> {
        let Some(known) = self.known else { return Ok(None) };
        let Some(samples) = known.samples(&song.content, side) else { return Ok(None) };
        let Some(old) = known.scores.shard_of(&song.content) else { return Ok(None) };
        let (today, last) = (self.selection.scores.file(shard), known.scores.file(old));
        if today.digest.is_some() && today.digest == last.digest {
            return Ok(Some(samples));
        }
        // It may be gone since; and a damaged row equals none of today's, so it needs no check.
        let Ok(then) = then.get(old, || known.scores.open(old)) else { return Ok(None) };
        let now = now.get(shard, || self.selection.scores.open(shard))?;
        let content = song.content.to_string();
        let score = now.find(&content);
        Ok(Some(samples).filter(|_| score.is_some() && score == then.find(&content)))
    }
}

/// Shards that are read when they are needed.
#[derive(Default)]
struct Lazy(BTreeMap<usize, ScoreSet>);

impl Lazy {
    fn get(
        &mut self,
        shard: usize,
        open: impl FnOnce() -> Result<ScoreSet, StageError>,
    ) -> Result<&ScoreSet, StageError> {
        Ok(match self.0.entry(shard) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(open()?),
        })
    }
}
