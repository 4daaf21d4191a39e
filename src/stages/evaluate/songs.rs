//! Drawn songs beside real ones.

use crate::metrics::diversity::pair_jaccard;
use crate::metrics::features::FEATURES;
use crate::metrics::{Quartiles, Shape, SongFeatures, describe, summary};
use crate::report::array::read_song;
use crate::stage::{InputSet, StageError};
use rayon::prelude::*;

/// Pairs of songs that diversity is the mean of, at most.
const PAIRS: usize = 2000;

/// A drawn song as the report shows it.
pub(super) struct Drawn {
    pub(super) name: String,
    pub(super) measures: Vec<Vec<u16>>,
    pub(super) midi: Vec<u8>,
}

/// What a set of songs is like.
pub(super) struct SetFigures {
    pub(super) count: usize,
    pub(super) songs: Vec<SongFeatures>,
    pub(super) pair_jaccard: Option<f64>,
    /// Mean over the songs of their mean measure similarity.
    pub(super) measure_jaccard: Option<f64>,
    /// In the order of [`FEATURES`].
    pub(super) features: Vec<Option<Quartiles>>,
}

/// Drawn songs and real ones.
pub(super) struct Compared {
    pub(super) drawn: SetFigures,
    pub(super) real: SetFigures,
}

/// Reads the songs that a `generate` stage made.
pub(super) fn drawn(set: &InputSet, shape: &Shape) -> Result<Vec<Drawn>, StageError> {
    set.below("songs/npy/", ".npy")
        .map(|file| {
            let name = file.path.trim_start_matches("songs/npy/").trim_end_matches(".npy");
            let measures = read_song(&fs_err::read(&file.location)?, shape)
                .map_err(|error| StageError::failed(format!("{}: {error}", file.path)))?;
            let midi = fs_err::read(set.file(&format!("songs/midi/{name}.mid"))?)?;
            Ok(Drawn { name: name.to_owned(), measures, midi })
        })
        .collect()
}

pub(super) fn compare(drawn: &[Drawn], real: &[Vec<Vec<u16>>], shape: &Shape) -> Compared {
    let drawn: Vec<Vec<Vec<u16>>> = drawn.iter().map(|song| song.measures.clone()).collect();
    Compared { drawn: figures(&drawn, shape), real: figures(real, shape) }
}

fn figures(songs: &[Vec<Vec<u16>>], shape: &Shape) -> SetFigures {
    let described: Vec<SongFeatures> = songs.par_iter().map(|song| describe(song, shape)).collect();
    let of = |index: usize| summary(described.iter().map(|song| FEATURES[index].of(song)));
    let measure_jaccard = summary(described.iter().map(|song| song.measure_jaccard));
    SetFigures {
        count: songs.len(),
        pair_jaccard: pair_jaccard(songs, PAIRS),
        measure_jaccard: measure_jaccard.map(|values| values.mean),
        features: (0..FEATURES.len()).map(of).collect(),
        songs: described,
    }
}
