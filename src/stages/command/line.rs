//! Placeholders of a command line.
//!
//! A value becomes one word of the shell's, wherever it stands: bare where it holds nothing that a shell
//! could take for its own, else quoted as the place asks (`{out}/x`, `"{out}/x"`, `--alpha={alpha}` and
//! `python3 -c 'print({alpha})'` all mean what they say).

mod quote;

use quote::Shell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// A placeholder that stands for nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{{{name}}}' stands for no input or parameter of this stage; known: {}", known.join(", "))]
pub(super) struct UnknownPlaceholder {
    pub(super) name: String,
    pub(super) known: Vec<String>,
}

/// What placeholders stand for: several values are as many words.
pub(super) type Values<'a> = BTreeMap<&'a str, Vec<OsString>>;

/// Puts values in the place of `{NAME}`; `{{` and `}}` are braces, and braces around anything but a name
/// (`${HOME}`, `{print $1}`) stay as they are.
pub(super) fn expand(line: &str, values: &Values<'_>) -> Result<OsString, UnknownPlaceholder> {
    put_in(line, |name| match values.get(name) {
        Some(found) => Ok(Some(found)),
        None => Err(UnknownPlaceholder {
            name: name.to_owned(),
            known: values.keys().map(|&known| known.to_owned()).collect(),
        }),
    })
}

/// The line with those placeholders put in that are known, for a person to read.
pub(super) fn preview(line: &str, values: &Values<'_>) -> String {
    let filled = put_in(line, |name| Ok::<_, std::convert::Infallible>(values.get(name)));
    match filled {
        Ok(line) => line.to_string_lossy().into_owned(),
    }
}

fn put_in<'a, E>(
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

/// The name in `{name}` at the start of a text.
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

    /// What a shell makes of a filled line.
    fn printed(line: &str) -> String {
        let output = std::process::Command::new("sh").arg("-c").arg(filled(line)).output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", filled(line));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn names_become_words() {
        assert_eq!(filled("x {songs} > {out}/t"), r"x '/a b' '/c'\''d' > /o/t");
        assert_eq!(filled("x --alpha={alpha} {none}"), "x --alpha=0.1 ''");
    }

    #[test]
    fn other_braces_stay() {
        assert_eq!(filled("awk '{print $1}' ${HOME} {{out}}"), "awk '{print $1}' ${HOME} {out}");
    }

    #[test]
    fn an_unknown_name_is_refused() {
        let error = expand("{song}", &values()).unwrap_err();
        assert!(error.to_string().contains("known: alpha, none, odd, out, songs"), "{error}");
    }

    #[test]
    fn a_preview_puts_in_what_it_knows() {
        let known = [("alpha", vec![OsString::from("a b")])].into_iter().collect();
        assert_eq!(preview("f --a={alpha} {in} > {out}/x", &known), "f --a='a b' {in} > {out}/x");
    }

    #[test]
    fn a_value_reaches_the_program_as_it_is_wherever_it_stands() {
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
    fn a_path_need_not_be_utf_8() {
        let path = OsString::from_vec(b"/a\xff b".to_vec());
        let values = [("in", vec![path])].into_iter().collect();
        assert_eq!(expand("cat {in}", &values).unwrap().as_bytes(), b"cat '/a\xff b'");
    }
}
