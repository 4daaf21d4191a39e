//! Patterns: where their literal folder ends, their alternatives, the case of their extension.
//!
//! `globset` matches a pattern in one case or in none; here the extension alone is matched in any
//! case. So braces are opened into plain alternatives first, and each letter of an alternative's
//! extension becomes a class: `*.{mid,kar}` is `*.[mM][iI][dD]` or `*.[kK][aA][rR]`.

use super::vars::Piece;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Alternatives that one pattern may open into.
const ALTERNATIVES: usize = 256;
/// Longest pattern, in bytes.
const LONGEST: usize = 4096;

/// One character, and whether it stands for itself alone.
pub(crate) type Glyph = (char, bool);

/// The characters of an expanded text. A variable's are literal, unless it is all there is.
pub(crate) fn glyphs(pieces: &[Piece]) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    for piece in pieces {
        if piece.variable && pieces.len() > 1 {
            glyphs.extend(piece.text.chars().map(|c| (c, true)));
            continue;
        }
        let mut chars = piece.text.chars().peekable();
        while let Some(c) = chars.next() {
            match chars.peek() {
                Some(&next) if c == '\\' && is_special(next) => {
                    glyphs.push((next, true));
                    chars.next();
                }
                _ => glyphs.push((c, c == '\\')),
            }
        }
    }
    glyphs
}

/// Whether globs begin with this character.
pub(crate) fn begins_glob(&(c, literal): &Glyph) -> bool {
    !literal && matches!(c, '*' | '?' | '[' | '{')
}

/// The characters as a pattern, with a backslash where a literal one would mean something.
pub(crate) fn pattern(glyphs: &[Glyph]) -> String {
    let mut pattern = String::new();
    for &(c, literal) in glyphs {
        if literal && is_special(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The name that a pattern without wildcards stands for.
pub(crate) fn literal(pattern: &str) -> Option<String> {
    let mut name = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => name.extend(chars.next()),
            '*' | '?' | '[' | '{' => return None,
            _ => name.push(c),
        }
    }
    Some(name)
}

/// The matcher of a pattern, and how many folders deep its files lie at most.
pub(crate) fn compile(pattern: &str) -> Result<(GlobSet, Option<usize>), String> {
    let alternatives = alternatives(pattern)?;
    let mut set = GlobSetBuilder::new();
    for alternative in &alternatives {
        let glob = GlobBuilder::new(&fold_extension(alternative))
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        set.add(glob);
    }
    let deepest = match pattern.contains("**") {
        true => None,
        false => alternatives.iter().map(|a| 1 + a.matches('/').count()).max(),
    };
    Ok((set.build().map_err(|error| error.kind().to_string())?, deepest))
}

fn is_special(c: char) -> bool {
    matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | ',' | '\\')
}

/// A pattern without its outermost braces, once per alternative; then without the next ones.
fn alternatives(pattern: &str) -> Result<Vec<String>, String> {
    if pattern.len() > LONGEST {
        return Err(format!("longer than {LONGEST} bytes"));
    }
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        match first_braces(&pattern) {
            None => done.push(pattern),
            Some((start, commas, end)) => {
                let mut from = start + 1;
                let mut opened = Vec::new();
                for to in commas.into_iter().chain([end]) {
                    let (head, tail) = (&pattern[..start], &pattern[end + 1..]);
                    opened.push(format!("{head}{}{tail}", &pattern[from..to]));
                    from = to + 1;
                }
                open.extend(opened.into_iter().rev());
            }
        }
        if done.len() + open.len() > ALTERNATIVES {
            return Err(format!("its braces open into more than {ALTERNATIVES} patterns"));
        }
    }
    Ok(done)
}

