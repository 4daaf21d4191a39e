//! Text from files. It is untrusted: no control sequence may reach a terminal, no invalid UTF-8 a table.

use super::charset::Charset;

/// Maximum number of characters of a text.
const MAX: usize = 200;

/// Decodes and cleans text of unknown encoding. See [`Charset::clean_text`].
pub fn clean_text(bytes: &[u8]) -> String {
    Charset::guess(start(bytes)).clean_text(bytes)
}

impl Charset {
    /// Decodes and cleans text: removes control and direction-changing characters, replaces runs of whitespace by one
    /// space, and keeps at most 200 characters.
    pub fn clean_text(self, bytes: &[u8]) -> String {
        let mut text = String::new();
        let mut gap = false;
        for character in self.decode(start(bytes)).chars() {
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
}

/// Returns the bytes that may be shown. A character has at most four bytes; a cut through one loses only that one.
fn start(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(8 * MAX)]
}

/// Returns true for zero-width and direction-changing characters, and private or unassigned planes.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF
        | 0xFFF0..=0xFFFF | 0xE000..=0xF8FF | 0xE0000..=0x10_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_as_the_plausible_encoding() {
        assert_eq!(clean_text("Überraschung ♪".as_bytes()), "Überraschung ♪");
        assert_eq!(clean_text(b"\x83h\x83\x89\x83S\x83\x93"), "ドラゴン");
        assert_eq!(clean_text(b"Pok\xE9mon"), "Pokémon");
        assert_eq!(clean_text(b"\xA9 1998 Caf\xE9"), "© 1998 Café");
    }

    #[test]
    fn control_characters_are_removed() {
        assert_eq!(clean_text(b"\x1b[31mred\x07\x00\r\n  end \x7f\xC2\x9b"), "[31mred end");
        assert_eq!(clean_text("a\u{202e}b\u{200b}c\u{feff}".as_bytes()), "abc");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(clean_text(&[b'x'; 100_000]).len(), MAX);
        assert_eq!(clean_text("é".repeat(5000).as_bytes()).chars().count(), MAX);
        assert_eq!(clean_text("♪𝄞".repeat(5000).as_bytes()).chars().count(), MAX);
    }
}
