//! Writes the samples into shards, and their overview.

use super::cache::ShardCache;
use super::previous::{PreviousExtract, shard_ranges};
use super::samples::Samples;
use super::select::Song;
use super::split::{HeldOut, SPLITS};
use crate::columnar::{SampleMeta, SampleSet, SampleView, ShardWriter, Split, sample_shard, write};
use crate::music::roll::RollShape;
use crate::stage_api::{Result, StageContext};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A sample: index of the song, and index among its samples.
type SampleRef = (usize, usize);

/// The samples of a corpus in the order of the shards.
pub(super) struct Layout<'a> {
    /// In the order of notes digests.
    songs: &'a [Song],
    samples: Vec<Samples>,
    previous: Option<PreviousExtract>,
    shape: RollShape,
    /// The samples of each side, in the order of [`SPLITS`].
    splits: [Vec<SampleRef>; 3],
}

impl<'a> Layout<'a> {
    /// Assigns each song to a split, and drops samples beyond the limit (0: no limit).
    pub(super) fn new(
        shape: RollShape,
        held_out: HeldOut,
        limit: usize,
        songs: &'a [Song],
        samples: Vec<Samples>,
        previous: Option<PreviousExtract>,
    ) -> Self {
        let mut splits: [Vec<SampleRef>; 3] = Default::default();
        let mut left = if limit == 0 { usize::MAX } else { limit };
        for (index, (song, samples)) in songs.iter().zip(&samples).enumerate() {
            let side = held_out.side_of(&song.group);
            let count = samples.len().min(left);
            for (_, refs) in SPLITS.iter().zip(&mut splits).filter(|(split, _)| **split == side) {
                refs.extend((0..count).map(|sample| (index, sample)));
            }
            left -= count;
        }
        Self { songs, samples, previous, shape, splits }
    }

    /// Returns the number of samples on a side.
    pub(super) fn count(&self, side: Split) -> usize {
        let sides = SPLITS.into_iter().zip(&self.splits).filter(|(split, _)| *split == side);
        sides.map(|(_, samples)| samples.len()).sum()
    }

    /// Returns the songs that have samples, with their splits, in the order of the samples of each split.
    pub(super) fn songs(&self) -> impl Iterator<Item = (&Song, Split)> {
        SPLITS.into_iter().zip(&self.splits).flat_map(move |(split, samples)| {
            let songs = samples.chunk_by(|a, b| a.0 == b.0).filter_map(|samples| samples.first());
            songs.map(move |&(song, _)| (&self.songs[song], split))
        })
    }

    /// Writes the shards, and links those that are unchanged since the last run.
    pub(super) fn write_shards(&self, context: &StageContext<'_>) -> Result<()> {
        let folder = context.out.join("samples");
        fs_err::create_dir_all(&folder)?;
        let mut shards: Vec<(PathBuf, &[SampleRef])> = Vec::new();
        let sides = SPLITS.into_iter().zip(&self.splits);
        for (split, samples) in sides.filter(|(split, samples)| has_shards(*split, samples.len())) {
            let songs = samples.iter().map(|&(song, _)| self.songs[song].notes_digest.as_str());
            for (number, range) in shard_ranges(songs).into_iter().enumerate() {
                shards.push((folder.join(sample_shard(split, number)), &samples[range]));
            }
        }
        shards.par_iter().try_for_each(|(path, samples)| {
            context.cancel.check()?;
            if self.reuse_shard(path, samples)? { Ok(()) } else { self.write_shard(path, samples) }
        })
    }

    /// Returns the index of a sample in the last run; `None` if it is new.
    fn previous_index(&self, (song, sample): SampleRef) -> Option<usize> {
        match &self.samples[song] {
            Samples::Reused(range) => Some(range.start + sample),
            Samples::New(_) => None,
        }
    }

    /// Links a shard of the last run that holds exactly these samples. Returns false if there is none.
    fn reuse_shard(&self, path: &Path, samples: &[SampleRef]) -> Result<bool> {
        let first = samples.first().and_then(|&sample| self.previous_index(sample));
        let (Some(previous), Some(first)) = (&self.previous, first) else { return Ok(false) };
        let Some((count, file)) = previous.shard_from(first) else { return Ok(false) };
        let is_unchanged = |(sample, index): (&SampleRef, usize)| {
            let (song, row) = (&self.songs[sample.0], previous.rows.get(index));
            self.previous_index(*sample) == Some(index)
                && row.is_some_and(|row| song.group == row.group && song.path == row.path)
        };
        if count != samples.len() || !samples.iter().zip(first..).all(is_unchanged) {
            return Ok(false);
        }
        file.link_or_copy_to(path)?;
        Ok(true)
    }

    fn write_shard(&self, path: &Path, samples: &[SampleRef]) -> Result<()> {
        let mut writer = ShardWriter::create(path, self.shape)?;
        let mut shards = ShardCache::new();
        for &(song, sample) in samples {
            let Some(row) = self.row((song, sample)) else { continue };
            let read;
            let measures = match (&self.samples[song], &self.previous) {
                (Samples::New(song), _) => song.measures(sample),
                (Samples::Reused(range), Some(previous)) => {
                    read = read_measures(previous, range.start + sample, &mut shards)?;
                    read.iter().map(Vec::as_slice).collect()
                }
                (Samples::Reused(_), None) => continue,
            };
            let song = &self.songs[song];
            let sample = SampleMeta {
                song: &song.notes_digest,
                group: &song.group,
                path: &song.path,
                first_measure: row.first_measure,
                transposition: 0,
                time_signature: row.time_signature,
                onsets: row.onsets,
            };
            writer.push(&sample, &measures)?;
        }
        Ok(writer.finish()?)
    }

    /// Returns the overview's row of a sample, except song, group, path and split.
    fn row(&self, (song, sample): SampleRef) -> Option<SampleView<'_>> {
        match &self.samples[song] {
            Samples::New(samples) => Some(samples.row(sample)),
            Samples::Reused(range) => self.previous.as_ref()?.rows.get(range.start + sample),
        }
    }

    /// Writes the overview in the order of the shards. Must be called after [`Self::write_shards`], because it frees the
    /// cells.
    pub(super) fn write_overview(mut self, path: &Path) -> Result<()> {
        for samples in &mut self.samples {
            if let Samples::New(song) = samples {
                song.drop_cells();
            }
        }
        let mut rows = Vec::with_capacity(self.splits.iter().map(Vec::len).sum());
        for (split, samples) in SPLITS.into_iter().zip(&self.splits) {
            for &sample in samples {
                let Song { notes_digest: song, group, path, .. } = &self.songs[sample.0];
                if let Some(row) = self.row(sample) {
                    rows.push(SampleView { split: split.as_str(), group, song, path, ..row });
                }
            }
        }
        Ok(write(path, &rows)?)
    }
}

/// Returns true if a side with this number of samples has shards. Without the parameter `judging`, the outputs are those
/// of versions that did not know it.
pub(super) fn has_shards(side: Split, samples: usize) -> bool {
    side != Split::Judging || samples > 0
}

/// Reads the measures of a sample of the last run.
fn read_measures(
    previous: &PreviousExtract,
    index: usize,
    shards: &mut ShardCache<(usize, SampleSet)>,
) -> Result<Vec<Vec<u16>>> {
    let shard = previous.shard_of(index);
    let (first, set) = shards.get(shard, |shard| previous.open_shard(shard))?;
    Ok(set.measures(index - *first))
}
