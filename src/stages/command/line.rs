//! Placeholders in a command line.
//!
//! A value becomes one shell word, wherever it is: unquoted if it has no special characters, otherwise quoted for its
//! context (`{out}/x`, `"{out}/x"`, `--alpha={alpha}` and `python3 -c 'print({alpha})'` all work).

mod quote;

use quote::Shell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// A placeholder without a value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{{{name}}}' is not an input or parameter of this stage; known: {}", known.join(", "))]
pub(super) struct UnknownPlaceholder {
    pub(super) name: String,
    pub(super) known: Vec<String>,
}

/// The values of placeholders; each of several values becomes a word.
pub(super) type Values<'a> = BTreeMap<&'a str, Vec<OsString>>;

/// Replaces each `{NAME}` by its values. `{{` and `}}` become braces; braces around anything but a name (`${HOME}`,
/// `{print $1}`) are unchanged.
pub(super) fn expand(line: &str, values: &Values<'_>) -> Result<OsString, UnknownPlaceholder> {
    replace(line, |name| match values.get(name) {
        Some(found) => Ok(Some(found)),
        None => Err(UnknownPlaceholder {
            name: name.to_owned(),
            known: values.keys().map(|&known| known.to_owned()).collect(),
        }),
    })
}

/// Replaces the placeholders that have a value, for display.
pub(super) fn preview(line: &str, values: &Values<'_>) -> String {
    let filled = replace(line, |name| Ok::<_, std::convert::Infallible>(values.get(name)));
    match filled {
        Ok(line) => line.to_string_lossy().into_owned(),
    }
}

fn replace<'a, E>(
    line: &str,
    mut value: impl FnMut(&str) -> Result<Option<&'a Vec<OsString>>, E>,
) -> Result<OsString, E> {
    let mut filled = Vec::new();
    let mut shell = Shell::default();
    let mut rest = line;
    let add = |filled: &mut Vec<u8>, shell: &mut Shell, text: &str| {
        shell.read(text);
        filled.extend_from_slice(text.as_bytes());
    };
    while let Some(at) = rest.find(['{', '}']) {
        add(&mut filled, &mut shell, &rest[..at]);
        let after_dollar = filled.ends_with(b"$");
        rest = &rest[at..];
        if let Some(tail) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            add(&mut filled, &mut shell, &rest[..1]);
            rest = tail;
            continue;
        }
        let name = name_of(rest).filter(|_| !after_dollar);
        let length = name.map_or(1, |name| name.len() + 2);
        match name.map(&mut value).transpose()?.flatten() {
            None => add(&mut filled, &mut shell, &rest[..length]),
            Some(words) => {
                let words: Vec<_> = words.iter().map(|word| shell.quote(word.as_bytes())).collect();
                filled.extend_from_slice(&words.join(&b' '));
                shell.read_word();
            }
        }
        rest = &rest[length..];
    }
    add(&mut filled, &mut shell, rest);
    Ok(OsString::from_vec(filled))
}

/// Returns the name in `{name}` at the start of a text.
fn name_of(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?;
    let name = &inside[..inside.find('}')?];
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (!name.is_empty() && name.chars().all(fits)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: &str = "it's a \"$(b)\" `c` \\d";

    fn values() -> Values<'static> {
        let all = [
            ("songs", vec!["/a b", "/c'd"]),
            ("out", vec!["/o"]),
            ("alpha", vec!["0.1"]),
            ("none", vec![""]),
            ("odd", vec![ODD]),
        ];
        all.into_iter()
            .map(|(name, v)| (name, v.into_iter().map(OsString::from).collect()))
            .collect()
    }

    fn filled(line: &str) -> String {
        expand(line, &values()).unwrap().into_string().unwrap()
    }

    /// Runs an expanded line, and returns what it prints.
    fn printed(line: &str) -> String {
        let output = std::process::Command::new("sh").arg("-c").arg(filled(line)).output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", filled(line));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn placeholders_become_words() {
        assert_eq!(filled("x {songs} > {out}/t"), r"x '/a b' '/c'\''d' > /o/t");
        assert_eq!(filled("x --alpha={alpha} {none}"), "x --alpha=0.1 ''");
    }

    #[test]
    fn other_braces_are_unchanged() {
        assert_eq!(filled("awk '{print $1}' ${HOME} {{out}}"), "awk '{print $1}' ${HOME} {out}");
    }

    #[test]
    fn unknown_name_is_rejected() {
        let error = expand("{song}", &values()).unwrap_err();
        assert!(error.to_string().contains("known: alpha, none, odd, out, songs"), "{error}");
    }

    #[test]
    fn preview_replaces_known_placeholders() {
        let known = [("alpha", vec![OsString::from("a b")])].into_iter().collect();
        assert_eq!(preview("f --a={alpha} {in} > {out}/x", &known), "f --a='a b' {in} > {out}/x");
    }

    #[test]
    fn value_reaches_the_program_unchanged_in_any_context() {
        for line in [
            "printf %s {odd}",
            "printf %s \"{odd}\"",
            "printf %s '{odd}'",
            "printf %s \"$(printf %s {odd})\"",
            "printf %s \"$(printf %s \"{odd}\")\"",
            "printf %s `printf %s x >&2` {odd}",
            "# isn't it {odd}\nprintf %s {odd}",
            "printf %s \\'{odd} | sed \"s/^'//\"",
        ] {
            assert_eq!(printed(line), ODD, "{line}");
        }
        assert_eq!(printed("printf %s --x={odd}y"), format!("--x={ODD}y"));
        assert_eq!(printed("printf '%s|' {songs} {none} \"{none}\""), "/a b|/c'd|||");
        assert_eq!(printed("printf '%s|' \"{songs}\""), "/a b /c'd|");
        assert_eq!(printed("(printf %s a#{odd})"), format!("a#{ODD}"));
    }

    #[test]
    fn path_may_be_invalid_utf_8() {
        let path = OsString::from_vec(b"/a\xff b".to_vec());
        let values = [("in", vec![path])].into_iter().collect();
        assert_eq!(expand("cat {in}", &values).unwrap().as_bytes(), b"cat '/a\xff b'");
    }
}
