//! The document around the sections: head, contents, policy.

use super::escape::escape;
use super::player;
use super::section::{Section, definitions};

const STYLE: &str = include_str!("style.css");

/// What stands above the sections, as plain text.
pub(super) struct Heading<'a> {
    pub(super) title: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) facts: &'a [(String, String)],
}

/// The page; `scripted` where there is something to play.
pub(super) fn page(heading: &Heading<'_>, sections: &[Section], scripted: bool) -> String {
    let title = match heading.title.trim() {
        "" => String::from("Report"),
        title => escape(title),
    };
    let subtitle = match heading.subtitle.trim() {
        "" => String::new(),
        subtitle => format!("<p class=\"subtitle\">{}</p>\n", escape(subtitle)),
    };
    let body: String = sections.iter().map(Section::html).collect();
    let (policy, scripts) = if scripted { scripts(&body) } else { Default::default() };
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
        facts = definitions("facts", heading.facts),
        contents = contents(sections),
    )
}

/// The part of the policy that lets scripts run, and the scripts.
///
/// A script must carry a word that follows from all of the page: text that found a way past `escape` could not
/// know it, as it would be part of what the word follows from.
fn scripts(body: &str) -> (String, String) {
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
