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
    fn piles_of_combining_marks_are_cut() {
        let pile = format!("Z{}!", "\u{300}".repeat(10_000));
        assert_eq!(sanitize(&pile), "Z\u{300}\u{300}\u{300}!");
    }
}
