//! Section on the latent space: its units and components, and the music along its main directions.

use super::cards::{card_list, picture};
use super::chart::chart_grid;
use super::number::fixed;
use super::section::{Section, scroll_box, unless_blank};
use super::table::Column::{self, Number, Text};
use super::table::{number_cell, table_head};
use super::{ComponentRow, LatentSpace};
use crate::metrics::latent::Expected;
use crate::report::escape::escape;

const DIRECTIONS: &str = "<h3>Main directions</h3>\n\
     <p class=\"quiet\">The directions in which the codes of the training samples vary most. Each is followed two \
     standard deviations from the mean code to either side; the pictures show both ends and the middle, with as \
     many notes as the median training sample has. Expected notes measure density, mean pitch measures register \
     (60 is middle C), and pitch-class entropy and the share in one scale measure tonality: a direction \
     controls the values that change along it.</p>\n";

const INTERPOLATION: &str = "<h3>From one song to another</h3>\n\
     <p class=\"quiet\">Linear interpolation in the latent space from the first generated song to the second, in \
     five steps, each with as many notes as the median training sample has.</p>\n";

pub(super) fn section(space: &Option<LatentSpace>) -> Option<Section> {
    let LatentSpace { summary, charts, components, interpolation } = space.as_ref()?;
    let directions =
        unless_blank(&card_list("", components, card), |cards| format!("{DIRECTIONS}{cards}"));
    let interpolation = interpolation.as_ref().map_or_else(String::new, |png| {
        let alt_text = "Pianorolls of five songs from the first generated song to the second";
        let picture = scroll_box(alt_text, &picture(png, alt_text));
        format!("{INTERPOLATION}<div class=\"strips\">{picture}</div>\n")
    });
    Some(Section {
        id: "latent",
        heading: "Latent space",
        body: format!(
            "<p class=\"lead\">{}</p>\n{}{directions}{interpolation}",
            escape(summary),
            chart_grid(charts)
        ),
    })
}

fn card(_: usize, component: &ComponentRow) -> String {
    let ComponentRow { title, share, steps, png } = component;
    let positions: Vec<String> = steps.iter().map(|(deviations, _)| signed(*deviations)).collect();
    let positions = positions.iter().map(|position| Number(position));
    let columns = std::iter::once(Text("Standard deviations from the mean")).chain(positions);
    let columns: Vec<Column<'_>> = columns.collect();
    let line = |name: &str, places: usize, value: fn(&Expected) -> f64| {
        let cells = steps.iter().map(|(_, expected)| number_cell(value(expected), places));
        format!("<tr><th scope=\"row\">{name}</th>{}</tr>\n", cells.collect::<String>())
    };
    let table = format!(
        "<table class=\"directions\">{}<tbody>{}{}{}{}</tbody></table>\n",
        table_head(&columns),
        line("Expected notes", 0, |expected| expected.onsets),
        line("Mean pitch", 1, |expected| expected.pitch_mean),
        line("Pitch-class entropy", 2, |expected| expected.pitch_class_entropy),
        line("Notes in one scale", 2, |expected| expected.scale_consistency),
    );
    let alt_text = format!("Pianorolls of {title} at both ends and in the middle");
    format!(
        "<li class=\"card\"><figure>\n<figcaption><h4>{}</h4>\
         <span class=\"measure\">{} % of the variance</span></figcaption>\n{}{}</figure>\n</li>\n",
        escape(title),
        fixed(100.0 * share, 1),
        scroll_box(&format!("Values along {title}"), &table),
        scroll_box(&alt_text, &picture(png, &alt_text)),
    )
}

/// Formats a whole number with its sign: −2, 0, +1.
fn signed(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", fixed(value, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn component_shows_the_expected_values_at_each_step() {
        let step = |deviations: f64| {
            let expected = Expected {
                onsets: 300.0 + 100.0 * deviations,
                pitch_mean: 60.0,
                pitch_class_entropy: 2.5,
                scale_consistency: f64::NAN,
            };
            (deviations, expected)
        };
        let title = "Component 1".to_owned();
        let steps = vec![step(-2.0), step(0.0), step(2.0)];
        let html = card(1, &ComponentRow { title, share: 0.125, steps, png: vec![1] });
        for text in
            [">−2<", ">0<", ">+2<", ">100<", ">500<", ">60.0<", ">2.50<", ">–<", "12.5 % of"]
        {
            assert!(html.contains(text), "{text}: {html}");
        }
    }

    #[test]
    fn model_without_posteriors_has_no_section() {
        assert!(section(&None).is_none());
    }
}
