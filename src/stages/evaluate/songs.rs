//! Reads generated songs, and computes the metrics of sets of songs.

use super::reference::Song;
use crate::columnar::{SongRow, read};
use crate::metrics::diversity::pair_jaccard;
use crate::metrics::features::{FEATURES, KEY_FEATURES};
use crate::metrics::form::{Form, SectionName};
use crate::metrics::{Quartiles, SongFeatures, describe, summary};
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use crate::report::array::read_song;
use crate::stage_api::{InputSet, Result, StageError};
use rayon::prelude::*;
use std::path::Path;

/// Maximum number of pairs of songs in the mean similarity.
const MAX_PAIRS: usize = 2000;

/// A generated song.
pub(super) struct GeneratedSong {
    pub(super) name: String,
    pub(super) measures: Song,
    /// Cells of the melody, numbered through all measures.
    pub(super) melody: Vec<u32>,
    /// Quarter notes per minute.
    pub(super) tempo: u32,
    pub(super) signature: TimeSignature,
    /// The song's files.
    pub(super) midi: Vec<u8>,
    pub(super) musicxml: Vec<u8>,
    pub(super) npy: Vec<u8>,
}

/// Metrics of a set of songs.
pub(super) struct SongSetMetrics {
    /// Features of each song.
    pub(super) songs: Vec<SongFeatures>,
    /// Mean similarity of two songs.
    pub(super) pair_jaccard: Option<f64>,
    /// Mean similarity of two measures of a song.
    pub(super) measure_jaccard: Option<f64>,
    /// Share of the songs in which a phrase has each of [`SectionName::ALL`]; `None` without a song.
    pub(super) sections: Option<[f64; 5]>,
    /// Share of the songs whose phrases have names.
    pub(super) named: Option<f64>,
    /// In the order of [`FEATURES`].
    pub(super) features: Vec<Option<Quartiles>>,
}

impl SongSetMetrics {
    /// Computes the metrics of a set of songs.
    pub(super) fn compute(songs: &[Song], shape: &RollShape) -> Self {
        let features: Vec<SongFeatures> =
            songs.par_iter().map(|song| describe(song, shape)).collect();
        let forms: Vec<Form> = songs.par_iter().map(|song| Form::new(song)).collect();
        let share = |holds: &dyn Fn(&Form) -> bool| {
            forms.iter().filter(|form| holds(form)).count() as f64 / forms.len() as f64
        };
        let has_song = !songs.is_empty();
        let measure_jaccard = summary(features.iter().map(|song| song.measure_jaccard));
        Self {
            pair_jaccard: pair_jaccard(songs, MAX_PAIRS),
            measure_jaccard: measure_jaccard.map(|values| values.mean),
            sections: has_song.then(|| {
                SectionName::ALL
                    .map(|name| share(&|form| form.sections.iter().any(|it| it.name == name)))
            }),
            named: has_song.then(|| share(&|form| !form.sections.is_empty())),
            features: FEATURES
                .iter()
                .map(|feature| summary(features.iter().map(|song| (feature.value)(song))))
                .collect(),
            songs: features,
        }
    }
}

/// Returns for each of [`KEY_FEATURES`] whether the median of the generated songs is between the quartiles of the real ones;
/// `None` if one of the two is undefined.
pub(super) fn within_quartiles(
    generated: &SongSetMetrics,
    real: &SongSetMetrics,
) -> [(&'static str, Option<bool>); KEY_FEATURES.len()] {
    KEY_FEATURES.map(|name| {
        let index = FEATURES.iter().position(|feature| feature.name == name);
        let both = index.and_then(|index| generated.features[index].zip(real.features[index]));
        (name, both.map(|(generated, real)| (real.q1..=real.q3).contains(&generated.median)))
    })
}

/// Reads the songs of a `generate` stage.
pub(super) fn read_generated(set: &InputSet, shape: &RollShape) -> Result<Vec<GeneratedSong>> {
    let rows: Vec<SongRow> = read(set.file("songs.parquet")?)?;
    let song = |row: SongRow| -> Result<GeneratedSong> {
        let path = |path: Option<String>| {
            path.ok_or_else(|| {
                StageError::with_hint(
                    "the songs have no arrays and sheets, only MIDI files",
                    "generate them with 'files: all'",
                )
            })
        };
        let bytes = |path: &str| Ok::<_, StageError>(fs_err::read(set.file(path)?)?);
        let npy_path = path(row.npy)?;
        let npy = bytes(&npy_path)?;
        let measures = read_song(&npy, shape)
            .map_err(|error| StageError::failed(format!("{npy_path}: {error}")))?;
        let name = Path::new(&npy_path).file_stem().unwrap_or_default();
        Ok(GeneratedSong {
            name: name.to_string_lossy().into_owned(),
            measures,
            melody: row.melody,
            tempo: row.tempo,
            signature: row.time_signature.parse().unwrap_or(TimeSignature::COMMON),
            midi: bytes(&row.mid)?,
            musicxml: bytes(&path(row.sheet)?)?,
            npy,
        })
    };
    rows.into_iter().map(song).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_equal_songs_are_within_the_quartiles_and_undefined_without_songs() {
        let shape = RollShape::THESIS;
        let song = |notes: u16| -> Song {
            (0..16).map(|at| (at..at + notes).map(|note| note * 97).collect()).collect()
        };
        let real: Vec<Song> = (4..12).map(song).collect();
        let count = |generated: &[Song], inside: Option<bool>| {
            let [generated, real] =
                [generated, &real].map(|songs| SongSetMetrics::compute(songs, &shape));
            let within = within_quartiles(&generated, &real);
            within.iter().filter(|(_, found)| *found == inside).count()
        };
        assert_eq!(count(&real, Some(true)), 6);
        assert!(count(&[song(60), song(61)], Some(true)) < 6);
        assert_eq!(count(&[], None), 6);
    }
}
