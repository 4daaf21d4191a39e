//! A strip below a song's picture: its measures tinted by motif, its phrases named.

use super::SongForm;
use super::escape::escape;

/// Size of the strip in SVG units: as wide as the picture above it, so that measures stand below each other.
const WIDTH: f64 = 1580.0;
const CELL: f64 = 26.0;
const NAMES: f64 = 30.0;
/// Tints that the style sheet has; further motifs start over.
const TINTS: usize = 6;

/// The strip; nothing for a song of no measures. `roll_extent` is where the first and the last bar line are across
/// the picture, as shares of its width.
pub(super) fn strip(form: &SongForm, roll_extent: [f64; 2]) -> String {
    let SongForm { motifs, sections } = form;
    if motifs.is_empty() {
        return String::new();
    }
    let [from, to] = roll_extent.map(|share| share * WIDTH);
    let width = (to - from) / motifs.len() as f64;
    let cells: String = motifs
        .iter()
        .enumerate()
        .map(|(measure, motif)| cell(from + measure as f64 * width, width, *motif, motifs))
        .collect();
    let names: String = sections
        .iter()
        .map(|section| {
            let left = from + section.first as f64 * width;
            let right = left + section.measures as f64 * width;
            format!(
                "<path class=\"brace\" d=\"M{:.1} {:.1}v5H{:.1}v-5\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                left + 4.0,
                CELL + 4.0,
                right - 4.0,
                (left + right) / 2.0,
                CELL + NAMES - 3.0,
                escape(&section.name),
            )
        })
        .collect();
    let height = if sections.is_empty() { CELL + 2.0 } else { CELL + NAMES + 2.0 };
    format!(
        "<svg class=\"form\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">{cells}{names}</svg>\n",
        escape(&words(form))
    )
}

fn cell(left: f64, width: f64, motif: Option<usize>, all: &[Option<usize>]) -> String {
    let Some(number) = motif else {
        return String::new();
    };
    let again = all.iter().filter(|other| **other == motif).count() > 1;
    let tint = if again { format!(" motif-{}", number % TINTS + 1) } else { String::new() };
    format!(
        "<rect class=\"motif{tint}\" x=\"{:.1}\" y=\"1\" width=\"{:.1}\" height=\"{}\" rx=\"4\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
        left + 1.5,
        width - 3.0,
        CELL - 1.0,
        left + width / 2.0,
        CELL / 2.0 + 7.0,
        letter(number),
    )
}

/// A, B, C, ... Z, then numbers.
fn letter(motif: usize) -> String {
    match u8::try_from(motif) {
        Ok(motif @ 0..26) => char::from(b'A' + motif).to_string(),
        _ => (motif + 1).to_string(),
    }
}

/// The strip for who does not see it.
fn words(form: &SongForm) -> String {
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
    use super::super::NamedSection;
    use super::*;

    #[test]
    fn a_motif_that_returns_is_tinted_and_one_that_does_not_is_not() {
        let motifs = vec![Some(0), Some(1), Some(0), None];
        let name = "verse".to_owned();
        let sections = vec![NamedSection { first: 0, measures: 2, name }];
        let html = strip(&SongForm { motifs, sections }, [0.0, 1.0]);
        let classes = |class: &str| html.matches(&format!("class=\"{class}\"")).count();
        assert_eq!((classes("motif motif-1"), classes("motif"), classes("brace")), (2, 1, 1));
        let words = "Motifs of the measures: A B A silence. Measures 1 to 2: verse.";
        assert!(html.contains(words) && html.contains(">verse</text>"), "{html}");
        assert!(html.contains("x=\"396.5\""), "the second measure begins at a quarter: {html}");
    }

    #[test]
    fn a_song_without_measures_has_no_strip() {
        assert_eq!(strip(&SongForm::default(), [0.0, 1.0]), "");
    }

    #[test]
    fn motifs_beyond_the_alphabet_are_numbers() {
        assert_eq!((letter(25), letter(26), letter(300)), ("Z".into(), "27".into(), "301".into()));
    }
}
