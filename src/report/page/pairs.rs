//! A page with pairs of a real and a generated song: which one is real?

use super::cards::picture;
use super::frame::{Heading, page};
use super::player::{controls, midi_link, timing};
use super::section::{Section, scroll_box};
use super::{SongCard, number};
use crate::report::escape::escape;

/// A real and a generated song, in random order.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The songs. Their titles, files and pictures must not reveal which one is real.
    pub songs: [SongCard; 2],
    /// Which one is real, in plain text; hidden until the reader opens it.
    pub answer: String,
}

/// Renders the page. Equal pairs give equal pages.
pub fn render_pairs(pairs: &[Pair]) -> String {
    let subtitle = match pairs.len() {
        0 => "There are no generated songs.".to_owned(),
        count => format!(
            "{} pairs of a real and a generated song, at the same tempo and with the same sound. Listen, \
             decide, then open the answer. Guessing is right in half of the pairs.",
            number(count as f64)
        ),
    };
    let list: String = (1..).zip(pairs).map(|(number, pair)| html(number, pair)).collect();
    let body = format!("<ol class=\"cards\">\n{list}</ol>\n");
    let section = Section { id: "pairs", heading: "Pairs", body };
    let sections = if pairs.is_empty() { Vec::new() } else { vec![section] };
    let heading = Heading { title: "Which one is real?", subtitle: &subtitle, facts: &[] };
    page(&heading, &sections, !pairs.is_empty())
}

fn html(number: usize, pair: &Pair) -> String {
    let songs: String = pair.songs.iter().map(song).collect();
    format!(
        "<li><h3>Pair {number}</h3>\n<ol class=\"cards\">\n{songs}</ol>\n\
         <details><summary>Answer to pair {number}</summary>\n<p>{}</p>\n</details></li>\n",
        escape(&pair.answer)
    )
}

fn song(song: &SongCard) -> String {
    let title = escape(&song.title);
    let roll = format!(
        "<div class=\"roll\">{}<span class=\"head\"></span></div>\n",
        picture(&song.png, &format!("Pianoroll of {}", song.title)),
    );
    format!(
        "<li class=\"card song\"{}><figure aria-label=\"{title}\">\n\
         <figcaption><h4>{title}</h4>{}</figcaption>\n{}{}</figure></li>\n",
        timing(song),
        midi_link(song),
        controls(song),
        scroll_box(&format!("Picture of {}", song.title), &roll),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::form::Form;
    use crate::report::page::SongTime;

    fn song(title: &str) -> SongCard {
        SongCard {
            title: title.into(),
            png: Vec::new(),
            has_melody: false,
            features: Vec::new(),
            form: Form { motifs: Vec::new(), sections: Vec::new() },
            time: SongTime { seconds: 32.0, measures: 16, beats: 4, roll_extent: [0.0, 1.0] },
            midi: b"MThd".to_vec(),
            musicxml: Vec::new(),
            npy: Vec::new(),
        }
    }

    #[test]
    fn answer_is_hidden_until_it_is_opened_and_escaped() {
        let answer = "A is real: <b>.mid.".to_owned();
        let html = render_pairs(&[Pair { songs: [song("1 A"), song("1 B")], answer }]);
        let (before, after) = html.split_once("<summary>Answer to pair 1</summary>").unwrap();
        assert!(before.ends_with("<details>") && !before.contains("real:"));
        assert!(after.contains("A is real: &lt;b&gt;.mid."));
        assert_eq!(html.matches("class=\"play\"").count(), 2);
        assert!(html.contains("script-src 'nonce-"));
    }

    #[test]
    fn page_without_pairs_says_why() {
        let html = render_pairs(&[]);
        assert!(html.contains("There are no generated songs.") && !html.contains("<script"));
    }
}
