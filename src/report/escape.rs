//! Makes text from outside safe for HTML, XML and file names.

/// Escapes `text` for HTML and XML, between tags and inside quoted attributes.
///
/// Control characters other than tab and line breaks, which neither format allows, become U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            _ if character.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Returns a file stem for `title` that is valid on every system: 1 to 60 ASCII letters, digits, `-` and `_`.
pub(super) fn file_stem(title: &str) -> String {
    let mut stem = String::new();
    for character in title.chars().take(60) {
        if character.is_ascii_alphanumeric() || character == '_' {
            stem.push(character);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    let stem = stem.trim_end_matches('-');
    String::from(if stem.is_empty() { "song" } else { stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_quotes_are_escaped() {
        let text = "<b a=\"1\" b='2'>&amp;</b>\u{0}\n";
        let html = "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;\u{fffd}\n";
        assert_eq!(escape(text), html);
        assert_eq!(escape("Für Elise, 2♯"), "Für Elise, 2♯");
    }

    #[test]
    fn file_stem_is_short_ascii() {
        assert_eq!(file_stem("song-001"), "song-001");
        assert_eq!(file_stem("../Für \"Elise\".mid"), "F-r-Elise-mid");
        assert_eq!(file_stem("♯♯"), "song");
        assert_eq!(file_stem(&"a".repeat(400)).len(), 60);
    }
}
