//! Scores characters of Japanese, Chinese and Korean charsets.

use super::Occurrence;
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS};

/// Signs of Japanese and Chinese texts.
const SIGNS: &str = "　、。〃々〇―‐…‥〜「」『』【】〈〉《》〔〕・ー※→←↑↓●○◎■□▲△▼▽◆◇♪☆★";

/// Returns true for the charsets of this module.
pub(super) fn is_wide(encoding: &'static Encoding) -> bool {
    [SHIFT_JIS, EUC_JP, GBK, BIG5, EUC_KR].contains(&encoding)
}

/// Returns true for a half-width katakana next to another.
pub(super) fn is_half_width_text(occurrence: Occurrence) -> bool {
    is_half_width(occurrence.character) && occurrence.neighbours().any(is_half_width)
}

/// Returns true for ideographs and kana.
pub(super) fn is_japanese_or_chinese(character: char) -> bool {
    is_ideograph(character) || is_kana(character)
}

/// Returns the value of a character: more if it is frequent in its charset, less inside a word of other letters.
pub(super) fn value(encoding: &'static Encoding, occurrence: Occurrence) -> f32 {
    let Occurrence { before, character, .. } = occurrence;
    let value = match character {
        char::REPLACEMENT_CHARACTER => -8.0,
        '\u{E000}'..='\u{F8FF}' => -6.0,
        _ if is_half_width(character) => half_width_value(occurrence),
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
    };
    value - word_penalty(occurrence)
}

/// Returns the penalty of an ideograph, a kana or a Korean syllable inside a word of Latin letters.
fn word_penalty(Occurrence { before, character, after, run }: Occurrence) -> f32 {
    if !is_japanese_or_chinese(character) && !is_hangul(character) {
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

/// Returns the value of an ideograph or a Korean syllable by its row in its charset, where frequent ones come first.
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

/// Returns the value of a half-width katakana: most for a sound mark after a letter that can have it, and for a double
/// consonant before a letter that it can double.
fn half_width_value(Occurrence { before, character, after, .. }: Occurrence) -> f32 {
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