/// Byte places of the first `{`, the commas at its level and its `}`.
fn first_braces(pattern: &str) -> Option<(usize, Vec<usize>, usize)> {
    let (mut start, mut commas, mut depth) = (0, Vec::new(), 0_usize);
    for (place, c) in meaningful(pattern) {
        match c {
            '{' => {
                if depth == 0 {
                    start = place;
                }
                depth += 1;
            }
            ',' if depth == 1 => commas.push(place),
            '}' if depth == 1 => return Some((start, commas, place)),
            '}' if depth > 1 => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The characters outside of classes that no backslash stands before.
fn meaningful(pattern: &str) -> impl Iterator<Item = (usize, char)> {
    let mut escaped = false;
    // Characters into a class; a `]` that comes first in one does not end it.
    let mut class: Option<usize> = None;
    pattern.char_indices().filter(move |&(_, c)| {
        if let Some(length) = &mut class {
            match c {
                ']' if *length > 0 => class = None,
                '!' | '^' if *length == 0 => {}
                _ => *length += 1,
            }
            return false;
        }
        if escaped {
            escaped = false;
            return false;
        }
        match c {
            '\\' => escaped = true,
            '[' => class = Some(0),
            _ => return true,
        }
        false
    })
}

/// Letters after the last dot of the last name, in either case.
fn fold_extension(pattern: &str) -> String {
    let plain: Vec<(usize, char)> = meaningful(pattern).collect();
    let name = plain.iter().rposition(|&(_, c)| c == '/').map_or(0, |slash| slash + 1);
    let Some(dot) = plain[name..].iter().rposition(|&(_, c)| c == '.') else {
        return pattern.to_owned();
    };
    let mut folded = String::new();
    let mut copied = 0;
    for &(place, c) in &plain[name + dot + 1..] {
        if c.is_ascii_alphabetic() {
            folded.push_str(&pattern[copied..place]);
            folded.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
            copied = place + 1;
        }
    }
    folded.push_str(&pattern[copied..]);
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        compile(pattern).unwrap().0.is_match(path)
    }

    #[test]
    fn the_extension_alone_matches_in_any_case() {
        assert!(matches("**/*.{mid,midi}", "a/b/Song.MiDi"));
        assert!(matches("{*.mid,b/*.kar}", "b/x.KAR"));
        assert!(matches("Song*.mid", "Song 1.0.MID"));
        assert!(!matches("Song*.mid", "song.mid"));
        assert!(!matches("v1.a/*.mid", "v1.A/x.mid"));
        assert!(!matches("*.mid", "x.midi"));
    }

    #[test]
    fn one_star_stays_within_its_folder() {
        assert!(!matches("*.mid", "a/x.mid"));
        assert!(matches("*/*.mid", "a/x.mid"));
        assert!(matches("**/*.mid", "x.mid"));
        assert!(matches("**/*.mid", "a/b/c/.hidden.mid"));
        assert!(!matches("a?.mid", "a/.mid"));
    }

    #[test]
    fn braces_nest_and_literal_characters_stay_literal() {
        let mut opened = alternatives("{a,b{c,d}}[{,]\\{x").unwrap();
        opened.sort();
        assert_eq!(opened, ["a[{,]\\{x", "bc[{,]\\{x", "bd[{,]\\{x"]);
        assert!(matches("a\\[1\\]*.mid", "a[1] x.mid"));
        assert_eq!(literal("a\\[1\\].mid").as_deref(), Some("a[1].mid"));
        assert_eq!(literal("a[1].mid"), None);
    }

    #[test]
    fn a_pattern_that_cannot_be_matched_or_explodes_is_refused() {
        assert!(compile("*.{mid").is_err());
        assert!(compile("[a").is_err());
        assert!(compile(&"{a,b}".repeat(9)).unwrap_err().contains("256"));
        assert!(compile(&"{".repeat(5000)).is_err());
    }

    #[test]
    fn depth_is_known_without_double_stars() {
        assert_eq!(compile("*.mid").unwrap().1, Some(1));
        assert_eq!(compile("{a/b/*,*}").unwrap().1, Some(3));
        assert_eq!(compile("**/*.mid").unwrap().1, None);
    }
}
