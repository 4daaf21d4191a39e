//! Drawn songs beside real ones.

use crate::columnar::{SongRow, read};
use crate::metrics::diversity::pair_jaccard;
use crate::metrics::features::{FEATURES, KEY_FEATURES};
use crate::metrics::form::{Form, SectionName};
use crate::metrics::{Quartiles, SongFeatures, describe, summary};
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use crate::report::array::read_song;
use crate::stage_api::{InputSet, StageError};
use rayon::prelude::*;

/// Pairs of songs that diversity is the mean of, at most.
const PAIRS: usize = 2000;

/// A drawn song as the report shows it.
pub(super) struct Drawn {
    pub(super) name: String,
    pub(super) measures: Vec<Vec<u16>>,
    /// Cells of the melody, counted through the song.
    pub(super) melody: Vec<u32>,
    /// Quarter notes a minute.
    pub(super) tempo: u32,
    pub(super) signature: TimeSignature,
    /// Its files.
    pub(super) midi: Vec<u8>,
    pub(super) musicxml: Vec<u8>,
    pub(super) npy: Vec<u8>,
}

/// What a set of songs is like.
pub(super) struct SetFigures {
    pub(super) count: usize,
    pub(super) songs: Vec<SongFeatures>,
    pub(super) pair_jaccard: Option<f64>,
    /// Mean over the songs of their mean measure similarity.
    pub(super) measure_jaccard: Option<f64>,
    /// Share of the songs in which a phrase has each of [`SectionName::ALL`]; `None` without a song.
    pub(super) sections: Option<[f64; 5]>,
    /// Share of the songs whose phrases have names.
    pub(super) named: Option<f64>,
    /// In the order of [`FEATURES`].
    pub(super) features: Vec<Option<Quartiles>>,
}

/// Drawn songs and real ones.
pub(super) struct Compared {
    pub(super) drawn: SetFigures,
    pub(super) real: SetFigures,
    pub(super) within: Within,
}

/// Whether the median of the drawn songs lies between the quartiles of the real ones.
pub(super) struct Within {
    /// For each of [`KEY_FEATURES`]; `None` where one of the two is undefined.
    pub(super) features: Vec<(&'static str, Option<bool>)>,
}

impl Within {
    fn of(drawn: &SetFigures, real: &SetFigures) -> Self {
        let of = |name: &'static str| {
            let place = FEATURES.iter().position(|feature| feature.name == name);
            let both = place.and_then(|place| drawn.features[place].zip(real.features[place]));
            (name, both.map(|(drawn, real)| (real.q1..=real.q3).contains(&drawn.median)))
        };
        Self { features: KEY_FEATURES.map(of).to_vec() }
    }

    /// In how many features it does; `None` where no feature is reference.
    pub(super) fn count(&self) -> Option<usize> {
        let mut reference = self.features.iter().filter_map(|(_, inside)| *inside).peekable();
        reference.peek()?;
        Some(reference.filter(|inside| *inside).count())
    }
}

/// Reads the songs that a `generate` stage made.
pub(super) fn drawn(set: &InputSet, shape: &RollShape) -> Result<Vec<Drawn>, StageError> {
    let rows: Vec<SongRow> = read(set.file("songs.parquet")?).map_err(StageError::failed)?;
    rows.into_iter()
        .map(|row| {
            let bytes = |path: &str| Ok::<_, StageError>(fs_err::read(set.file(path)?)?);
            let npy = bytes(&row.npy)?;
            let measures = read_song(&npy, shape)
                .map_err(|error| StageError::failed(format!("{}: {error}", row.npy)))?;
            Ok(Drawn {
                name: stem(&row.npy).to_owned(),
                measures,
                melody: row.melody,
                tempo: row.tempo,
                signature: row.time_signature.parse().unwrap_or(TimeSignature::COMMON),
                midi: bytes(&row.mid)?,
                musicxml: bytes(&row.sheet)?,
                npy,
            })
        })
        .collect()
}

/// A file's name without folder and extension.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

pub(super) fn compare(
    drawn: &[Vec<Vec<u16>>],
    real: &[Vec<Vec<u16>>],
    shape: &RollShape,
) -> Compared {
    let (drawn, real) = (figures(drawn, shape), figures(real, shape));
    Compared { within: Within::of(&drawn, &real), drawn, real }
}

fn figures(songs: &[Vec<Vec<u16>>], shape: &RollShape) -> SetFigures {
    let described: Vec<SongFeatures> = songs.par_iter().map(|song| describe(song, shape)).collect();
    let forms: Vec<Form> = songs.par_iter().map(|song| Form::of(song)).collect();
    let share = |holds: &dyn Fn(&Form) -> bool| {
        forms.iter().filter(|form| holds(form)).count() as f64 / forms.len() as f64
    };
    let some = !songs.is_empty();
    let of = |index: usize| summary(described.iter().map(|song| FEATURES[index].of(song)));
    let measure_jaccard = summary(described.iter().map(|song| song.measure_jaccard));
    SetFigures {
        count: songs.len(),
        pair_jaccard: pair_jaccard(songs, PAIRS),
        measure_jaccard: measure_jaccard.map(|values| values.mean),
        sections: some.then(|| {
            SectionName::ALL
                .map(|name| share(&|form| form.sections.iter().any(|part| part.name == name)))
        }),
        named: some.then(|| share(&|form| !form.sections.is_empty())),
        features: (0..FEATURES.len()).map(of).collect(),
        songs: described,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn songs_like_the_real_ones_are_within_their_quartiles_and_none_are_not_known() {
        let shape = RollShape::THESIS;
        let song = |notes: u16| -> Vec<Vec<u16>> {
            (0..16).map(|at| (at..at + notes).map(|note| note * 97).collect()).collect()
        };
        let real: Vec<_> = (4..12).map(song).collect();
        let count = |drawn: &[Vec<Vec<u16>>]| compare(drawn, &real, &shape).within.count();
        assert_eq!(count(&real), Some(6));
        assert!(count(&[song(60), song(61)]) < Some(6));
        assert_eq!(count(&[]), None);
    }
}
