//! The samples of the last run, for reuse.

use super::select::{Selection, Song};
use super::split::{HeldOut, SPLITS, are_cut_alike};
use super::write::has_shards;
use crate::columnar::{SampleSet, SampleTable, ShardBoundaries, Split, sample_shard};
use crate::fingerprint::Digest;
use crate::stage_api::{InputFile, InputSet, Previous, Result, StageContext, StageError};
use crate::stages::scores::Scores;
use std::collections::HashMap;
use std::ops::Range;

/// Parameters that do not affect how a song is divided into samples.
const NOT_WINDOWING: [&str; 3] = ["limit", "validation", "judging"];

/// The samples of the last run, and the scores that they come from.
pub(super) struct PreviousExtract {
    /// The samples of each content, perhaps none, and its split.
    songs: HashMap<Digest, (Range<usize>, Split)>,
    /// Whether the songs of all splits are divided in the same way.
    same_windows: bool,
    pub(super) scores: Scores,
    /// Overview of the samples in the order of the shards.
    pub(super) rows: SampleTable,
    /// The samples of each shard, and its file.
    shards: Vec<(Range<usize>, InputFile)>,
}

impl PreviousExtract {
    /// Opens the stage's last outputs. Returns `None` if there are none, if other windowing parameters were used, or if
    /// the catalog of that run is not in the store any more.
    ///
    /// # Errors
    /// Returns an error if the outputs cannot be read.
    pub(super) fn open(context: &StageContext<'_>) -> Result<Option<Self>> {
        let Some(previous) = context.previous else { return Ok(None) };
        if !previous.params_match_except(context.params, &NOT_WINDOWING) {
            return Ok(None);
        }
        let scan = previous.upstream("catalog")?;
        let catalog = scan.files.iter().find(|file| file.path == "catalog.parquet");
        if !catalog.is_some_and(InputFile::is_intact) {
            return Ok(None);
        }
        let (selection, rows) = rayon::join(
            || Selection::open(scan, previous.inputs.filter.as_deref()),
            || read_overview(previous),
        );
        let (Selection { songs, scores, .. }, rows) = (selection?, rows?);
        let ranges = ranges_by_song(&rows);
        let unfinished = unfinished_song(previous, &rows);
        let is_finished =
            |song: &&Song| unfinished.is_none_or(|last| song.notes_digest.as_str() < last);
        let number = |name: &str| previous.inputs.params.get(name)?.text.parse::<f64>().ok();
        let [measures, hop, offset] =
            ["measures", "hop", "offset"].map(|name| number(name).unwrap_or(f64::NAN));
        // Runs before the parameter `judging` have no such side.
        let [validation, judging] =
            ["validation", "judging"].map(|name| number(name).unwrap_or_default());
        let held_out = HeldOut { validation, judging };
        let songs = songs.iter().filter(is_finished).map(|song| {
            let range = ranges.get(song.notes_digest.as_str()).cloned().unwrap_or_default();
            (song.content, (range, held_out.side_of(&song.group)))
        });
        Ok(Some(Self {
            songs: songs.collect(),
            same_windows: offset == 0.0 && (hop == 0.0 || hop == measures),
            scores,
            shards: shards(&previous.outputs, &rows)?,
            rows,
        }))
    }

    /// Returns the samples of a content, perhaps none. Returns `None` if it was not processed, or if it would be divided
    /// differently in this split.
    pub(super) fn samples(&self, content: &Digest, split: Split) -> Option<Range<usize>> {
        let (samples, old_split) = self.songs.get(content)?;
        (self.same_windows || are_cut_alike(*old_split, split)).then(|| samples.clone())
    }

    /// Returns the number of samples and the file of the shard that starts with this sample.
    pub(super) fn shard_from(&self, first: usize) -> Option<(usize, &InputFile)> {
        let (range, file) = self.shards.get(self.shard_of(first))?;
        (range.start == first).then_some((range.len(), file))
    }

    /// Returns the number of the shard that holds a sample.
    pub(super) fn shard_of(&self, sample: usize) -> usize {
        self.shards.partition_point(|(range, _)| range.end <= sample)
    }

    /// Reads a shard, and returns it with the index of its first sample.
    ///
    /// # Errors
    /// Returns an error if the shard cannot be read, or has another number of samples than the overview.
    pub(super) fn open_shard(&self, shard: usize) -> Result<(usize, SampleSet)> {
        let (range, file) = &self.shards[shard];
        let set = SampleSet::open(std::slice::from_ref(&file.location));
        let set = set?;
        if set.len() == range.len() { Ok((range.start, set)) } else { Err(inconsistent()) }
    }
}

/// Reads the overview of the last run.
pub(super) fn read_overview(previous: &Previous) -> Result<SampleTable> {
    Ok(SampleTable::open(previous.outputs.file("samples.parquet")?)?)
}

/// Returns the samples of each song. They are consecutive, because shards hold whole songs.
fn ranges_by_song(rows: &SampleTable) -> HashMap<&str, Range<usize>> {
    let mut ranges: HashMap<&str, Range<usize>> = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        ranges.entry(row.song).or_insert(index..index).end = index + 1;
    }
    ranges
}

/// Returns the last song before a limit ended the last run: it may lack samples, and later songs lack all of them.
fn unfinished_song<'a>(previous: &Previous, rows: &'a SampleTable) -> Option<&'a str> {
    let limit = previous.inputs.params.get("limit").and_then(|limit| limit.text.parse().ok());
    if limit == Some(0) || limit.is_some_and(|limit: usize| rows.len() < limit) {
        return None;
    }
    Some(rows.iter().map(|row| row.song).max().unwrap_or_default())
}

/// Returns the shards of all splits with their samples: shard boundaries follow from the songs.
fn shards(outputs: &InputSet, rows: &SampleTable) -> Result<Vec<(Range<usize>, InputFile)>> {
    let mut shards = Vec::new();
    let mut start = 0;
    for split in SPLITS {
        let rows = rows.iter().skip(start).take_while(|row| row.split == split.as_str());
        let songs: Vec<&str> = rows.map(|row| row.song).collect();
        if !has_shards(split, songs.len()) {
            continue;
        }
        for (number, range) in shard_ranges(songs.into_iter()).into_iter().enumerate() {
            let path = format!("samples/{}", sample_shard(split, number));
            let file = outputs.files.iter().find(|file| file.path == path);
            let file = file.ok_or_else(inconsistent)?.clone();
            shards.push((start + range.start..start + range.end, file));
        }
        start = shards.last().map_or(0, |(range, _)| range.end);
    }
    if start != rows.len() || shards.len() != outputs.files_under("samples/", ".arrow").count() {
        return Err(inconsistent());
    }
    Ok(shards)
}

fn inconsistent() -> StageError {
    StageError::failed("the overview does not match the shards")
}

/// Returns the samples of each shard of a split, given the song of each sample. There is at least one shard.
pub(super) fn shard_ranges<'a>(songs: impl Iterator<Item = &'a str>) -> Vec<Range<usize>> {
    let mut boundaries = ShardBoundaries::default();
    let (mut ranges, mut start, mut end) = (Vec::new(), 0, 0);
    for song in songs {
        if boundaries.starts_shard(song) {
            ranges.push(start..end);
            start = end;
        }
        end += 1;
    }
    ranges.push(start..end);
    ranges
}
