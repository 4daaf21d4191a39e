//! Guesses the charset of texts in MIDI files, which is that of the computer on which a file was written.
//!
//! UTF-8 is recognized by its form. The others are tried, and the decoded text is scored character by character: letters
//! of one script next to each other, accents inside words (`letters`), and frequent characters of Japanese, Chinese and
//! Korean (`wide`) raise the score; letters of different scripts or cases in one word, signs inside words and rare
//! characters lower it.

mod letters;
#[cfg(test)]
mod tests;
mod wide;

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, KOI8_R, MACINTOSH, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252,
};
use std::borrow::Cow;

/// A charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

/// Difference in score by which another charset must fit a text better than that of the whole file.
const MARGIN: f32 = 2.0;

/// The charsets that are tried, the likeliest first, and their weights: the lower the rarer.
fn candidates() -> [(&'static Encoding, f32); 10] {
    [
        (WINDOWS_1252, 1.0),
        (SHIFT_JIS, 1.0),
        (GBK, 0.95),
        (BIG5, 0.9),
        (EUC_KR, 0.95),
        (EUC_JP, 0.95),
        (WINDOWS_1251, 0.95),
        (WINDOWS_1250, 0.8),
        (KOI8_R, 0.9),
        (MACINTOSH, 0.81),
    ]
}

impl Charset {
    /// Guesses the charset of texts; Windows-1252 if they are ASCII.
    pub fn guess(texts: &[u8]) -> Self {
        let mut best = (WINDOWS_1252, f32::NEG_INFINITY);
        if !texts.is_ascii() {
            for (encoding, weight) in candidates() {
                let score = score(encoding, texts);
                let score = if score > 0.0 { score * weight } else { score };
                if score > best.1 {
                    best = (encoding, score);
                }
            }
        }
        Self(best.0)
    }

    /// Decodes a text. Valid UTF-8 is decoded as such even if the other texts of the file are not, and the charset of a
    /// text that does not fit this one is guessed from that text alone.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match bytes {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                return Encoding::for_bom(bytes)
                    .map_or(Cow::Borrowed(""), |(encoding, _)| encoding.decode(bytes).0);
            }
            _ => {}
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            // Cut inside a character.
            Err(error)
                if error.error_len().is_none()
                    && error.valid_up_to() > 0
                    && !bytes[..error.valid_up_to()].is_ascii() =>
            {
                String::from_utf8_lossy(&bytes[..error.valid_up_to()])
            }
            Err(_) => {
                // Names of instruments come from the sequencer, in its own charset.
                let alone = Self::guess(bytes).0;
                let fits = score(self.0, bytes) >= (score(alone, bytes) - MARGIN).max(0.0);
                let encoding = if fits { self.0 } else { alone };
                encoding.decode_without_bom_handling(bytes).0
            }
        }
    }
}

/// A character that is not ASCII, in its line.
#[derive(Clone, Copy)]
struct Occurrence {
    before: Option<char>,
    character: char,
    after: Option<char>,
    /// Number of such characters in a row, up to this one.
    run: u32,
}

impl Occurrence {
    /// The characters next to it.
    fn neighbours(self) -> impl Iterator<Item = char> {
        [self.before, self.after].into_iter().flatten()
    }
}

/// Scores a text decoded in a charset: the higher, the more likely is the charset.
fn score(encoding: &'static Encoding, texts: &[u8]) -> f32 {
    let mut total = 0.0;
    let (mut half_width, mut full_width) = (0_u32, 0_u32);
    for line in texts.split(|&byte| byte == b'\n') {
        if std::str::from_utf8(line).is_ok() {
            continue;
        }
        let line = encoding.decode_without_bom_handling(line).0;
        let mut before = None;
        let mut run = 0;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            if character.is_ascii() {
                run = 0;
            } else {
                run += 1;
                let after = characters.peek().copied();
                let occurrence = Occurrence { before, character, after, run };
                half_width += u32::from(wide::is_half_width_text(occurrence));
                full_width += u32::from(wide::is_japanese_or_chinese(character));
                total += match wide::is_wide(encoding) {
                    true => wide::value(encoding, occurrence),
                    false => letters::value(occurrence),
                };
            }
            before = Some(character);
        }
    }
    // Half-width katakana do not occur together with kanji or kana.
    if half_width > 0 && full_width > 0 {
        total -= 3.0 * half_width.min(full_width) as f32;
    }
    total
}
