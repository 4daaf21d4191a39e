//! Cards with pictures.

use super::section::{scroll_box, unless_blank};
use crate::report::escape::escape;
use base64::{Engine, prelude::BASE64_STANDARD};

/// Renders a list of cards, numbered from 1; `class` is added to that of the list. Nothing without an item.
pub(super) fn card_list<T>(class: &str, items: &[T], card: fn(usize, &T) -> String) -> String {
    let cards: String = (1..).zip(items).map(|(number, item)| card(number, item)).collect();
    unless_blank(&cards, |cards| format!("<ol class=\"cards{class}\">\n{cards}</ol>\n"))
}

/// Pictures under a heading.
pub(super) struct Card<'a> {
    /// Id of the heading, unique on the page.
    pub(super) id: String,
    /// Heading, plain text.
    pub(super) title: &'a str,
    /// HTML beside the heading.
    pub(super) aside: String,
    /// Text below the pictures, plain text.
    pub(super) below: &'a str,
    /// Each picture as PNG, with its alternative text.
    pub(super) pictures: Vec<(&'a [u8], String)>,
}

impl Card<'_> {
    pub(super) fn html(&self) -> String {
        let Self { id, title, aside, below, pictures } = self;
        let images: String =
            pictures.iter().map(|(png, alt_text)| picture(png, alt_text)).collect();
        let below = unless_blank(below, |below| {
            format!("<p class=\"below quiet\">{}</p>\n", escape(below))
        });
        format!(
            "<li class=\"card\"><figure aria-labelledby=\"{id}\">\n\
             <figcaption><h3 id=\"{id}\">{}</h3>{aside}</figcaption>\n{}{below}</figure>\n\
             </li>\n",
            escape(title),
            scroll_box(&format!("Picture of {title}"), &images),
        )
    }
}

/// Renders a PNG inside the page; `alt_text` is plain text.
pub(super) fn picture(png: &[u8], alt_text: &str) -> String {
    format!(
        "<img loading=\"lazy\" decoding=\"async\"{size} alt=\"{alt_text}\" \
         src=\"data:image/png;base64,{data}\">\n",
        size = size(png),
        alt_text = escape(alt_text),
        data = BASE64_STANDARD.encode(png),
    )
}

/// Returns attributes with the picture's size, so that the layout does not shift when it appears.
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
    fn picture_has_its_size_and_alternative_text() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend([0, 0, 6, 44, 0, 0, 1, 154]);
        let html = picture(&png, "Pianoroll of <one>");
        assert!(html.contains("width=\"1580\" height=\"410\" alt=\"Pianoroll of &lt;one&gt;\""));
    }

    #[test]
    fn bytes_that_are_not_a_png_have_no_size() {
        assert_eq!((size(b""), size(b"GIF89a, and more bytes than a header")), Default::default());
    }
}
