//! Section on copying: generated songs beside their nearest training samples.

use super::cards::{Card, card_list};
use super::number::fixed;
use super::range_strip::range_strip;
use super::section::{Section, scroll_box, unless_blank};
use super::table::Column::{Number, Text};
use super::table::{number_cell, quartiles_cell, table_head};
use super::{Copying, NearestPair, Similarities};
use crate::report::escape::escape;

const ALIGNED: &str = "If a training sample may be transposed by up to an octave and rotated to begin at any of \
     its measures, generated songs";

pub(super) fn section(copying: &Copying) -> Option<Section> {
    let Copying { exact, aligned, check, pairs } = copying;
    (exact.generated.is_some() || !pairs.is_empty()).then(|| Section {
        id: "copying",
        heading: "Copying",
        body: format!(
            "{}{}<p>For each generated song, the training sample that shares the most notes with it. The \
             similarity of two songs is the share of their notes that they have in common (Jaccard index): 1 is \
             a copy. Music repeats itself, so the baseline is the similarity of held-out music to the training \
             samples.{}</p>\n{}{}",
            summary_sentence("Generated songs", exact),
            summary_sentence(ALIGNED, aligned),
            unless_blank(check, |check| format!(" {}", escape(check))),
            scroll_box("Similarity to the nearest training sample", &table(copying)),
            card_list(" pairs", pairs, card)
        ),
    })
}

/// Says whether the generated songs are nearer to the training samples than held-out music.
fn summary_sentence(subject: &str, similarities: &Similarities) -> String {
    let Similarities { generated: Some(generated), real: Some(real) } = similarities else {
        return String::new();
    };
    let nearer = if generated.median > real.median { "nearer" } else { "no nearer" };
    format!(
        "<p class=\"lead\">{subject} are <strong>{nearer}</strong> to the training samples than held-out \
         music: median similarity {} against {}.</p>\n",
        fixed(generated.median, 3),
        fixed(real.median, 3),
    )
}

fn table(copying: &Copying) -> String {
    let rows = |suffix: &str, similarities: &Similarities| {
        let [generated, real] = [&similarities.generated, &similarities.real].map(Option::as_ref);
        let strip = range_strip(generated, real, 3);
        let strip = format!("<td class=\"wide\" rowspan=\"2\">{strip}</td>");
        let sets = [
            ("generated", "generated songs", generated, strip.as_str()),
            ("real", "validation samples", real, ""),
        ];
        let rows = sets.map(|(class, name, quartiles, strip)| {
            format!(
                "<tr><th scope=\"row\"><span class=\"swatch {class}\"></span> {name}{suffix}</th>{}{}{strip}</tr>\n",
                quartiles_cell(quartiles, 3, ""),
                number_cell(quartiles.map(|quartiles| quartiles.max), 3),
            )
        });
        format!("<tbody>\n{}</tbody>\n", rows.concat())
    };
    let aligned = match &copying.aligned {
        Similarities { generated: None, real: None } => String::new(),
        similarities => rows(", aligned", similarities),
    };
    format!(
        "<table class=\"scores\">\n{}{}{aligned}</table>\n",
        table_head(&[Text("Similarity of"), Number("Median"), Number("Largest"), Text("Range")]),
        rows("", &copying.exact),
    )
}

fn card(number: usize, pair: &NearestPair) -> String {
    let NearestPair { title, nearest, aligned, generated, sample, .. } = pair;
    let similarity = fixed(pair.similarity, 3);
    let of_sample = format!("Pianoroll of {nearest}, a training sample; similarity {similarity}");
    let card = Card {
        id: format!("nearest-{number}"),
        title: &format!("{title} and {nearest}"),
        aside: format!("<span class=\"measure\">similarity <b>{similarity}</b></span>"),
        below: aligned,
        pictures: vec![
            (generated, format!("Pianoroll of {title}, a generated song")),
            (sample, of_sample),
        ],
    };
    card.html()
}
