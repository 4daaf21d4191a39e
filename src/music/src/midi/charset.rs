//! Guesses the charset of texts in MIDI files, which is that of the computer on which a file was written.
//!
//! UTF-8 is recognized by its form. Of the others, each is tried and its text judged: letters of one script beside each
//! other, accents inside words, frequent characters of Japanese, Chinese and Korean speak for a charset; letters of
//! different scripts or cases in one word, signs inside words and rare characters against it.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, KOI8_R, MACINTOSH, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252,
};
use std::borrow::Cow;

/// A charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

/// By how much another charset must fit a text better than that of the whole file.
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

    /// Decodes a text. Valid UTF-8 is that, whatever the other texts of the file are, and a text that this charset makes
    /// no sense of is decoded by itself.
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

/// Judges a text: the higher, the likelier is the charset.
fn score(encoding: &'static Encoding, texts: &[u8]) -> f32 {
    let mut total = 0.0;
    let mut kinds = [0_u32; 2];
    for line in texts.split(|&byte| byte == b'\n') {
        if std::str::from_utf8(line).is_ok() {
            continue;
        }
        let line = encoding.decode_without_bom_handling(line).0;
        let mut before = None;
        let mut run = 0;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            let after = characters.peek().copied();
            if character.is_ascii() {
                run = 0;
            } else {
                run += 1;
                let is_beside = [before, after].into_iter().flatten().any(is_half_width);
                kinds[0] += u32::from(is_half_width(character) && is_beside);
                kinds[1] += u32::from(is_ideograph(character) || is_kana(character));
                total += value(encoding, before, character, after, run);
            }
            before = Some(character);
        }
    }
    // Half-width katakana are a script of their own: without kanji or kana, or not at all.
    if kinds[0] > 0 && kinds[1] > 0 {
        total -= 3.0 * kinds[0].min(kinds[1]) as f32;
    }
    total
}

/// The value of a character that is not ASCII, beside its neighbours. `run` counts such characters in a row, up to it.
fn value(
    encoding: &'static Encoding,
    before: Option<char>,
    character: char,
    after: Option<char>,
    run: u32,
) -> f32 {
    if is_wide(encoding) {
        let value = wide_value(encoding, before, character, after);
        return value - word_penalty(before, character, after, run);
    }
    let ascii_letters = [before, after].into_iter().flatten().filter(char::is_ascii_alphabetic);
    let ascii_letters = ascii_letters.count() as f32;
    let is_letter_before = before.is_some_and(char::is_alphabetic);
    let is_letter_after = after.is_some_and(char::is_alphabetic);
    if !character.is_alphabetic() {
        return match character {
            '·' if is_letter_before && is_letter_after => -1.5,
            '\u{80}'..='\u{9F}' | char::REPLACEMENT_CHARACTER => -5.0,
            // Quotation marks that open do not follow a letter.
            '\u{2018}' | '\u{201A}' | '\u{201C}' | '\u{201E}' if is_letter_before => -2.0,
            '\u{2018}'..='\u{201E}'
            | '™'
            | '\u{2013}'
            | '\u{2014}'
            | '´'
            | '©'
            | '®'
            | '°'
            | '…'
            | '\u{A0}'
            | '«'
            | '»'
            | '•'
            | '·' => 0.2,
            '¿' | '¡' if !is_letter_before => 0.5,
            _ if is_letter_before || is_letter_after => -2.5,
            _ => -0.5,
        };
    }
    if matches!(character, 'ƒ' | 'ª' | 'º' | 'µ' | 'ˆ' | 'ˇ') {
        return if is_letter_before { -2.0 } else { -0.5 };
    }
    // A capital inside a word of small letters, or the reverse.
    let is_odd_capital = character.is_uppercase()
        && (before.is_some_and(char::is_lowercase)
            || is_letter_before && after.is_some_and(char::is_lowercase));
    let is_odd_small = character.is_lowercase()
        && before.is_some_and(char::is_uppercase)
        && after.is_some_and(char::is_uppercase);
    let case = match (is_odd_capital, is_odd_small) {
        (true, _) => -3.0,
        (false, true) => -2.0,
        _ => 0.0,
    };
    if matches!(character, '\u{400}'..='\u{4FF}') {
        let is_cyrillic =
            |other: Option<char>| other.is_some_and(|other| matches!(other, '\u{400}'..='\u{4FF}'));
        let neighbours = u8::from(is_cyrillic(before)) + u8::from(is_cyrillic(after));
        let rare =
            if matches!(character, '\u{410}'..='\u{44F}' | 'Ё' | 'ё') { 0.0 } else { -1.0 };
        return 0.3 + 0.6 * f32::from(neighbours) + case + rare - 5.0 * ascii_letters;
    }
    // Accents are rarely in a row, but capitals are.
    let row = if run > 2 { -1.5 } else { 0.0 };
    let letter = if matches!(character, 'ø' | 'Ø') { 0.9 } else { 1.0 };
    letter + 0.25 * ascii_letters + case + row
}

