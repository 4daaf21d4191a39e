//! `report.html`: what came of a run, for a musician to read. A [`Report`] in, one page out.
//!
//! The page is one file that asks nothing of any server (a content security policy says so to the
//! browser, and lets it run no script but the page's own), follows the reader's light or dark setting, scrolls wide things in a box of their own
//! and prints. Every text of a [`Report`] is plain and passes `escape`, the only way into the page;
//! ids are fixed words or count the cards, never outside text. A part with nothing to show is left
//! out, heading and all.
//!
//! | file | shows |
//! |---|---|
//! | `model` | the values that a report is made of |
//! | `reconstruction` | the model beside answers that need none |
//! | `chart`, `scale` | training curves |
//! | `drawn`, `player`, `form` | the drawn songs: pictures, sound, downloads; motifs and phrases |
//! | `songs` | pictures of samples, and of drawn songs beside what is nearest to them |
//! | `features` | what the drawn songs are like, beside real ones |
//! | `two_sample`, `histograms` | how well they can be told from real ones, together and feature by feature |
//! | `latent`, `plot` | what the latent space holds |
//! | `runs` | a page of its own: several runs side by side |
//! | `frame`, `section`, `number`, `escape` | what all of them are made of |

mod axes;
mod curves;
mod escape;
mod features;
mod form;
mod frame;
mod generated;
mod histograms;
mod latent;
mod model;
mod number;
mod player;
mod plot;
mod reconstruction;
mod runs;
mod scale;
mod section;
mod songs;
mod two_sample;

pub use model::*;
pub use number::number;
pub use runs::{RunColumn, RunMetric, RunsReport, SettingRow, render_runs};

use escape::escape;
use section::{Section, definitions};

/// The page, in UTF-8. Equal reports give equal pages.
pub fn render(report: &Report) -> String {
    let sections: Vec<Section> = [
        headlines(&report.headlines),
        reconstruction::section(&report.reconstruction),
        curves::section(&report.curves),
        generated::section(&report.songs, &report.form),
        songs::reconstructions(&report.comparisons),
        features::section(&report.features),
        two_sample::section(&report.two_sample, &report.histograms),
        songs::copying(&report.copying),
        latent::section(&report.latent),
        parameters(&report.parameters),
    ]
    .into_iter()
    .flatten()
    .collect();
    let Report { title, subtitle, facts, .. } = report;
    frame::page(&frame::Heading { title, subtitle, facts }, &sections, !report.songs.is_empty())
}

fn headlines(headlines: &[Headline]) -> Option<Section> {
    let numbers: String = headlines
        .iter()
        .map(|Headline { label, value, note }| {
            let note = match note.trim() {
                "" => String::new(),
                note => format!("<dd class=\"quiet\">{}</dd>", escape(note)),
            };
            let (label, value) = (escape(label), escape(value));
            format!(
                "<div class=\"card\"><dt>{label}</dt><dd class=\"value\">{value}</dd>{note}</div>\n"
            )
        })
        .collect();
    (!headlines.is_empty()).then(|| Section {
        id: "headlines",
        heading: "At a glance",
        body: format!("<dl class=\"headlines\">\n{numbers}</dl>\n"),
    })
}

fn parameters(stages: &[(String, Vec<(String, String)>)]) -> Option<Section> {
    let stages: String = stages
        .iter()
        .map(|(stage, values)| {
            let values = match definitions("parameters", values) {
                none if none.is_empty() => String::from("<p class=\"quiet\">No parameters.</p>\n"),
                values => values,
            };
            format!("<details><summary>{}</summary>\n{values}</details>\n", escape(stage))
        })
        .collect();
    let section = Section { id: "parameters", heading: "Parameters", body: stages };
    Some(section).filter(|section| !section.body.is_empty())
}

#[cfg(test)]
mod tests;
