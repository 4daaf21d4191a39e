use std::borrow::Cow;
use textwrap::{Options, WordSplitter};
use unicode_width::UnicodeWidthChar;

/// Narrowest line that [`wrap`] makes.
const MIN_WRAP: usize = 8;

/// Returns the columns that `text` takes: two for East Asian wide characters and emoji, none for combining marks.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Shortens `text` to at most `limit` columns, its end replaced by `…`.
pub fn truncate(text: &str, limit: usize) -> Cow<'_, str> {
    match limit.checked_sub(1) {
        _ if width(text) <= limit => text.into(),
        Some(room) => format!("{}…", prefix(text, room).trim_end()).into(),
        None => "".into(),
    }
}

/// Shortens `text` to at most `limit` columns, its middle replaced by `…`: the end of a path or of a matrix
/// instance's name distinguishes it from others.
pub fn truncate_middle(text: &str, limit: usize) -> Cow<'_, str> {
    if width(text) <= limit || limit == 0 {
        return truncate(text, limit);
    }
    let head = prefix(text, (limit - 1) / 2);
    format!("{head}…{}", suffix(text, limit - 1 - width(head))).into()
}

/// Returns the longest beginning of `text` that fits into `limit` columns.
fn prefix(text: &str, limit: usize) -> &str {
    let end = text.char_indices().find(is_beyond(limit));
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// Returns the longest end of `text` that fits into `limit` columns, without a mark whose letter is cut off.
fn suffix(text: &str, limit: usize) -> &str {
    let before = text.char_indices().rev().find(is_beyond(limit));
    let start = before.map_or(0, |(at, c)| at + c.len_utf8());
    text[start..].trim_start_matches(|c| char_width(c) == 0)
}

/// Returns a test, for each character in turn, of whether they take more than `limit` columns by now.
fn is_beyond(limit: usize) -> impl FnMut(&(usize, char)) -> bool {
    let mut used = 0;
    move |&(_, c)| {
        used += char_width(c);
        used > limit
    }
}

/// Fills `text` with spaces up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Breaks `text` into lines of at most `limit` columns (at least 8), between words where possible.
pub fn wrap(text: &str, limit: usize) -> Vec<Cow<'_, str>> {
    let options = Options::new(limit.max(MIN_WRAP)).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text.trim(), options)
}

/// Breaks `text` like [`wrap`] into lines that each end in a newline, all but the first indented.
pub fn paragraph(text: &str, limit: usize) -> String {
    let options = Options::new(limit).subsequent_indent("  ");
    let lines = textwrap::wrap(text, options.word_splitter(WordSplitter::NoHyphenation));
    lines.iter().map(|line| format!("{}\n", truncate_middle(line, limit))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_take_no_column_and_wide_characters_take_two() {
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("ゼルダ🎵"), 8);
        assert_eq!(width("한국"), 4);
        assert_eq!(width("␛[0m�"), 5);
    }

    #[test]
    fn truncated_text_fits_and_ends_in_an_ellipsis() {
        assert_eq!(truncate("pianorolls", 10), "pianorolls");
        assert_eq!(truncate("pianorolls", 6), "piano…");
        assert_eq!(truncate("音楽音楽", 6), "音楽…");
        assert_eq!(truncate("x", 0), "");
        for limit in 0..30 {
            assert!(width(&truncate("train[latent=40,音beta=0.1]", limit)) <= limit);
            assert!(width(&truncate_middle("train[latent=40,音beta=0.1]", limit)) <= limit);
        }
    }

    #[test]
    fn truncated_middle_keeps_both_ends() {
        assert_eq!(truncate_middle("train[latent=40,beta=0.1]", 17), "train[la…eta=0.1]");
        assert_eq!(truncate_middle("abcdefgh", 5), "ab…gh");
        assert_eq!(truncate_middle("abc", 3), "abc");
        assert_eq!(truncate_middle("ゼルダの伝説", 7), "ゼ…伝説");
        assert_eq!(truncate_middle("abc", 1), "…");
        assert_eq!(truncate_middle("abc", 0), "");
    }

    #[test]
    fn a_mark_does_not_move_over_to_the_ellipsis() {
        assert_eq!(truncate_middle("abcdefe\u{301}", 4), "a…fe\u{301}");
        assert_eq!(truncate_middle("abcdee\u{301}f", 3), "a…f");
    }

    #[test]
    fn wrapping_loses_no_word_and_no_line_is_too_wide() {
        let text = "a path /that/is/longer/than/any/line.mid and 音楽 after it";
        for limit in 8..60 {
            let lines = wrap(text, limit);
            assert!(lines.iter().all(|line| width(line) <= limit), "{limit}: {lines:?}");
            let letters = |s: &str| s.replace(' ', "");
            assert_eq!(letters(&lines.concat()), letters(text));
        }
        assert_eq!(wrap("one two three", 9), ["one two", "three"]);
        assert_eq!(wrap("12345678 9", 8), ["12345678", "9"]);
        assert_eq!(wrap("a --long-option", 10), ["a", "--long-opt", "ion"]);
        assert_eq!(wrap("", 9), [""]);
    }

    #[test]
    fn later_lines_of_a_paragraph_are_indented() {
        assert_eq!(paragraph("one two three", 9), "one two\n  three\n");
        for limit in 1..12 {
            let text = paragraph("abcdefghijkl and more", limit);
            assert!(text.lines().all(|line| width(line) <= limit), "{limit}: {text}");
        }
    }
}