/// What speaks against a wide character inside a word of other letters.
fn word_penalty(before: Option<char>, character: char, after: Option<char>, run: u32) -> f32 {
    if !is_ideograph(character) && !is_kana(character) && !is_hangul(character) {
        return 0.0;
    }
    let letter = |other: Option<char>| other.filter(char::is_ascii_alphabetic);
    // As in "BGM曲".
    let capital = letter(before).is_some_and(|other| other.is_ascii_uppercase());
    let odd = u8::from(letter(after).is_some()) + u8::from(letter(before).is_some() && !capital);
    let is_alone = odd > 0 && run == 1 && after.is_none_or(|after| after.is_ascii());
    let alone = if is_alone { 1.5 } else { 0.0 };
    1.2 * f32::from(odd) + if capital { 0.5 } else { 0.0 } + alone
}

fn is_wide(encoding: &'static Encoding) -> bool {
    [SHIFT_JIS, EUC_JP, GBK, BIG5, EUC_KR].contains(&encoding)
}

/// Signs of Japanese and Chinese texts.
const SIGNS: &str = "　、。〃々〇―‐…‥〜「」『』【】〈〉《》〔〕・ー※→←↑↓●○◎■□▲△▼▽◆◇♪☆★";

/// The value of a character of a Japanese, Chinese or Korean charset: more if it is frequent there.
fn wide_value(
    encoding: &'static Encoding,
    before: Option<char>,
    character: char,
    after: Option<char>,
) -> f32 {
    match character {
        char::REPLACEMENT_CHARACTER => -8.0,
        '\u{E000}'..='\u{F8FF}' => -6.0,
        _ if is_half_width(character) => half_width_value(before, character, after),
        _ if is_kana(character) => {
            if encoding == SHIFT_JIS || encoding == EUC_JP {
                3.0
            } else {
                -0.5
            }
        }
        _ if SIGNS.contains(character) || matches!(character, '\u{FF01}'..='\u{FF5E}') => 1.2,
        _ if is_ideograph(character) || is_hangul(character) => {
            let mut text = [0; 4];
            let bytes = encoding.encode(character.encode_utf8(&mut text)).0;
            match *bytes {
                [first, second] => row_value(encoding, first, second, before),
                _ => -2.0,
            }
        }
        _ => -1.0,
    }
}

/// The value of an ideograph or a Korean syllable by its row in its charset, where frequent ones come first.
fn row_value(encoding: &'static Encoding, first: u8, second: u8, before: Option<char>) -> f32 {
    let (is_frequent, is_standard, frequent) = match encoding {
        e if e == SHIFT_JIS => (matches!(first, 0x88..=0x97), first < 0xEB, 1.7),
        e if e == EUC_JP => (matches!(first, 0xB0..=0xCF), true, 1.7),
        e if e == GBK => (matches!(first, 0xB0..=0xD7) && second >= 0xA1, second >= 0xA1, 1.8),
        e if e == BIG5 => (matches!(first, 0xA4..=0xC6), first >= 0xC9, 1.7),
        _ => {
            let is_hangul = matches!(first, 0xB0..=0xC8) && second >= 0xA1;
            // Korean texts rarely have ideographs.
            let hanja = if before.is_some_and(is_ideograph) { -1.0 } else { -3.0 };
            return match (is_hangul, second >= 0xA1) {
                (true, _) => 2.5,
                (false, true) => hanja,
                _ => -2.0,
            };
        }
    };
    match (is_frequent, is_standard) {
        (true, _) => frequent,
        (false, true) => -0.5,
        _ => -2.0,
    }
}

