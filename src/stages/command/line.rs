//! Placeholders of a command line.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A placeholder that stands for nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{{{name}}}' stands for no input of this stage; known: {known}")]
pub(super) struct UnknownPlaceholder {
    name: String,
    known: String,
}

/// Puts quoted paths in the place of `{NAME}`; `{{` and `}}` are braces, and braces around anything but a
/// name (`${HOME}`, `{print $1}`) stay as they are.
pub(super) fn fill(
    line: &str,
    places: &BTreeMap<&str, Vec<PathBuf>>,
) -> Result<String, UnknownPlaceholder> {
    let mut filled = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        let after_dollar = filled.ends_with('$');
        rest = &rest[at..];
        if let Some(tail) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            filled.push_str(&rest[..1]);
            rest = tail;
            continue;
        }
        match name_of(rest).filter(|_| !after_dollar) {
            None => {
                filled.push_str(&rest[..1]);
                rest = &rest[1..];
            }
            Some(name) => {
                let paths = places.get(name).ok_or_else(|| UnknownPlaceholder {
                    name: name.to_owned(),
                    known: places.keys().copied().collect::<Vec<_>>().join(", "),
                })?;
                let quoted: Vec<String> =
                    paths.iter().map(|path| quote(&path.to_string_lossy())).collect();
                filled.push_str(&quoted.join(" "));
                rest = &rest[name.len() + 2..];
            }
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The name in `{name}` at the start of a text.
fn name_of(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?;
    let name = &inside[..inside.find('}')?];
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (!name.is_empty() && name.chars().all(fits)).then_some(name)
}

/// A text as one word of a shell line.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(line: &str) -> Result<String, UnknownPlaceholder> {
        let places = [
            ("songs", vec![PathBuf::from("/a b"), PathBuf::from("/c'd")]),
            ("out", vec![PathBuf::from("/o")]),
        ];
        fill(line, &places.into_iter().collect())
    }

    #[test]
    fn names_become_quoted_paths() {
        assert_eq!(filled("x {songs} > {out}/t").unwrap(), r"x '/a b' '/c'\''d' > '/o'/t");
    }

    #[test]
    fn other_braces_stay() {
        assert_eq!(
            filled("awk '{print $1}' ${HOME} {{out}}").unwrap(),
            "awk '{print $1}' ${HOME} {out}"
        );
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(filled("{song}").unwrap_err().to_string().contains("known: out, songs"));
    }
}
