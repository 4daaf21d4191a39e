//! Strip below a song's picture: measures tinted by motif, and named phrases.

use crate::metrics::form::Form;

/// Size of the strip in SVG units: as wide as the picture above it, so that their measures line up.
const WIDTH: f64 = 1580.0;
const CELL: f64 = 26.0;
const NAMES: f64 = 30.0;
/// Number of tints in the style sheet; further motifs start again at the first.
const TINTS: usize = 6;

/// Draws the strip; nothing for a song without measures. `roll_extent` holds the positions of the first and the last
/// bar line, as fractions of the picture's width.
pub(super) fn form_strip(form: &Form, roll_extent: [f64; 2]) -> String {
    let Form { motifs, sections } = form;
    if motifs.is_empty() {
        return String::new();
    }
    let [from, to] = roll_extent.map(|share| share * WIDTH);
    let width = (to - from) / motifs.len() as f64;
    let left = |measure: usize| from + measure as f64 * width;
    let cells = motifs.iter().enumerate().filter_map(|(measure, motif)| {
        let recurs = motifs.iter().filter(|other| *other == motif).count() > 1;
        Some(cell(left(measure), width, (*motif)?, recurs))
    });
    let names = sections.iter().map(|section| {
        let (left, right) = (left(section.first), left(section.first + section.measures));
        format!(
            "<path class=\"brace\" d=\"M{:.1} {:.1}v5H{:.1}v-5\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            left + 4.0,
            CELL + 4.0,
            right - 4.0,
            (left + right) / 2.0,
            CELL + NAMES - 3.0,
            section.name,
        )
    });
    let height = if sections.is_empty() { CELL + 2.0 } else { CELL + NAMES + 2.0 };
    format!(
        "<svg class=\"form\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">{}{}</svg>\n",
        alt_text(form),
        cells.collect::<String>(),
        names.collect::<String>(),
    )
}

fn cell(left: f64, width: f64, motif: usize, recurs: bool) -> String {
    let tint = if recurs { format!(" motif-{}", motif % TINTS + 1) } else { String::new() };
    format!(
        "<rect class=\"motif{tint}\" x=\"{:.1}\" y=\"1\" width=\"{:.1}\" height=\"{}\" rx=\"4\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
        left + 1.5,
        width - 3.0,
        CELL - 1.0,
        left + width / 2.0,
        CELL / 2.0 + 7.0,
        letter(motif),
    )
}

/// Returns a motif's name: A to Z, then numbers.
fn letter(motif: usize) -> String {
    match u8::try_from(motif) {
        Ok(motif @ 0..26) => char::from(b'A' + motif).to_string(),
        _ => (motif + 1).to_string(),
    }
}

/// Describes the strip in words, for screen readers.
fn alt_text(form: &Form) -> String {
    let motif = |motif: &Option<usize>| motif.map_or_else(|| "silence".to_owned(), letter);
    let motifs: Vec<String> = form.motifs.iter().map(motif).collect();
    let sections = form.sections.iter().map(|section| {
        let (first, last) = (section.first + 1, section.first + section.measures);
        format!(" Measures {first} to {last}: {}.", section.name)
    });
    format!("Motifs of the measures: {}.{}", motifs.join(" "), sections.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::form::{Section, SectionName};

    #[test]
    fn motif_is_tinted_only_if_it_recurs() {
        let motifs = vec![Some(0), Some(1), Some(0), None];
        let sections = vec![Section { first: 0, measures: 2, name: SectionName::Verse }];
        let html = form_strip(&Form { motifs, sections }, [0.0, 1.0]);
        let classes = |class: &str| html.matches(&format!("class=\"{class}\"")).count();
        assert_eq!((classes("motif motif-1"), classes("motif"), classes("brace")), (2, 1, 1));
        let words = "Motifs of the measures: A B A silence. Measures 1 to 2: verse.";
        assert!(html.contains(words) && html.contains(">verse</text>"), "{html}");
        assert!(html.contains("x=\"396.5\""), "the second measure begins at a quarter: {html}");
    }

    #[test]
    fn song_without_measures_has_no_strip() {
        let form = Form { motifs: Vec::new(), sections: Vec::new() };
        assert_eq!(form_strip(&form, [0.0, 1.0]), "");
    }

    #[test]
    fn motifs_beyond_the_alphabet_are_numbers() {
        assert_eq!((letter(25), letter(26), letter(300)), ("Z".into(), "27".into(), "301".into()));
    }
}
