//! Songs' samples into shards and their overview.

use super::previous::{PreviousExtract, ranges};
use super::samples::Samples;
use super::select::Song;
use super::{Params, split};
use crate::columnar::{NewSample, SampleSet, SampleView, ShardWriter, Split, sample_shard, write};
use crate::music::roll::RollShape;
use crate::stage_api::{StageContext, StageError};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One sample: of which song, and which of its samples.
type SampleRef = (usize, usize);

/// The samples of a corpus, laid out.
pub(super) struct Layout<'a> {
    /// In the order of their notes digests.
    songs: &'a [Song],
    samples: Vec<Samples>,
    known: Option<PreviousExtract>,
    shape: RollShape,
    /// Training and validation samples in their order.
    sides: [Vec<SampleRef>; 2],
}

const SPLITS: [Split; 2] = [Split::Train, Split::Validation];

impl<'a> Layout<'a> {
    /// Gives each sample its side and place, and leaves out those beyond the limit.
    pub(super) fn new(
        params: &Params,
        shape: RollShape,
        songs: &'a [Song],
        samples: Vec<Samples>,
        known: Option<PreviousExtract>,
    ) -> Self {
        let mut sides = [Vec::new(), Vec::new()];
        let mut left = if params.limit == 0 { usize::MAX } else { params.limit };
        for (index, (song, samples)) in songs.iter().zip(&samples).enumerate() {
            let side = usize::from(split::side(&song.group, params.validation) != Split::Train);
            let count = samples.len().min(left);
            sides[side].extend((0..count).map(|sample| (index, sample)));
            left -= count;
        }
        Self { songs, samples, known, shape, sides }
    }

    /// How many training and validation samples there are.
    pub(super) fn counts(&self) -> [usize; 2] {
        self.sides.each_ref().map(Vec::len)
    }

    /// The songs that have samples, with their sides, in the order of the samples of each side.
    pub(super) fn songs(&self) -> impl Iterator<Item = (&Song, Split)> {
        SPLITS.into_iter().zip(&self.sides).flat_map(move |(split, pieces)| {
            let songs = pieces.chunk_by(|a, b| a.0 == b.0).filter_map(|pieces| pieces.first());
            songs.map(move |&(song, _)| (&self.songs[song], split))
        })
    }

    /// Writes the shards: those that the last run made just so are handed over.
    pub(super) fn write_shards(&self, context: &StageContext<'_>) -> Result<(), StageError> {
        let folder = context.out.join("samples");
        fs_err::create_dir_all(&folder)?;
        let mut shards: Vec<(PathBuf, &[SampleRef])> = Vec::new();
        for (split, pieces) in SPLITS.into_iter().zip(&self.sides) {
            let songs = pieces.iter().map(|&(song, _)| self.songs[song].notes_digest.as_str());
            let named = |(number, range): (usize, Range<usize>)| {
                (folder.join(sample_shard(split, number)), &pieces[range])
            };
            shards.extend(ranges(songs).into_iter().enumerate().map(named));
        }
        shards.par_iter().try_for_each(|(path, pieces)| {
            context.cancel.check()?;
            if self.reuse_shard(path, pieces)? { Ok(()) } else { self.write_shard(path, pieces) }
        })
    }

    /// Which of the last run's samples a piece is.
    fn stored(&self, (song, sample): SampleRef) -> Option<usize> {
        match &self.samples[song] {
            Samples::Reused(range) => Some(range.start + sample),
            Samples::New(_) => None,
        }
    }

    /// Takes a shard of the last run; `false` when none was just so.
    fn reuse_shard(&self, path: &Path, pieces: &[SampleRef]) -> Result<bool, StageError> {
        let first = pieces.first().and_then(|&piece| self.stored(piece));
        let (Some(known), Some(first)) = (&self.known, first) else { return Ok(false) };
        let Some((count, file)) = known.shard_from(first) else { return Ok(false) };
        let same = |(piece, index): (&SampleRef, usize)| {
            let (song, row) = (&self.songs[piece.0], known.rows.get(index));
            self.stored(*piece) == Some(index)
                && row.is_some_and(|row| song.group == row.group && song.path == row.path)
        };
        if count != pieces.len() || !pieces.iter().zip(first..).all(same) {
            return Ok(false);
        }
        file.link_or_copy_to(path)?;
        Ok(true)
    }

    fn write_shard(&self, path: &Path, pieces: &[SampleRef]) -> Result<(), StageError> {
        let mut writer = ShardWriter::create(path, self.shape).map_err(StageError::failed)?;
        let mut stored = BTreeMap::new();
        for &(song, sample) in pieces {
            let Some(row) = self.row((song, sample)) else { continue };
            let read;
            let measures = match (&self.samples[song], &self.known) {
                (Samples::New(song), _) => song.measures(sample),
                (Samples::Reused(range), Some(known)) => {
                    read = measures(known, range.start + sample, &mut stored)?;
                    read.iter().map(Vec::as_slice).collect()
                }
                (Samples::Reused(_), None) => continue,
            };
            let song = &self.songs[song];
            writer
                .push(&NewSample {
                    song: &song.notes_digest,
                    group: &song.group,
                    path: &song.path,
                    first_measure: row.first_measure,
                    transposition: 0,
                    time_signature: row.time_signature,
                    measures: &measures,
                })
                .map_err(StageError::failed)?;
        }
        writer.finish().map_err(StageError::failed)
    }

    /// What the overview tells of a sample, as far as that follows from the windowing.
    fn row(&self, (song, sample): SampleRef) -> Option<SampleView<'_>> {
        match &self.samples[song] {
            Samples::New(cut) => Some(cut.row(sample)),
            Samples::Reused(range) => self.known.as_ref()?.rows.get(range.start + sample),
        }
    }

    /// Writes the overview, in the order of the shards, which are written by now.
    pub(super) fn write_overview(mut self, path: &Path) -> Result<(), StageError> {
        for samples in &mut self.samples {
            if let Samples::New(song) = samples {
                song.forget_cells();
            }
        }
        let mut rows = Vec::with_capacity(self.sides.iter().map(Vec::len).sum());
        for (split, pieces) in SPLITS.into_iter().zip(&self.sides) {
            for &piece in pieces {
                let Song { notes_digest, group, path, .. } = &self.songs[piece.0];
                let row = self.row(piece);
                rows.extend(row.map(|row| SampleView {
                    split: split.as_str(),
                    group,
                    song: notes_digest,
                    path,
                    ..row
                }));
            }
        }
        write(path, &rows).map_err(StageError::failed)
    }
}

/// The measures of a sample of the last run; shards that were read stay in `open`.
fn measures(
    known: &PreviousExtract,
    index: usize,
    open: &mut BTreeMap<usize, (usize, SampleSet)>,
) -> Result<Vec<Vec<u16>>, StageError> {
    let shard = known.shard_of(index);
    let (first, set) = match open.entry(shard) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => entry.insert(known.open_shard(shard)?),
    };
    Ok(set.measures(index - *first))
}
