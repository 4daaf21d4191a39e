//! Songs that the last run cut.

use super::song::Samples;
use super::{selected_rows, split};
use crate::columnar::{CatalogRow, SampleSet, ScoreSet, ScoreView, Split};
use crate::stage::{Context, InputFile, InputSet, Previous, StageError};
use crate::stages::corpus;
use std::collections::HashMap;
use std::ops::Range;

/// Parameters that say which samples are kept and where, and not how a song is cut.
const NOT_OF_CUTTING: [&str; 2] = ["limit", "validation"];

/// What the last run cut out of which score.
pub(super) struct Known {
    /// Each content that was cut, with the notes digest that its samples carry and the side that it was on.
    cut: HashMap<String, (String, Split)>,
    /// Whether songs of the two sides are cut alike.
    alike: bool,
    /// The scores then; `None`: they are today's file.
    scores: Option<ScoreSet>,
    /// Training and validation samples, in place.
    sides: [SampleSet; 2],
    /// Where the samples of each song lie; those that gave none are absent.
    places: HashMap<String, (usize, Range<usize>)>,
}

impl Known {
    /// What a stage's last outputs hold; `None` when its songs were cut in another way, or when what they
    /// were cut from is not in the store any more.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(super) fn open(context: &Context<'_>) -> Result<Option<Self>, StageError> {
        let Some(previous) = context.previous else { return Ok(None) };
        if !previous.agrees(context.params, &NOT_OF_CUTTING) {
            return Ok(None);
        }
        let (then, now) = (previous.upstream("catalog")?, context.input("catalog")?);
        let Some(catalog) = find(then, "catalog.parquet").filter(|file| file.is_whole()) else {
            return Ok(None);
        };
        let scores = match (find(then, "scores.arrow"), find(now, "scores.arrow")) {
            (Some(then), Some(now)) if then.digest == now.digest => None,
            // A damaged row equals none of today's, so these need no check.
            (Some(then), _) if then.location.is_file() => {
                Some(ScoreSet::open(&then.location).map_err(StageError::failed)?)
            }
            _ => return Ok(None),
        };
        let rows = selected_rows(&catalog.location, previous.inputs.filter.as_deref())?;
        let number = |name: &str| previous.inputs.params.get(name)?.text.parse::<f64>().ok();
        let [validation, measures, hop, offset] = ["validation", "measures", "hop", "offset"]
            .map(|name| number(name).unwrap_or(f64::NAN));
        let song = |row: CatalogRow| {
            (row.notes_digest.unwrap_or_default(), split::side(&row.group, validation))
        };
        let cut = rows.into_iter().map(|(digest, row)| (digest, song(row))).collect();
        let sides = [
            corpus::samples(&previous.outputs, "train")?,
            corpus::samples(&previous.outputs, "validation")?,
        ];
        let alike = offset == 0.0 && (hop == 0.0 || hop == measures);
        let mut known = Self { cut, alike, scores, places: places(&sides), sides };
        known.forget_unfinished(previous);
        Ok(Some(known))
    }

    /// The samples that were cut out of a content with this score, perhaps none; `None` when it was not cut,
    /// or not as it would be on this side.
    pub(super) fn samples(&self, score: &ScoreView<'_>, side: Split) -> Option<Samples<'_>> {
        let (song, side_then) = self.cut.get(score.digest)?;
        if !self.alike && *side_then != side {
            return None;
        }
        let then = self.scores.as_ref().map_or(Some(*score), |scores| scores.find(score.digest));
        if then != Some(*score) {
            return None;
        }
        let (side, range) = self.places.get(song).cloned().unwrap_or_default();
        Some(Samples::Stored(&self.sides[side], range))
    }

    /// Where a limit ended the last run, the last song may lack samples, and those after it lack all.
    fn forget_unfinished(&mut self, previous: &Previous) {
        let limit = previous.inputs.params.get("limit").and_then(|limit| limit.text.parse().ok());
        let written: usize = self.sides.iter().map(SampleSet::len).sum();
        if limit == Some(0) || limit.is_some_and(|limit: usize| written < limit) {
            return;
        }
        let last = self.places.keys().max().cloned().unwrap_or_default();
        self.cut.retain(|_, (song, _)| *song < last);
    }
}

fn find<'a>(set: &'a InputSet, path: &str) -> Option<&'a InputFile> {
    set.files.iter().find(|file| file.path == path)
}

/// Where each song's samples lie. They stand together: a shard is a stretch of whole songs.
fn places(sides: &[SampleSet; 2]) -> HashMap<String, (usize, Range<usize>)> {
    let mut places: HashMap<String, (usize, Range<usize>)> = HashMap::new();
    for (side, set) in sides.iter().enumerate() {
        for index in 0..set.len() {
            let song = set.meta(index).song;
            match places.get_mut(song) {
                Some((_, range)) => range.end = index + 1,
                None => {
                    places.insert(song.to_owned(), (side, index..index + 1));
                }
            }
        }
    }
    places
}
