//! Values of the report's cards of generated songs.

use super::songs::GeneratedSong;
use crate::metrics::SongFeatures;
use crate::metrics::features::FEATURES;
use crate::metrics::form::Form;
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use crate::report::image::{Surface, roll_extent, with_melody};
use crate::report::page::{SongCard, SongTime};
use crate::stage_api::Result;
use rayon::prelude::*;

/// Features that a card shows.
const SHOWN: [&str; 6] = [
    "onsets",
    "pitch_range",
    "pitch_classes",
    "distinct_measures",
    "effective_measures",
    "best_period",
];

/// Builds the cards of the first `shown` songs.
pub(super) fn song_cards(
    songs: &[GeneratedSong],
    features: &[SongFeatures],
    shape: &RollShape,
    shown: usize,
) -> Result<Vec<SongCard>> {
    let songs = songs.par_iter().zip(features).take(shown);
    songs.map(|(song, features)| card(song, features, shape)).collect()
}

fn card(song: &GeneratedSong, features: &SongFeatures, shape: &RollShape) -> Result<SongCard> {
    let melody = shape.song(&song.melody);
    let png = with_melody(&song.measures, &melody, shape, Surface::Clear);
    let shown = FEATURES.iter().filter(|feature| SHOWN.contains(&feature.name));
    Ok(SongCard {
        title: song.name.clone(),
        png: png?,
        has_melody: !song.melody.is_empty(),
        features: shown
            .map(|feature| (feature.label.to_owned(), short((feature.value)(features))))
            .collect(),
        time: time(song.signature, song.tempo, shape),
        form: Form::new(&song.measures),
        midi: song.midi.clone(),
        musicxml: song.musicxml.clone(),
        npy: song.npy.clone(),
    })
}

/// Returns the duration and meter of a song at a tempo in quarter notes per minute.
pub(super) fn time(signature: TimeSignature, tempo: u32, shape: &RollShape) -> SongTime {
    let quarters = 4.0 * f64::from(signature.numerator()) / f64::from(signature.denominator());
    SongTime {
        seconds: shape.measures() as f64 * quarters * 60.0 / f64::from(tempo.max(1)),
        measures: shape.measures(),
        beats: signature.beats().into(),
        roll_extent: roll_extent(shape),
    }
}

/// Formats a whole number in full, and other numbers with two decimal places.
fn short(value: f64) -> String {
    if !value.is_finite() {
        "-".into()
    } else if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}
