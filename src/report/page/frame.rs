//! The HTML document around the sections: head, table of contents, content security policy.

use super::player;
use super::section::{Section, definitions, unless_blank};
use crate::report::escape::escape;

const STYLE: &str = include_str!("style.css");

/// Texts above the sections, plain text.
pub(super) struct Heading<'a> {
    pub(super) title: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) facts: &'a [(String, String)],
}

/// Renders the page, with scripts if there are songs to play.
pub(super) fn page(heading: &Heading<'_>, sections: &[Section], has_songs: bool) -> String {
    let title = match heading.title.trim() {
        "" => String::from("Report"),
        title => escape(title),
    };
    let subtitle = unless_blank(heading.subtitle, |subtitle| {
        format!("<p class=\"subtitle\">{}</p>\n", escape(subtitle))
    });
    let body: String = sections.iter().map(Section::html).collect();
    let (policy, scripts) = if has_songs { scripts(&body) } else { Default::default() };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         img-src data:; style-src 'unsafe-inline';{policy} base-uri 'none'; form-action 'none'\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to content</a>\n\
         <header>\n<h1>{title}</h1>\n{subtitle}{facts}</header>\n{contents}\
         <main id=\"main\" tabindex=\"-1\">\n{body}</main>\n\
         <footer><p>Made by Partita. This page is self-contained and loads nothing from \
         elsewhere.</p></footer>\n{scripts}</body>\n</html>\n",
        facts = definitions("facts", heading.facts),
        contents = contents(sections),
    )
}

/// Returns the part of the policy that allows scripts, and the scripts.
///
/// The nonce is a hash of the whole body: text that evaded `escape` cannot contain it, because the hash depends on
/// that text.
fn scripts(body: &str) -> (String, String) {
    let nonce = blake3::hash(body.as_bytes()).to_hex();
    (format!(" script-src 'nonce-{nonce}';"), player::scripts(&nonce))
}

/// Renders the table of contents; nothing for fewer than two sections.
fn contents(sections: &[Section]) -> String {
    let link = |section: &Section| {
        format!("<li><a href=\"#{}\">{}</a></li>\n", section.id, section.heading)
    };
    match sections {
        [] | [_] => String::new(),
        _ => {
            let links: String = sections.iter().map(link).collect();
            format!("<nav aria-label=\"On this page\">\n<ul>\n{links}</ul>\n</nav>\n")
        }
    }
}
