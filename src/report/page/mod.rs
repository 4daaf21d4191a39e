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
//! | `drawn`, `player` | the drawn songs: pictures, sound, downloads |
//! | `songs` | pictures of samples, and of drawn songs beside what is nearest to them |
//! | `features` | what the drawn songs are like, beside real ones |
//! | `two_sample` | how well they can be told from real ones |
//! | `section`, `number`, `escape` | what all of them are made of |

mod chart;
mod drawn;
mod escape;
mod features;
mod model;
mod number;
mod player;
mod reconstruction;
mod scale;
mod section;
mod songs;
mod two_sample;

pub use model::*;

use escape::escape;
use section::{Section, definitions};

const STYLE: &str = include_str!("style.css");

/// The page, in UTF-8. Equal reports give equal pages.
pub fn render(report: &Report) -> String {
    let title = match report.title.trim() {
        "" => String::from("Report"),
        title => escape(title),
    };
    let sections: Vec<Section> = [
        headlines(&report.headlines),
        reconstruction::section(&report.reconstruction),
        chart::section(&report.curves),
        drawn::section(&report.songs),
        songs::compared(&report.comparisons),
        features::section(&report.features),
        two_sample::section(&report.two_sample),
        songs::copying(&report.copying),
        parameters(&report.parameters),
    ]
    .into_iter()
    .flatten()
    .collect();
    let subtitle = match report.subtitle.trim() {
        "" => String::new(),
        subtitle => format!("<p class=\"subtitle\">{}</p>\n", escape(subtitle)),
    };
    let body: String = sections.iter().map(Section::html).collect();
    let (policy, scripts) = scripts(report, &body);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         img-src data:; style-src 'unsafe-inline';{policy} base-uri 'none'; form-action 'none'\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header>\n<h1>{title}</h1>\n{subtitle}{facts}</header>\n{contents}\
         <main id=\"main\" tabindex=\"-1\">\n{body}</main>\n\
         <footer><p>Made by Partita. This page is complete in itself and loads nothing from \
         elsewhere.</p></footer>\n{scripts}</body>\n</html>\n",
        facts = definitions("facts", &report.facts),
        contents = contents(&sections),
    )
}

/// The part of the policy that lets scripts run, and the scripts, where there is something to play.
///
/// A script must carry a word that follows from all of the page: text that found a way past `escape` could not
/// know it, as it would be part of what the word follows from.
fn scripts(report: &Report, body: &str) -> (String, String) {
    if report.songs.is_empty() {
        return Default::default();
    }
    let word = blake3::hash(body.as_bytes()).to_hex();
    (format!(" script-src 'nonce-{word}';"), player::scripts(&word))
}

fn contents(sections: &[Section]) -> String {
    let links: String = sections
        .iter()
        .map(|section| format!("<li><a href=\"#{}\">{}</a></li>\n", section.id, section.heading))
        .collect();
    match sections {
        [] | [_] => String::new(),
        _ => format!("<nav aria-label=\"On this page\">\n<ul>\n{links}</ul>\n</nav>\n"),
    }
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
