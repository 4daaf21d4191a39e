//! Text out of files. It is untrusted: no control sequence may reach a terminal, and no invalid
//! UTF-8 a row.

use std::borrow::Cow;

/// Characters kept of one text.
const MAX: usize = 200;

/// Decodes text that does not say its encoding, and cleans it: UTF-8 where it is valid, else
/// Shift-JIS where that is valid and plausible, else Latin-1. Control and direction-changing
/// characters go, runs of whitespace become one space, and at most 200 characters stay.
pub fn clean_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut gap = false;
    for character in decode(bytes).chars() {
        if character.is_whitespace() || character.is_control() {
            gap |= character.is_whitespace();
        } else if !is_invisible(character) {
            if gap && !text.is_empty() {
                text.push(' ');
            }
            gap = false;
            text.push(character);
        }
    }
    text.chars().take(MAX).collect()
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    // Four bytes a character at most, so what would be cut off anyway is not decoded, and a cut
    // through a character costs that character alone.
    let bytes = &bytes[..bytes.len().min(8 * MAX)];
    match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text),
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 4 * MAX => {
            return String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        }
        Err(_) => {}
    }
    match encoding_rs::SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) if looks_japanese(&text) => text,
        _ => encoding_rs::mem::decode_latin1(bytes),
    }
}

/// Whether two Japanese characters stand side by side: in "Pok\xE9mon" Shift-JIS sees a lone one.
fn looks_japanese(text: &str) -> bool {
    let mut before = false;
    text.chars().any(|character| {
        let here = !character.is_ascii();
        std::mem::replace(&mut before, here) && here
    })
}

/// Zero-width and direction-changing characters, and private or unassigned planes.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF
        | 0xFFF0..=0xFFFF | 0xE000..=0xF8FF | 0xE0000..=0x10_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_by_what_it_plausibly_is() {
        assert_eq!(clean_text("Überraschung ♪".as_bytes()), "Überraschung ♪");
        assert_eq!(clean_text(b"\x83h\x83\x89\x83S\x83\x93"), "ドラゴン");
        assert_eq!(clean_text(b"Pok\xE9mon"), "Pokémon");
        assert_eq!(clean_text(b"\xA9 1998 Caf\xE9"), "© 1998 Café");
    }

    #[test]
    fn nothing_that_moves_a_cursor_survives() {
        assert_eq!(clean_text(b"\x1b[31mred\x07\x00\r\n  end \x7f\x9b"), "[31mred end");
        assert_eq!(clean_text("a\u{202e}b\u{200b}c\u{feff}".as_bytes()), "abc");
    }

    #[test]
    fn long_text_is_cut_and_never_inside_a_character() {
        assert_eq!(clean_text(&[b'x'; 100_000]).len(), MAX);
        assert_eq!(clean_text("é".repeat(5000).as_bytes()).chars().count(), MAX);
        assert_eq!(clean_text("♪𝄞".repeat(5000).as_bytes()).chars().count(), MAX);
    }
}
