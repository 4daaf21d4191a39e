//! What the latent space holds, and what its main directions play.

use super::escape::escape;
use super::number::fixed;
use super::plot::plot;
use super::section::{Section, scroll_box};
use super::songs::picture;
use super::{ComponentRow, ComponentStep, LatentSpace};

const DIRECTIONS: &str = "<h3>What the main directions do</h3>\n\
     <p class=\"quiet\">The directions in which the codes of the training samples differ most. From the mean code \
     it goes two deviations either way; the pictures show both ends and the middle, with as many notes as the \
     median training sample has. Expected notes tell the density, mean pitch the register (60 is middle C), \
     pitch-class entropy and the share in one scale the tonality: what a direction moves, it means.</p>\n";

const BETWEEN: &str = "<h3>From one song to another</h3>\n\
     <p class=\"quiet\">The straight way through the latent space from the first drawn song to the second, in \
     five steps, each with as many notes as the median training sample has.</p>\n";

pub(super) fn section(space: &Option<LatentSpace>) -> Option<Section> {
    let LatentSpace { summary, plots, components, between } = space.as_ref()?;
    let plots: String = plots.iter().map(plot).collect();
    let rows: String = components.iter().map(component).collect();
    let directions = match rows.as_str() {
        "" => rows,
        rows => format!("{DIRECTIONS}<ol class=\"cards\">\n{rows}</ol>\n"),
    };
    let between = between.as_ref().map_or_else(String::new, |png| {
        let words = "Pianorolls of five songs on the way from the first drawn song to the second";
        let picture = picture(png, words);
        format!("{BETWEEN}<div class=\"strips\">{}</div>\n", scroll_box(words, &picture))
    });
    Some(Section {
        id: "latent",
        heading: "Latent space",
        body: format!(
            "<p class=\"verdict\">{}</p>\n<div class=\"charts\">\n{plots}</div>\n{directions}{between}",
            escape(summary)
        ),
    })
}

fn component(row: &ComponentRow) -> String {
    let ComponentRow { title, share, steps, png } = row;
    let title = escape(title);
    let heads: String = steps
        .iter()
        .map(|step| {
            format!("<th scope=\"col\" class=\"number\">{}</th>", deviations(step.deviations))
        })
        .collect();
    let line = |name: &str, places: usize, value: fn(&ComponentStep) -> f64| {
        let cells: String = steps
            .iter()
            .map(|step| format!("<td class=\"number\">{}</td>", fixed(value(step), places)))
            .collect();
        format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>\n")
    };
    let table = format!(
        "<table class=\"directions\"><thead><tr><th scope=\"col\">Deviations from the mean</th>{heads}</tr>\
         </thead>\n<tbody>{}{}{}{}</tbody></table>\n",
        line("Expected notes", 0, |step| step.onsets),
        line("Mean pitch", 1, |step| step.pitch_mean),
        line("Pitch-class entropy", 2, |step| step.pitch_class_entropy),
        line("Notes in one scale", 2, |step| step.scale_consistency),
    );
    let words = format!("Pianorolls of {} at both ends and in the middle", row.title);
    format!(
        "<li class=\"card\"><figure>\n<figcaption><h4>{title}</h4>\
         <span class=\"measure\">{} of 100 of the variance</span></figcaption>\n{}{}</figure>\n</li>\n",
        fixed(100.0 * share, 1),
        scroll_box(&format!("What {} moves", row.title), &table),
        scroll_box(&words, &picture(png, &words)),
    )
}

/// −2, 0, +1.
fn deviations(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", fixed(value, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_shows_what_it_moves_at_each_place() {
        let step = |deviations: f64| ComponentStep {
            deviations,
            onsets: 300.0 + 100.0 * deviations,
            pitch_mean: 60.0,
            pitch_class_entropy: 2.5,
            scale_consistency: f64::NAN,
        };
        let title = "Component 1".to_owned();
        let steps = vec![step(-2.0), step(0.0), step(2.0)];
        let html = component(&ComponentRow { title, share: 0.125, steps, png: vec![1] });
        for text in
            [">−2<", ">0<", ">+2<", ">100<", ">500<", ">60.0<", ">2.50<", ">–<", "12.5 of 100"]
        {
            assert!(html.contains(text), "{text}: {html}");
        }
    }

    #[test]
    fn a_model_without_posteriors_has_no_section() {
        assert!(section(&None).is_none());
    }
}
