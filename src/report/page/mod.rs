//! Renders `report.html`: a [`Report`] in, one self-contained page out.
//!
//! The page requests nothing from any server. A content security policy enforces this, and allows only the page's own
//! scripts. The page follows the reader's light or dark setting, scrolls wide content in boxes of its own, and
//! prints. Every text of a [`Report`] is plain and passes through `escape`, the only way into the page; ids are fixed
//! words with a number, never text from outside. A section without content is omitted with its heading.
//!
//! | file | content |
//! |---|---|
//! | `model` | the values of a report |
//! | `reconstruction`, `examples` | reconstruction scores of the model and the baselines; reconstructed samples |
//! | `chart`, `axes`, `scale` | charts, such as the training curves |
//! | `generated`, `player`, `form` | the generated songs: pictures, sound, downloads; motifs and phrases |
//! | `features`, `range_strip` | features of generated and real songs |
//! | `judges` | accuracy of the judges of generated songs |
//! | `two_sample`, `histograms` | two-sample tests, and feature histograms |
//! | `copying` | generated songs beside their nearest training samples |
//! | `latent` | the latent space |
//! | `pairs` | a separate page: which song of a pair is real? |
//! | `runs` | a separate page that compares runs |
//! | `frame`, `section`, `table`, `cards`, `number` | shared building blocks |

mod axes;
mod cards;
mod chart;
mod copying;
mod examples;
mod features;
mod form;
mod frame;
mod generated;
mod histograms;
mod judges;
mod latent;
mod model;
mod number;
mod pairs;
mod player;
mod range_strip;
mod reconstruction;
mod runs;
mod scale;
mod section;
mod table;
mod two_sample;

pub use model::*;
pub use number::number;
pub use pairs::{Pair, render_pairs};
pub use runs::{RunColumn, RunMetric, RunsReport, SettingRow, render_runs};

use crate::report::escape::escape;
use section::{Section, definitions, unless_blank};

/// Renders the report of an evaluation as one HTML page. Equal reports give equal pages.
pub fn render(report: &Report) -> String {
    let sections = [
        headlines(&report.headlines),
        reconstruction::section(&report.reconstruction),
        chart::training_section(&report.curves),
        generated::section(&report.songs, &report.form),
        examples::section(&report.comparisons),
        features::section(&report.features),
        judges::section(&report.judges),
        two_sample::section(&report.two_sample, &report.histograms),
        copying::section(&report.copying),
        latent::section(&report.latent),
        parameters(&report.parameters),
    ];
    let sections: Vec<Section> = sections.into_iter().flatten().collect();
    let Report { title, subtitle, facts, .. } = report;
    frame::page(&frame::Heading { title, subtitle, facts }, &sections, !report.songs.is_empty())
}

fn headlines(headlines: &[Headline]) -> Option<Section> {
    let card = |Headline { label, value, note }: &Headline| {
        let note = unless_blank(note, |note| format!("<dd class=\"quiet\">{}</dd>", escape(note)));
        let (label, value) = (escape(label), escape(value));
        format!(
            "<div class=\"card\"><dt>{label}</dt><dd class=\"value\">{value}</dd>{note}</div>\n"
        )
    };
    let cards: String = headlines.iter().map(card).collect();
    (!headlines.is_empty()).then(|| Section {
        id: "headlines",
        heading: "At a glance",
        body: format!("<dl class=\"headlines\">\n{cards}</dl>\n"),
    })
}

fn parameters(groups: &[(String, Vec<(String, String)>)]) -> Option<Section> {
    let group = |(heading, values): &(String, Vec<(String, String)>)| {
        let values = match definitions("parameters", values) {
            none if none.is_empty() => String::from("<p class=\"quiet\">No parameters.</p>\n"),
            values => values,
        };
        format!("<details><summary>{}</summary>\n{values}</details>\n", escape(heading))
    };
    let body = groups.iter().map(group).collect();
    let section = Section { id: "parameters", heading: "Parameters", body };
    (!groups.is_empty()).then_some(section)
}

#[cfg(test)]
mod tests;
