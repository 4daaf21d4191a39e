//! Pairs of a real and a generated song, for a listening test.
//!
//! Both have the same kind of MIDI file and picture, so that they differ in their music alone.

use super::reference::{ReferenceData, Song};
use super::song_cards::time;
use super::songs::GeneratedSong;
use crate::metrics::form::Form;
use crate::metrics::judges::choose;
use crate::music::meter::TimeSignature;
use crate::music::midi::{Lengths, RollOptions, roll_to_piece, write};
use crate::music::note::Velocity;
use crate::music::roll::RollShape;
use crate::report::image::{Surface, with_melody};
use crate::report::page::{Pair, SongCard};
use crate::stage_api::Result;
use partita_numerics::rng::{Purpose, draw_bool, stream};

/// Number of pairs.
const PAIRS: usize = 20;

/// Pairs generated songs, evenly spread, with real songs of as many groups as possible.
pub(super) fn pairs(reference: &ReferenceData, generated: &[GeneratedSong]) -> Result<Vec<Pair>> {
    let (_, samples) = reference.judged();
    let real = choose(&samples.groups(), PAIRS.min(generated.len()));
    let count = real.len();
    let pair = |(at, sample): (usize, usize)| {
        let song = &generated[at * generated.len() / count];
        let meta = samples.meta(sample);
        let is_first = draw_bool(&mut stream(0, Purpose::Pair, at as u64), 0.5);
        let [real_name, generated_name] = if is_first { ["A", "B"] } else { ["B", "A"] };
        let card = |name: &str, measures: &Song, signature: TimeSignature| {
            card(format!("{} {name}", at + 1), measures, signature, song.tempo, &reference.shape)
        };
        let signature = meta.time_signature.parse().unwrap_or(TimeSignature::COMMON);
        let real = card(real_name, &samples.measures(sample), signature)?;
        let generated = card(generated_name, &song.measures, song.signature)?;
        Ok(Pair {
            songs: if is_first { [real, generated] } else { [generated, real] },
            answer: format!(
                "{real_name} is real: {} from measure {} on. {generated_name} is {}.",
                meta.path,
                meta.first_measure + 1,
                song.name
            ),
        })
    };
    real.into_iter().enumerate().map(pair).collect()
}

fn card(
    title: String,
    measures: &Song,
    signature: TimeSignature,
    tempo: u32,
    shape: &RollShape,
) -> Result<SongCard> {
    let options = RollOptions {
        title: title.clone(),
        comment: None,
        tempo,
        program: 0,
        signature,
        velocity: Velocity::clamped(80),
        lengths: Lengths::UntilNext,
    };
    Ok(SongCard {
        title,
        png: with_melody(measures, &[], shape, Surface::Clear)?,
        has_melody: false,
        features: Vec::new(),
        form: Form { motifs: Vec::new(), sections: Vec::new() },
        time: time(signature, tempo, shape),
        midi: write(&roll_to_piece(measures, shape, &options)?),
        musicxml: Vec::new(),
        npy: Vec::new(),
    })
}
