//! Pictures of validation samples beside their reconstruction, and of drawn songs beside what is nearest to
//! them.

use super::escape::escape;
use super::features::{numbers, strip};
use super::number::fixed;
use super::section::{Section, scroll_box};
use super::{Comparison, Copying, NearestPair};
use crate::metrics::Quartiles;
use base64::{Engine, prelude::BASE64_STANDARD};

pub(super) fn reconstructions(samples: &[Comparison]) -> Option<Section> {
    let cards = numbered(samples, comparison);
    (!samples.is_empty()).then(|| Section {
        id: "samples",
        heading: "Reconstructed samples",
        body: format!(
            "<p>Music that the model was not trained on, and its attempt to give it back.</p>\n\
             <ul class=\"legend\">\
             <li><span class=\"swatch found\"></span> found: in both</li>\
             <li><span class=\"swatch added\"></span> added: by the model alone</li>\
             <li><span class=\"swatch missed\"></span> missed: in the sample alone</li></ul>\n\
             <ol class=\"cards\">\n{cards}</ol>\n"
        ),
    })
}

const MOVED: &str = "Where a training sample may be played up to an octave higher or lower and begin at any \
     of its measures, drawn songs";

/// Drawn songs beside the training samples that are most like them.
pub(super) fn copying(copying: &Copying) -> Option<Section> {
    let cards = numbered(&copying.pairs, pair);
    let cards = match cards.as_str() {
        "" => cards,
        _ => format!("<ol class=\"cards pairs\">\n{cards}</ol>\n"),
    };
    (copying.drawn.is_some() || !copying.pairs.is_empty()).then(|| Section {
        id: "copying",
        heading: "Copying",
        body: format!(
            "{}{}<p>For each drawn song, the training sample that shares most of its notes. Likeness is the \
             share of their notes that two songs have in common: 1 is a copy. Music repeats itself, so the \
             yardstick is what music that the model never saw finds among the training samples.{}</p>\n{}{cards}",
            verdict("Drawn songs", copying.drawn, copying.real),
            verdict(MOVED, copying.drawn_moved, copying.real_moved),
            match copying.check.trim() {
                "" => String::new(),
                check => format!(" {}", escape(check)),
            },
            scroll_box("Likeness to the nearest training sample", &likeness(copying)),
        ),
    })
}

/// A sentence: are drawn songs nearer to the training samples than music that was not trained on?
fn verdict(who: &str, drawn: Option<Quartiles>, real: Option<Quartiles>) -> String {
    let Some((drawn, real)) = drawn.zip(real) else {
        return String::new();
    };
    let how = match drawn.median.total_cmp(&real.median) {
        std::cmp::Ordering::Greater => "are <strong>nearer</strong> to the training samples than",
        _ => "are <strong>no nearer</strong> to the training samples than",
    };
    format!(
        "<p class=\"verdict\">{who} {how} music that the model never saw: median likeness {} \
         against {}.</p>\n",
        fixed(drawn.median, 3),
        fixed(real.median, 3),
    )
}

fn likeness(copying: &Copying) -> String {
    let Copying { drawn, real, drawn_moved, real_moved, .. } = copying;
    let row = |class: &str, name: &str, quartiles: Option<&Quartiles>| {
        let most = quartiles.map_or(f64::NAN, |quartiles| quartiles.max);
        format!(
            "<tr><th scope=\"row\"><span class=\"swatch {class}\"></span> {name}</th>{}\
             <td class=\"number\">{}</td>",
            numbers(quartiles, 3, ""),
            fixed(most, 3)
        )
    };
    let rows = |how: &str, drawn: Option<&Quartiles>, real: Option<&Quartiles>| {
        format!(
            "<tbody>\n{}<td class=\"wide\" rowspan=\"2\">{}</td></tr>\n{}</tr>\n</tbody>\n",
            row("drawn", &format!("drawn songs{how}"), drawn),
            strip(drawn, real, 3),
            row("real", &format!("validation samples{how}"), real),
        )
    };
    format!(
        "<table class=\"scores\">\n<thead><tr><th scope=\"col\">Likeness of</th>\
         <th scope=\"col\" class=\"number\">Median</th><th scope=\"col\" class=\"number\">Largest</th>\
         <th scope=\"col\">Range</th></tr></thead>\n{}{}</table>\n",
        rows("", drawn.as_ref(), real.as_ref()),
        match (drawn_moved, real_moved) {
            (None, None) => String::new(),
            (drawn, real) => rows(", moved", drawn.as_ref(), real.as_ref()),
        },
    )
}

