//! The drawn songs as the page shows them.

use super::songs::Drawn;
use crate::metrics::SongFeatures;
use crate::metrics::features::FEATURES;
use crate::metrics::form::Form;
use crate::music::roll::RollShape;
use crate::report::image::{Surface, roll_extent, with_melody};
use crate::report::page::{NamedSection, SongCard, SongForm, SongTime};
use crate::stage_api::StageError;
use rayon::prelude::*;

/// Features that a card tells.
const TOLD: [&str; 6] = [
    "onsets",
    "pitch_range",
    "pitch_classes",
    "distinct_measures",
    "effective_measures",
    "best_period",
];

/// The first `shown` songs.
pub(super) fn song_cards(
    drawn: &[Drawn],
    features: &[SongFeatures],
    shape: &RollShape,
    shown: usize,
) -> Result<Vec<SongCard>, StageError> {
    let songs = drawn.par_iter().zip(features).take(shown);
    songs.map(|(song, values)| card(song, values, shape)).collect()
}

fn card(song: &Drawn, values: &SongFeatures, shape: &RollShape) -> Result<SongCard, StageError> {
    let melody = shape.song(&song.melody);
    let png = with_melody(&song.measures, &melody, shape, Surface::Clear);
    let chosen = FEATURES.iter().filter(|feature| TOLD.contains(&feature.name));
    Ok(SongCard {
        title: song.name.clone(),
        png: png.map_err(StageError::failed)?,
        has_melody: !song.melody.is_empty(),
        features: chosen
            .map(|feature| (feature.label.to_owned(), short(feature.of(values))))
            .collect(),
        time: time(song, shape),
        form: form(&song.measures),
        midi: song.midi.clone(),
        musicxml: song.musicxml.clone(),
        npy: song.npy.clone(),
    })
}

fn form(song: &[Vec<u16>]) -> SongForm {
    let Form { motifs, sections } = Form::of(song);
    let named = |section: crate::metrics::form::Section| NamedSection {
        first: section.first,
        measures: section.measures,
        name: section.name.word().to_owned(),
    };
    SongForm { motifs, sections: sections.into_iter().map(named).collect() }
}

fn time(song: &Drawn, shape: &RollShape) -> SongTime {
    let quarters =
        4.0 * f64::from(song.signature.numerator()) / f64::from(song.signature.denominator());
    SongTime {
        seconds: shape.measures() as f64 * quarters * 60.0 / f64::from(song.tempo.max(1)),
        measures: shape.measures(),
        beats: song.signature.beats().into(),
        roll_extent: roll_extent(shape),
    }
}

/// Whole numbers as such, others with two decimals.
fn short(value: f64) -> String {
    if !value.is_finite() {
        "-".into()
    } else if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}
