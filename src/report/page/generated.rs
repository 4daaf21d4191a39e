//! The drawn songs: pictures, players, downloads.

use super::SongCard;
use super::escape::escape;
use super::form::strip;
use super::player::{controls, downloads, timing};
use super::section::{Section, definitions, scroll_box};
use super::songs::{numbered, picture};

const READING: &str = "Time runs to the right, with numbered measure lines; pitch runs upwards, with a line \
     below every C (C4 is middle C). A block is where a note starts. Its colour is its pitch class: neighbours \
     on the circle of fifths look alike, so notes of one key blend and strangers stand out.";

const MELODY: &str = " A red frame marks the melody: the notes that the model is surest of, which the thesis \
     reads as the loudest.";

const FORM: &str = "Below the picture, measures that share at least half of their notes have one letter, with a \
     tint where it returns. Phrases of a quarter of the song have names where one returns: the first is the \
     verse, the second the chorus; what does not return is intro, bridge or outro.";

pub(super) fn section(songs: &[SongCard], form: &str) -> Option<Section> {
    let melody = if songs.iter().any(|song| song.has_melody) { MELODY } else { "" };
    let cards = numbered(songs, card);
    (!songs.is_empty()).then(|| Section {
        id: "songs",
        heading: "Drawn songs",
        body: format!(
            "<p>{READING}{melody} <span class=\"player-help\">A click into a picture \
             goes there.</span></p>\n<p>{FORM} {}</p>\n<ol class=\"cards\">\n{cards}</ol>\n",
            escape(form),
        ),
    })
}

fn card(number: usize, song: &SongCard) -> String {
    let title = escape(&song.title);
    let features: Vec<String> = song.features.iter().map(|(n, v)| format!("{n}: {v}")).collect();
    let words = format!("Pianoroll of {}. {}", song.title, features.join(", "));
    let roll = format!(
        "<div class=\"roll\">{}{}<span class=\"head\"></span></div>\n",
        picture(&song.png, &words),
        strip(&song.form, song.time.roll_extent),
    );
    format!(
        "<li class=\"card song\"{timing}><figure aria-labelledby=\"song-{number}\">\n\
         <figcaption><h3 id=\"song-{number}\">{title}</h3>{downloads}</figcaption>\n\
         {controls}{roll}</figure>\n{features}</li>\n",
        timing = timing(song),
        downloads = downloads(song),
        controls = controls(song),
        roll = scroll_box(&format!("Picture of {}", song.title), &roll),
        features = definitions("features", &song.features),
    )
}
