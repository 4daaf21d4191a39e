//! Songs that the last run cut.

use super::select::{Selection, Song};
use super::split;
use crate::columnar::{SampleSet, SampleTable, ShardBoundaries, Split, sample_shard};
use crate::fingerprint::Digest;
use crate::stage_api::{InputFile, InputSet, Previous, StageContext, StageError};
use crate::stages::scores::Scores;
use std::collections::HashMap;
use std::ops::Range;

/// Parameters that say which samples are kept and where, and not how a song is cut.
const NOT_WINDOWING: [&str; 2] = ["limit", "validation"];

/// What the last run cut out of which score.
pub(super) struct PreviousExtract {
    /// Each content that was cut, with the samples it gave, perhaps none, and the side that it was on.
    cut: HashMap<Digest, (Range<usize>, Split)>,
    /// Whether songs of the two sides are cut same_windows.
    same_windows: bool,
    /// The scores then.
    pub(super) scores: Scores,
    /// The overview then: training samples, then validation samples, as they stand in the shards.
    pub(super) rows: SampleTable,
    /// Which samples each shard holds, and where it lies.
    shards: Vec<(Range<usize>, InputFile)>,
}

impl PreviousExtract {
    /// What a stage's last outputs hold; `None` when its songs were cut in another way, or when what they
    /// were cut from is not in the store any more.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(super) fn open(context: &StageContext<'_>) -> Result<Option<Self>, StageError> {
        let Some(previous) = context.previous else { return Ok(None) };
        if !previous.params_match_except(context.params, &NOT_WINDOWING) {
            return Ok(None);
        }
        let then = previous.upstream("catalog")?;
        let catalog = then.files.iter().find(|file| file.path == "catalog.parquet");
        if !catalog.is_some_and(InputFile::is_intact) {
            return Ok(None);
        }
        let overview = previous.outputs.file("samples.parquet")?;
        let (selection, rows) = rayon::join(
            || Selection::of(then, previous.inputs.filter.as_deref()),
            || SampleTable::open(overview).map_err(StageError::failed),
        );
        let (Selection { songs, scores, .. }, rows) = (selection?, rows?);
        let places = places(&rows);
        let last = unfinished(previous, &rows);
        let finished = |song: &Song| last.is_none_or(|last| song.notes_digest.as_str() < last);
        let number = |name: &str| previous.inputs.params.get(name)?.text.parse::<f64>().ok();
        let [validation, measures, hop, offset] = ["validation", "measures", "hop", "offset"]
            .map(|name| number(name).unwrap_or(f64::NAN));
        let same_windows = offset == 0.0 && (hop == 0.0 || hop == measures);
        let cut = songs.iter().filter(|song| finished(song)).map(|song| {
            let place = places.get(song.notes_digest.as_str()).cloned().unwrap_or_default();
            (song.content, (place, split::side(&song.group, validation)))
        });
        let cut = cut.collect();
        let shards = shards(&previous.outputs, &rows)?;
        Ok(Some(Self { cut, same_windows, scores, rows, shards }))
    }

    /// The samples that a content gave when it was cut, perhaps none; `None` when it was not cut, or not as it
    /// would be on this side.
    pub(super) fn samples(&self, content: &Digest, side: Split) -> Option<Range<usize>> {
        let (samples, side_then) = self.cut.get(content)?;
        (self.same_windows || *side_then == side).then(|| samples.clone())
    }

    /// The shard that begins with this sample, and how many it has.
    pub(super) fn shard_from(&self, first: usize) -> Option<(usize, &InputFile)> {
        let at = self.shards.partition_point(|(range, _)| range.end <= first);
        let (range, file) = self.shards.get(at)?;
        (range.start == first).then_some((range.len(), file))
    }

    /// The shard that holds a sample.
    pub(super) fn shard_of(&self, sample: usize) -> usize {
        self.shards.partition_point(|(range, _)| range.end <= sample)
    }

    /// Reads a shard; with it the number of its first sample.
    ///
    /// # Errors
    /// When it cannot be read, or holds another number of samples than the overview tells.
    pub(super) fn open_shard(&self, shard: usize) -> Result<(usize, SampleSet), StageError> {
        let (range, file) = &self.shards[shard];
        let set = SampleSet::open(std::slice::from_ref(&file.location));
        let set = set.map_err(StageError::failed)?;
        if set.len() != range.len() {
            return Err(disagree());
        }
        Ok((range.start, set))
    }
}

/// Where each song's samples lie. They stand together: a shard is a stretch of whole songs.
fn places(rows: &SampleTable) -> HashMap<&str, Range<usize>> {
    let mut places: HashMap<&str, Range<usize>> = HashMap::new();
    let mut last = ("", 0);
    for (index, row) in rows.iter().enumerate() {
        if row.song != last.0 && index > 0 {
            places.insert(last.0, last.1..index);
        }
        if row.song != last.0 {
            last = (row.song, index);
        }
    }
    if !rows.is_empty() {
        places.insert(last.0, last.1..rows.len());
    }
    places
}

/// Where a limit ended the last run, the last song may lack samples, and those after it lack all: that song.
fn unfinished<'a>(previous: &Previous, rows: &'a SampleTable) -> Option<&'a str> {
    let limit = previous.inputs.params.get("limit").and_then(|limit| limit.text.parse().ok());
    if limit == Some(0) || limit.is_some_and(|limit: usize| rows.len() < limit) {
        return None;
    }
    Some(rows.iter().map(|row| row.song).max().unwrap_or_default())
}

/// The shards of both sides with the samples that they hold: where they end follows from the songs.
fn shards(
    outputs: &InputSet,
    rows: &SampleTable,
) -> Result<Vec<(Range<usize>, InputFile)>, StageError> {
    let mut shards = Vec::new();
    let mut start = 0;
    for split in [Split::Train, Split::Validation] {
        let side = rows.iter().skip(start).take_while(|row| row.split == split.as_str());
        for (number, range) in ranges(side.map(|row| row.song)).into_iter().enumerate() {
            let path = format!("samples/{}", sample_shard(split, number));
            let file = outputs.files.iter().find(|file| file.path == path).ok_or_else(disagree)?;
            shards.push((start + range.start..start + range.end, file.clone()));
        }
        start = shards.last().map_or(0, |(range, _)| range.end);
    }
    if start != rows.len() || shards.len() != outputs.files_under("samples/", ".arrow").count() {
        return Err(disagree());
    }
    Ok(shards)
}

fn disagree() -> StageError {
    StageError::failed("the overview of the samples and their shards disagree")
}

/// The shards of one side, given the song of each sample; at least one.
pub(super) fn ranges<'a>(songs: impl Iterator<Item = &'a str>) -> Vec<Range<usize>> {
    let mut cuts = ShardBoundaries::default();
    let (mut ranges, mut start, mut end) = (Vec::new(), 0, 0);
    for song in songs {
        if cuts.starts_shard(song) {
            ranges.push(start..end);
            start = end;
        }
        end += 1;
    }
    ranges.push(start..end);
    ranges
}
