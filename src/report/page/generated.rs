//! Section with the generated songs: pictures, players, downloads.

use super::SongCard;
use super::cards::{card_list, picture};
use super::form::form_strip;
use super::player::{controls, downloads, timing};
use super::section::{Section, definitions, scroll_box};
use crate::report::escape::escape;

const PIANOROLL: &str = "Time runs to the right, with numbered measure lines; pitch runs upwards, with a line \
     below every C (C4 is middle C). A block marks the start of a note. Its colour is its pitch class: neighbours \
     on the circle of fifths have similar colours, so notes of one key blend and others stand out.";

const MELODY: &str = " A red frame marks the melody: the notes with the highest probabilities, which the thesis \
     treats as the loudest.";

const FORM: &str = "Below the picture, measures that share at least half of their notes have the same letter, with \
     a tint if it recurs. Phrases of a quarter of the song are named if one of them recurs: the first that \
     does is the verse, the second the chorus; the others are intro, bridge or outro.";

pub(super) fn section(songs: &[SongCard], form: &str) -> Option<Section> {
    let melody = if songs.iter().any(|song| song.has_melody) { MELODY } else { "" };
    (!songs.is_empty()).then(|| Section {
        id: "songs",
        heading: "Generated songs",
        body: format!(
            "<p>{PIANOROLL}{melody} <span class=\"player-help\">Click a picture \
             to play from there.</span></p>\n<p>{FORM} {}</p>\n{}",
            escape(form),
            card_list("", songs, card)
        ),
    })
}

fn card(number: usize, song: &SongCard) -> String {
    let features: Vec<String> =
        song.features.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let alt_text = format!("Pianoroll of {}. {}", song.title, features.join(", "));
    let roll = format!(
        "<div class=\"roll\">{}{}<span class=\"head\"></span></div>\n",
        picture(&song.png, &alt_text),
        form_strip(&song.form, song.time.roll_extent),
    );
    format!(
        "<li class=\"card song\"{timing}><figure aria-labelledby=\"song-{number}\">\n\
         <figcaption><h3 id=\"song-{number}\">{title}</h3>{downloads}</figcaption>\n\
         {controls}{roll}</figure>\n{features}</li>\n",
        timing = timing(song),
        title = escape(&song.title),
        downloads = downloads(song),
        controls = controls(song),
        roll = scroll_box(&format!("Picture of {}", song.title), &roll),
        features = definitions("features", &song.features),
    )
}