fn pair(number: usize, pair: &NearestPair) -> String {
    let NearestPair { title, nearest, similarity, .. } = pair;
    let likeness = fixed(*similarity, 3);
    Card {
        id: format!("nearest-{number}"),
        title: &format!("{title} and {nearest}"),
        below: &pair.moved,
        aside: format!("<span class=\"measure\">likeness <b>{likeness}</b></span>"),
        pictures: vec![
            (pair.drawn.as_slice(), format!("Pianoroll of {title}, drawn")),
            (
                pair.sample.as_slice(),
                format!("Pianoroll of {nearest}, a training sample; likeness {likeness}"),
            ),
        ],
    }
    .html()
}

/// Cards with their numbers, from 1.
pub(super) fn numbered<T>(cards: &[T], html: fn(usize, &T) -> String) -> String {
    cards.iter().enumerate().map(|(at, card)| html(at + 1, card)).collect()
}

fn comparison(number: usize, sample: &Comparison) -> String {
    let f1 = fixed(sample.f1, 3);
    Card {
        id: format!("sample-{number}"),
        title: &sample.title,
        below: "",
        aside: format!("<span class=\"measure\">F1 <b>{f1}</b></span>"),
        pictures: vec![(
            sample.png.as_slice(),
            format!("Pianoroll of {} with found, added and missed notes; F1 {f1}", sample.title),
        )],
    }
    .html()
}

/// Pictures with a heading.
struct Card<'a> {
    /// Of the heading, unique on the page.
    id: String,
    title: &'a str,
    /// HTML beside the heading.
    aside: String,
    /// Below the pictures, plain text.
    below: &'a str,
    /// Each as PNG, and in words, plain text.
    pictures: Vec<(&'a [u8], String)>,
}

impl Card<'_> {
    fn html(&self) -> String {
        let Self { id, title, aside, below, pictures } = self;
        let below = match below.trim() {
            "" => String::new(),
            below => format!("<p class=\"below quiet\">{}</p>\n", escape(below)),
        };
        let images: String = pictures.iter().map(|(png, words)| picture(png, words)).collect();
        format!(
            "<li class=\"card\"><figure aria-labelledby=\"{id}\">\n\
             <figcaption><h3 id=\"{id}\">{title}</h3>{aside}</figcaption>\n{picture}{below}</figure>\n\
             </li>\n",
            picture = scroll_box(&format!("Picture of {title}"), &images),
            title = escape(title),
        )
    }
}

/// A picture as PNG, and what it shows in words, plain text.
pub(super) fn picture(png: &[u8], words: &str) -> String {
    format!(
        "<img loading=\"lazy\" decoding=\"async\"{size} alt=\"{words}\" \
         src=\"data:image/png;base64,{data}\">\n",
        size = size(png),
        words = escape(words),
        data = BASE64_STANDARD.encode(png),
    )
}

/// Attributes with the picture's size, so that the page does not move when it appears.
fn size(png: &[u8]) -> String {
    let side = |at: usize| {
        let bytes = png.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    match (png.starts_with(b"\x89PNG\r\n\x1a\n"), side(16), side(20)) {
        (true, Some(width), Some(height)) => format!(" width=\"{width}\" height=\"{height}\""),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_size_and_its_words() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend([0, 0, 6, 44, 0, 0, 1, 154]);
        let html = picture(&png, "Pianoroll of <one>");
        assert!(html.contains("width=\"1580\" height=\"410\" alt=\"Pianoroll of &lt;one&gt;\""));
    }

    #[test]
    fn what_is_no_picture_has_no_size() {
        assert_eq!((size(b""), size(b"GIF89a, and more bytes than a header")), Default::default());
    }
}
