//! Words for a terminal: made printable, measured, cut and folded.
//!
//! A path or an error may hold any character. One that would move the cursor, change colours or
//! reorder its neighbours must not reach a terminal: it is replaced by a picture of itself
//! (`␛`, `␊`) where Unicode has one, else by `�`.
//!
//! Widths are upper bounds: what may be two columns wide counts as two. A line can so end up a
//! little short, but never wraps.

use std::borrow::Cow;

/// The text with each character replaced that is not for printing.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| printable(c) != c) {
        Cow::Owned(text.chars().map(printable).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The character, or what stands for it.
fn printable(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        // C1 controls; marks without width; line ends; what changes the writing direction.
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '\u{fffd}',
        c => c,
    }
}

/// Columns that a character takes at most.
fn columns(c: char) -> usize {
    match u32::from(c) {
        0..0x1100 | 0x2010..0x2070 | 0x2100..0x2300 | 0x2400..0x2427 | 0x2500..0x25fd | 0xfffd => 1,
        _ => 2,
    }
}

/// Columns that a text takes at most.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Where the longest beginning of `text` ends that fits into `limit` columns, in bytes.
fn fitting(text: &str, limit: usize) -> usize {
    let mut used = 0;
    for (place, c) in text.char_indices() {
        used += columns(c);
        if used > limit {
            return place;
        }
    }
    text.len()
}

/// The text, its end replaced by `…` where it is wider than `limit` columns.
pub(crate) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    match limit {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}…", text[..fitting(text, limit - 1)].trim_end())),
    }
}

/// The text, its middle replaced by `…` where it is wider than `limit` columns: the instances of
/// one matrix differ towards their names' ends.
pub(crate) fn cut_middle(text: &str, limit: usize) -> Cow<'_, str> {
    if width(text) <= limit || limit < 3 {
        return cut(text, limit);
    }
    let head = &text[..fitting(text, (limit - 1) / 2)];
    let room = limit - 1 - width(head);
    let mut tail = text.len();
    let mut used = 0;
    for (place, c) in text.char_indices().rev() {
        used += columns(c);
        if used > room {
            break;
        }
        tail = place;
    }
    Cow::Owned(format!("{head}…{}", &text[tail..]))
}

/// The text with spaces up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// The text as lines of at most `limit` columns (at least 8), broken between words where possible.
pub(crate) fn fold(text: &str, limit: usize) -> Vec<&str> {
    let limit = limit.max(8);
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while width(rest) > limit {
        let fits = fitting(rest, limit);
        // A break right behind the last character that fits costs nothing.
        let end = match rest[fits..].starts_with(' ') {
            true => fits,
            false => rest[..fits].rfind(' ').unwrap_or(fits),
        };
        lines.push(rest[..end].trim_end());
        rest = rest[end..].trim_start();
    }
    lines.push(rest);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let hostile = "a\x1b[31mb\nc\x07\u{9b}2J\u{202e}d\u{7f}";
        assert_eq!(clean(hostile), "a␛[31mb␊c␇�2J�d␡");
        assert!(matches!(clean("Überraschung 音楽.mid"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cut_text_fits_and_says_that_it_was_cut() {
        assert_eq!(cut("pianorolls", 10), "pianorolls");
        assert_eq!(cut("pianorolls", 6), "piano…");
        assert_eq!(cut("音楽音楽", 6), "音楽…");
        assert_eq!(cut("x", 0), "");
        for limit in 0..30 {
            assert!(width(&cut("train[latent=40,音beta=0.1]", limit)) <= limit);
            assert!(width(&cut_middle("train[latent=40,音beta=0.1]", limit)) <= limit);
        }
    }

    #[test]
    fn a_cut_name_keeps_both_ends() {
        assert_eq!(cut_middle("train[latent=40,beta=0.1]", 17), "train[la…eta=0.1]");
    }

    #[test]
    fn folding_loses_no_word_and_no_line_is_too_wide() {
        let text = "a path /that/is/longer/than/any/line.mid and 音楽 after it";
        for limit in 8..60 {
            let lines = fold(text, limit);
            assert!(lines.iter().all(|line| width(line) <= limit), "{limit}: {lines:?}");
            let letters = |s: &str| s.replace(' ', "");
            assert_eq!(letters(&lines.concat()), letters(text));
        }
        assert_eq!(fold("one two three", 9), ["one two", "three"]);
        assert_eq!(fold("12345678 9", 8), ["12345678", "9"]);
        assert_eq!(fold("", 9), [""]);
    }
}
