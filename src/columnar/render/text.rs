use unicode_width::UnicodeWidthChar;

/// Stands for a character that must not reach a terminal.
const REPLACEMENT: char = '\u{FFFD}';

/// Marks that one character may carry: no script stacks more, and a pile of them would leave its line.
const MARKS: usize = 3;

/// `text` without control characters (line breaks and escapes among them), without characters that reorder, hide or
/// join others, and without piles of combining marks.
pub fn safe(text: &str) -> String {
    let mut marks = 0;
    let harmless = |c: char| if is_unsafe(c) { REPLACEMENT } else { c };
    let sparse = |c: &char| {
        marks = if char_width(*c) == 0 { marks + 1 } else { 0 };
        marks <= MARKS
    };
    text.chars().map(harmless).filter(sparse).collect()
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Columns of a terminal that `text` takes.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Two for East Asian wide characters and pictures, none for combining marks, else one.
fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// `text` in at most `limit` columns: what does not fit is taken out of its middle, where an ellipsis stands.
pub fn cut(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let Some(room) = limit.checked_sub(1) else {
        return String::new();
    };
    // The end of a path tells more than its beginning.
    let head = take(text.chars(), room / 2);
    let tail: String = take(text.chars().rev(), room - width(&head)).chars().rev().collect();
    // A mark whose letter was cut off would sit on the ellipsis.
    format!("{head}…{}", tail.trim_start_matches(|c| char_width(c) == 0))
}

fn take(chars: impl Iterator<Item = char>, limit: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|&c| {
            used += char_width(c);
            used <= limit
        })
        .collect()
}

/// `text` filled up with spaces to `columns`; at the left when `right` aligned.
pub fn pad(text: &str, columns: usize, right: bool) -> String {
    let space = " ".repeat(columns.saturating_sub(width(text)));
    if right { space + text } else { text.to_owned() + &space }
}

/// `text` broken at its spaces into lines of at most `limit` columns, the later ones indented.
pub fn wrap(text: &str, limit: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= limit => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("  {word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines.iter().flat_map(|line| [cut(line, limit), "\n".to_owned()]).collect()
}
