//! The only way for outside text into the page.

/// `text` as HTML that shows it: safe between tags and inside quoted attributes.
///
/// Control characters other than tab and line breaks, which HTML has no place for, become U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\t' | '\n' | '\r' => html.push(character),
            _ if character.is_control() => html.push(char::REPLACEMENT_CHARACTER),
            _ => html.push(character),
        }
    }
    html
}

/// `title` as the stem of a file that any system takes: ASCII letters, digits, `-` and `_`, at most
/// 60 of them and at least one.
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
    fn markup_and_quotes_lose_their_meaning() {
        let text = "<b a=\"1\" b='2'>&amp;</b>\u{0}\n";
        let html = "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;\u{fffd}\n";
        assert_eq!(escape(text), html);
        assert_eq!(escape("Für Elise, 2♯"), "Für Elise, 2♯");
    }

    #[test]
    fn a_download_has_a_plain_name() {
        assert_eq!(file_stem("song-001"), "song-001");
        assert_eq!(file_stem("../Für \"Elise\".mid"), "F-r-Elise-mid");
        assert_eq!(file_stem("♯♯"), "song");
        assert_eq!(file_stem(&"a".repeat(400)).len(), 60);
    }
}
