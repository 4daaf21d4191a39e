//! Patterns: where their literal folder ends, the case of their extension, the depth of their files.
//!
//! `globset` ignores case in a whole pattern or nowhere; here case is ignored in the extension only. So each letter
//! of an extension becomes a class before `globset` sees the pattern: `*.{mid,kar}` is matched as
//! `*.{[mM][iI][dD],[kK][aA][rR]}`.

use super::vars::Piece;
use globset::{GlobBuilder, GlobMatcher};

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 4096;

/// A character, and whether it is literal.
pub(crate) type Glyph = (char, bool);

/// The characters of an expanded text. Those of a variable are literal unless the variable is the whole text.
pub(crate) fn glyphs(pieces: &[Piece]) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    for piece in pieces {
        if piece.variable && pieces.len() > 1 {
            glyphs.extend(piece.text.chars().map(|c| (c, true)));
            continue;
        }
        let mut chars = piece.text.chars().peekable();
        while let Some(c) = chars.next() {
            match chars.next_if(|&next| c == '\\' && is_special(next)) {
                Some(next) => glyphs.push((next, true)),
                None => glyphs.push((c, c == '\\')),
            }
        }
    }
    glyphs
}

/// Returns true if a glob begins with this character.
pub(crate) fn begins_glob(&(c, literal): &Glyph) -> bool {
    !literal && matches!(c, '*' | '?' | '[' | '{')
}

/// The characters as a pattern, with a backslash before literal ones that are special in patterns.
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

/// Returns the only name that a pattern matches; `None` if it has wildcards.
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

/// The matcher of a pattern.
pub(crate) fn compile(pattern: &str) -> Result<GlobMatcher, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("longer than {MAX_PATTERN} bytes"));
    }
    let glob = GlobBuilder::new(&fold_extension(pattern))
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build();
    Ok(glob.map_err(|error| error.kind().to_string())?.compile_matcher())
}

/// The most folders between a pattern's base and its files, plus one; `None` if there is no limit.
pub(crate) fn max_depth(pattern: &str) -> Option<usize> {
    (!pattern.contains("**")).then(|| 1 + pattern.matches('/').count())
}

fn is_special(c: char) -> bool {
    matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | ',' | '\\')
}

/// The characters outside classes and after no backslash, with their byte offsets.
fn meaningful(pattern: &str) -> Vec<(usize, char)> {
    let mut escaped = false;
    // Characters into a class; a `]` that comes first in one does not end it.
    let mut class: Option<usize> = None;
    let is_meaningful = |&(_, c): &(usize, char)| {
        if let Some(length) = &mut class {
            match c {
                ']' if *length > 0 => class = None,
                '!' | '^' if *length == 0 => {}
                _ => *length += 1,
            }
            return false;
        }
        if std::mem::take(&mut escaped) {
            return false;
        }
        match c {
            '\\' => escaped = true,
            '[' => class = Some(0),
            _ => return true,
        }
        false
    };
    pattern.char_indices().filter(is_meaningful).collect()
}

/// Makes the letters after the last dot of the last name match in either case. Where an alternative decides whether
/// they are the extension (`*.mid{,.gz}`), they match in either case, too.
fn fold_extension(pattern: &str) -> String {
    let chars = meaningful(pattern);
    let after_dot = reachable(chars.iter().map(|&(_, c)| c), ['{', '}'], false);
    let in_last_part = reachable(chars.iter().rev().map(|&(_, c)| c), ['}', '{'], true);
    let mut folded = String::new();
    let mut copied = 0;
    for ((&(at, c), after_dot), in_last_part) in
        chars.iter().zip(after_dot).zip(in_last_part.into_iter().rev())
    {
        if c.is_ascii_alphabetic() && after_dot && in_last_part {
            folded.push_str(&pattern[copied..at]);
            folded.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
            copied = at + 1;
        }
    }
    folded + &pattern[copied..]
}

/// Returns, for each character, whether some choice of alternatives leads to it from the start with no `/` on the
/// way, or none since the last `.`. From the left that is: after a dot of the same name. From the right (`from_end`),
/// where a `.` ends the way, too: in the last part of the last name.
fn reachable(
    chars: impl Iterator<Item = char>,
    [open, close]: [char; 2],
    from_end: bool,
) -> Vec<bool> {
    let mut state = from_end;
    // Of each open group: the state before it, and whether an alternative so far ends in `true`.
    let mut groups: Vec<(bool, bool)> = Vec::new();
    let next = |c| {
        let before = state;
        match c {
            '/' => state = false,
            '.' => state = !from_end,
            ',' => {
                if let Some((entry, any)) = groups.last_mut() {
                    *any |= state;
                    state = *entry;
                }
            }
            _ if c == open => groups.push((state, false)),
            _ if c == close => state |= groups.pop().is_some_and(|(_, any)| any),
            _ => {}
        }
        before
    };
    chars.map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        compile(pattern).unwrap().is_match(path)
    }

    #[test]
    fn only_the_extension_matches_in_any_case() {
        assert!(matches("**/*.{mid,midi}", "a/b/Song.MiDi"));
        assert!(matches("{*.mid,b/*.kar}", "b/x.KAR"));
        assert!(matches("Song*.mid", "Song 1.0.MID"));
        assert!(!matches("Song*.mid", "song.mid"));
        assert!(!matches("v1.a/*.mid", "v1.A/x.mid"));
        assert!(!matches("*.mid", "x.midi"));
        assert!(matches("{a.b/,}x.{m,k}id", "a.b/x.KID"));
        assert!(!matches("{a.b/,}x.{m,k}id", "a.B/x.kid"));
        assert!(!matches("{x,y.z}a.mid", "Xa.mid") && !matches("{x,y.z}a.mid", "y.Za.mid"));
    }

    #[test]
    fn single_star_does_not_cross_folders() {
        assert!(!matches("*.mid", "a/x.mid"));
        assert!(matches("*/*.mid", "a/x.mid"));
        assert!(matches("**/*.mid", "x.mid"));
        assert!(matches("**/*.mid", "a/b/c/.hidden.mid"));
        assert!(!matches("a?.mid", "a/.mid"));
    }

    #[test]
    fn braces_nest_and_literal_characters_stay_literal() {
        let nested = "{a,b{c,d}}[{,]\\{x";
        for path in ["a{{x", "bc,{x", "bd,{x"] {
            assert!(matches(nested, path), "{path}");
        }
        assert!(!matches(nested, "b,{x") && !matches(nested, "a{x"));
        assert!(matches("x{,.gz}", "x") && matches("x{,.gz}", "x.GZ"));
        assert!(matches("a\\[1\\]*.mid", "a[1] x.mid"));
        assert_eq!(literal("a\\[1\\].mid").as_deref(), Some("a[1].mid"));
        assert_eq!(literal("a[1].mid"), None);
    }

    #[test]
    fn malformed_and_oversized_patterns_are_refused() {
        assert!(compile("*.{mid").is_err());
        assert!(compile("[a").is_err());
        assert!(compile(&"{".repeat(5000)).unwrap_err().contains("4096"));
        // 2^800 combinations, none of which is spelled out.
        let many = "{a,b}".repeat(800);
        assert!(matches(&many, &"ab".repeat(400)) && !matches(&many, &"a".repeat(799)));
    }

    #[test]
    fn depth_is_limited_without_double_stars() {
        assert_eq!(max_depth("*.mid"), Some(1));
        assert_eq!(max_depth("{a/b/*,*}"), Some(3));
        assert_eq!(max_depth("**/*.mid"), None);
    }
}
