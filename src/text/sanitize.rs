use std::borrow::Cow;
use unicode_width::UnicodeWidthChar;

/// Combining marks that one character may carry. No script stacks more, and a pile of them would leave its line.
const MAX_MARKS: usize = 3;

/// Replaces every character of `text` that could steer a terminal or mislead a reader: by its picture (`␛`, `␊`)
/// if Unicode has one, else by `�`. Piles of combining marks are cut.
///
/// Replaced are control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls, and
/// invisible characters (zero width, soft hyphen, tags).
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut marks = 0;
    let few_marks = |c: &char| {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        marks <= MAX_MARKS
    };
    let clean: String = text.chars().map(printable).filter(few_marks).collect();
    if clean == text { Cow::Borrowed(text) } else { Cow::Owned(clean) }
}

/// [`sanitize`] for whole lines with our own styles: keeps line ends and the sequences that [`style`](super::style)
/// and clap write. Every other escape is replaced: text that was not sanitized before can at worst change its colour.
pub fn sanitize_styled(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (before, after) = rest.split_at(rest.find(['\n', '\x1b']).unwrap_or(rest.len()));
        clean += &sanitize(before);
        let kept = if after.starts_with('\n') { 1 } else { style_length(after) };
        let (sequence, after) = after.split_at(kept);
        clean += sequence;
        // An escape that is no style of ours.
        let escape = usize::from(kept == 0 && !after.is_empty());
        clean += &sanitize(&after[..escape]);
        rest = &after[escape..];
    }
    Cow::Owned(clean)
}

/// Parameters of the styles that may reach a terminal: reset, bold, dim, underline, red, green, yellow, cyan.
const STYLES: [&str; 8] = ["0", "1", "2", "4", "31", "32", "33", "36"];

/// Returns the length of the style sequence at the start of a text; 0 if there is none.
fn style_length(text: &str) -> usize {
    let sequence = text.strip_prefix("\x1b[").and_then(|rest| rest.split_once('m'));
    let parameters = sequence.map(|(parameters, _)| parameters);
    let known = parameters.filter(|codes| codes.split(';').all(|code| STYLES.contains(&code)));
    known.map_or(0, |codes| "\x1b[m".len() + codes.len())
}

/// Escapes the characters of a JSON document that [`sanitize`] replaces, so that a terminal shows them and a parser
/// reads the same values. Line ends stay: in a document they are only between values.
pub fn escape_json(json: String) -> String {
    let steers = |c: char| c != '\n' && printable(c) != c;
    if !json.chars().any(steers) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + json.len() / 8);
    for c in json.chars() {
        match steers(c) {
            true => {
                escaped.extend(c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")))
            }
            false => escaped.push(c),
        }
    }
    escaped
}

/// Returns the character, or its replacement.
fn printable(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_controls_and_bidi_marks_are_replaced() {
        let hostile = "a\x1b[31mb\r\nc\x07\td\u{9b}2J\u{202e}e\u{2066}f\u{7f}\u{ad}\u{feff}";
        assert_eq!(sanitize(hostile), "a␛[31mb␍␊c␇␉d�2J�e�f␡��");
        assert_eq!(sanitize("one\u{2028}two\u{85}three"), "one�two�three");
    }

    #[test]
    fn no_steering_character_is_left() {
        let all: String = (0..=0x2fff).chain(0xe0000..0xe0100).filter_map(char::from_u32).collect();
        let clean = sanitize(&all);
        assert!(clean.chars().all(|c| !c.is_control() && printable(c) == c));
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in ["plain", "", "Überraschung 音楽.mid", "e\u{301}tude", "🎵"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn only_our_own_styles_and_line_ends_pass() {
        use super::super::style::{BAD, BOLD, BUSY, DIM, GOOD, HINT};
        for style in [BAD, BOLD, BUSY, DIM, GOOD, HINT] {
            let text = format!("{style}one{style:#}\ntwo é\n");
            assert_eq!(sanitize_styled(&text), text);
        }
        for (hostile, shown) in [
            ("\x1b]0;pwned\x07\n", "␛]0;pwned␇\n"),
            ("\x1b[3J\x1b[66;6Hx", "␛[3J␛[66;6Hx"),
            ("\x1b[8mhidden\x1b[0m", "␛[8mhidden\x1b[0m"),
            ("\x1b[1;31mred\x1b[38;5;1m", "\x1b[1;31mred␛[38;5;1m"),
            ("a\rb\x1b", "a␍b␛"),
            ("\u{9b}3J\u{202e}", "\u{fffd}3J\u{fffd}"),
        ] {
            assert_eq!(sanitize_styled(hostile), shown);
        }
    }

    #[test]
    fn escaped_json_has_the_same_value_and_steers_nothing() {
        let text = "\u{9b}2J\u{7f}\u{202e}\u{e0041}\u{1b}é\n";
        let json = serde_json::to_string_pretty(&[text, "b"]).unwrap();
        let escaped = escape_json(json);
        assert!(escaped.lines().all(|line| sanitize(line) == line), "{escaped}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&escaped).unwrap(), [text, "b"]);
        assert_eq!(escape_json("{\"a\": 1}\n".into()), "{\"a\": 1}\n");
    }

    #[test]
    fn piles_of_combining_marks_are_cut() {
        let pile = format!("Z{}!", "\u{300}".repeat(10_000));
        assert_eq!(sanitize(&pile), "Z\u{300}\u{300}\u{300}!");
    }
}