/// The value of a half-width katakana: a sound mark after a letter that can have it, and a double consonant before one,
/// speak for real ones.
fn half_width_value(before: Option<char>, character: char, after: Option<char>) -> f32 {
    let can_be_marked = matches!(before, Some('ｶ'..='ﾄ' | 'ﾊ'..='ﾎ' | 'ｳ'));
    let follows = before.is_some_and(is_half_width);
    let precedes = after.is_some_and(is_half_width);
    match character {
        'ﾞ' if can_be_marked => 4.0,
        'ﾟ' if matches!(before, Some('ﾊ'..='ﾎ')) => 4.0,
        'ﾞ' | 'ﾟ' => -3.0,
        'ｯ' if follows && matches!(after, Some('ｶ'..='ﾄ' | 'ﾊ'..='ﾎ')) => 4.0,
        '｢' if precedes => 1.5,
        '｣' if follows => 1.5,
        'ｦ'..='ﾝ' if follows || precedes => 0.1,
        // The bytes of signs such as ©.
        _ if !follows && !precedes => -0.5,
        _ => -1.5,
    }
}

fn is_half_width(character: char) -> bool {
    matches!(character, '\u{FF61}'..='\u{FF9F}')
}

fn is_kana(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}')
}

fn is_hangul(character: char) -> bool {
    matches!(character, '\u{AC00}'..='\u{D7A3}')
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{4E00}'..='\u{9FFF}' | '々')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(encoding: &'static Encoding, text: &str) {
        let bytes = encoding.encode(text).0;
        let charset = Charset::guess(&bytes);
        assert_eq!(charset.decode(&bytes), text, "{}", charset.0.name());
    }

    #[test]
    fn western_titles_keep_their_accents() {
        for text in [
            "ÄÖÜ-Etüde",
            "CANÇÃO DE NINAR",
            "PRÉLUDE À L'APRÈS-MIDI D'ÉTÉ",
            "Für Elise",
            "Café au lait",
            "¿Dónde está?",
            "Corazón",
            "São João",
            "Señorita",
            "Pokémon",
            "© 1998 Café",
            "L’œuvre de Noël",
            "Brännvinsvisa på skånska",
            "Größe",
            "EL NIÑO",
            "Ça ira",
            "Smørrebrød",
            "NOËL",
            "GARÇON",
            "Øystein",
            "À bientôt",
        ] {
            check(WINDOWS_1252, text);
        }
        for text in ["Prélude", "Señorita", "Für Elise"] {
            check(MACINTOSH, text);
        }
    }

    #[test]
    fn titles_of_other_scripts_are_recognized() {
        for text in [
            "さくら",
            "ドラゴン",
            "ファイナルファンタジー",
            "悪魔城ドラキュラ",
            "戦闘 BGM",
            "エンディング曲",
            "戦いのテーマ(Battle)",
            "ﾄﾞﾗｺﾞﾝ",
            "ﾄﾗｯｸ 1",
            "FINAL FANTASY ｢ﾌﾈ｣",
            "FRONT MISSION 「Shop」 for SC-88 ／ T.",
            "勝利の歌",
            "街",
        ] {
            check(SHIFT_JIS, text);
        }
        check(EUC_JP, "さくらの歌");
        for text in ["Калинка", "Подмосковные вечера"] {
            check(WINDOWS_1251, text);
            check(KOI8_R, text);
        }
        check(WINDOWS_1251, "МУРКА");
        check(GBK, "茉莉花");
        check(GBK, "月亮代表我的心");
        check(BIG5, "望春風");
        check(BIG5, "月亮代表我的心");
        check(EUC_KR, "아리랑 변주곡");
        check(EUC_KR, "고향의 봄");
        check(WINDOWS_1250, "Wlazł kotek na płotek");
        check(WINDOWS_1250, "Boże Narodzenie");
    }

    #[test]
    fn utf_8_is_itself_beside_texts_of_other_charsets() {
        let japanese = Charset::guess(b"\x82\xB3\x82\xAD\x82\xE7");
        assert_eq!(japanese.decode("Überraschung ♪".as_bytes()), "Überraschung ♪");
        assert_eq!(japanese.decode(b"\x82\xB3"), "さ");
        let western = Charset::guess(b"Cu\xEDca");
        assert_eq!(western.decode(b"BGM \x93D\x96_"), "BGM 泥棒");
        assert_eq!(japanese.decode(b"Copyright \xA9 1997"), "Copyright © 1997");
        assert_eq!(japanese.decode(b"\xFF\xFEa\0\xE9\0"), "aé");
    }
}
