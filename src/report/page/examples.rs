//! Section with reconstructed samples.

use super::Comparison;
use super::cards::{Card, card_list};
use super::number::fixed;
use super::section::Section;

pub(super) fn section(samples: &[Comparison]) -> Option<Section> {
    (!samples.is_empty()).then(|| Section {
        id: "samples",
        heading: "Reconstructed samples",
        body: format!(
            "<p>Held-out music, and the model's reconstruction of it.</p>\n\
             <ul class=\"legend\">\
             <li><span class=\"swatch found\"></span> found: in both</li>\
             <li><span class=\"swatch added\"></span> added: only in the reconstruction</li>\
             <li><span class=\"swatch missed\"></span> missed: only in the sample</li></ul>\n{}",
            card_list("", samples, card)
        ),
    })
}

fn card(number: usize, sample: &Comparison) -> String {
    let Comparison { title, png, f1 } = sample;
    let f1 = fixed(*f1, 3);
    let alt_text = format!("Pianoroll of {title} with found, added and missed notes; F1 {f1}");
    let card = Card {
        id: format!("sample-{number}"),
        title,
        aside: format!("<span class=\"measure\">F1 <b>{f1}</b></span>"),
        below: "",
        pictures: vec![(png, alt_text)],
    };
    card.html()
}
