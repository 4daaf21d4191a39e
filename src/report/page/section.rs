//! A section of the page, and HTML fragments that sections share.

use crate::report::escape::escape;

/// A section of the page.
pub(super) struct Section {
    /// Fragment id that links refer to, unique on the page.
    pub(super) id: &'static str,
    /// Heading, also shown in the table of contents.
    pub(super) heading: &'static str,
    /// HTML below the heading.
    pub(super) body: String,
}

impl Section {
    /// Renders the section with its heading.
    pub(super) fn html(&self) -> String {
        let Self { id, heading, body } = self;
        format!(
            "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n\
             <h2 id=\"{id}-heading\">{heading}</h2>\n{body}</section>\n"
        )
    }
}

/// Returns `html(text)`, or nothing if `text` is blank.
pub(super) fn unless_blank(text: &str, html: impl FnOnce(&str) -> String) -> String {
    if text.trim().is_empty() { String::new() } else { html(text) }
}

/// Renders names and values as a definition list; nothing if there are none.
pub(super) fn definitions(class: &str, entries: &[(String, String)]) -> String {
    let entry = |(name, value): &(String, String)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value))
    };
    let entries: String = entries.iter().map(entry).collect();
    unless_blank(&entries, |entries| format!("<dl class=\"{class}\">\n{entries}</dl>\n"))
}

/// Wraps `html` in a box that scrolls sideways, also by keyboard; `label` is plain text.
pub(super) fn scroll_box(label: &str, html: &str) -> String {
    let label = escape(label);
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" \
         aria-label=\"{label}\">\n{html}</div>\n"
    )
}
