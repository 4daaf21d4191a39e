//! A part of the page under a heading of its own.

use super::escape::escape;

/// What a part of the page says.
pub(super) struct Section {
    /// Fragment that links lead to, unique on the page.
    pub(super) id: &'static str,
    /// Heading, and name in the contents.
    pub(super) heading: &'static str,
    /// HTML below the heading.
    pub(super) body: String,
}

impl Section {
    pub(super) fn html(&self) -> String {
        let Self { id, heading, body } = self;
        format!(
            "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n\
             <h2 id=\"{id}-heading\">{heading}</h2>\n{body}</section>\n"
        )
    }
}

/// Names and values as a list of definitions.
pub(super) fn definitions(class: &str, entries: &[(String, String)]) -> String {
    let entries: String = entries
        .iter()
        .map(|(name, value)| {
            format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value))
        })
        .collect();
    match entries.as_str() {
        "" => entries,
        _ => format!("<dl class=\"{class}\">\n{entries}</dl>\n"),
    }
}

/// A box that scrolls sideways in itself, by keyboard too; `label` is outside text.
pub(super) fn scroll_box(label: &str, html: &str) -> String {
    let label = escape(label);
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" \
         aria-label=\"{label}\">\n{html}</div>\n"
    )
}
