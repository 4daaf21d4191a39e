//! Scores characters of charsets with one byte per character: Latin and Cyrillic letters, and signs.

use super::Occurrence;

/// Returns the value of a character.
pub(super) fn value(occurrence: Occurrence) -> f32 {
    let Occurrence { before, character, run, .. } = occurrence;
    if !character.is_alphabetic() {
        return sign_value(occurrence);
    }
    if matches!(character, 'ƒ' | 'ª' | 'º' | 'µ' | 'ˆ' | 'ˇ') {
        return if before.is_some_and(char::is_alphabetic) { -2.0 } else { -0.5 };
    }
    let case = case_value(occurrence);
    let ascii_letters = occurrence.neighbours().filter(char::is_ascii_alphabetic).count() as f32;
    if is_cyrillic(character) {
        let neighbours = occurrence.neighbours().filter(|&other| is_cyrillic(other)).count() as f32;
        let rare =
            if matches!(character, '\u{410}'..='\u{44F}' | 'Ё' | 'ё') { 0.0 } else { -1.0 };
        return 0.3 + 0.6 * neighbours + case + rare - 5.0 * ascii_letters;
    }
    // Accents are rarely in a row, but capitals are.
    let row = if run > 2 { -1.5 } else { 0.0 };
    let letter = if matches!(character, 'ø' | 'Ø') { 0.9 } else { 1.0 };
    letter + 0.25 * ascii_letters + case + row
}

/// Returns the value of a character that is no letter.
fn sign_value(Occurrence { before, character, after, .. }: Occurrence) -> f32 {
    let is_letter_before = before.is_some_and(char::is_alphabetic);
    let is_letter_after = after.is_some_and(char::is_alphabetic);
    match character {
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
    }
}

/// Returns the value of a letter's case: below 0 for a capital inside a word of small letters, or the reverse.
fn case_value(Occurrence { before, character, after, .. }: Occurrence) -> f32 {
    let is_odd_capital = character.is_uppercase()
        && (before.is_some_and(char::is_lowercase)
            || before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_lowercase));
    let is_odd_small = character.is_lowercase()
        && before.is_some_and(char::is_uppercase)
        && after.is_some_and(char::is_uppercase);
    match (is_odd_capital, is_odd_small) {
        (true, _) => -3.0,
        (false, true) => -2.0,
        _ => 0.0,
    }
}

fn is_cyrillic(character: char) -> bool {
    matches!(character, '\u{400}'..='\u{4FF}')
}
