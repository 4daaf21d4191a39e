//! `outputs:` of a `command` stage.

use super::checks::{distinct_names, duplicate};
use crate::spec::{Location, Node, SpecErrorKind, SpecResult};
use std::collections::BTreeMap;

/// Reads the declared outputs: relative paths inside the stage's folder, none inside another.
pub(crate) fn outputs(node: Option<&Node>, stage: &str) -> SpecResult<Vec<String>> {
    let what = format!("'outputs' of stage '{stage}'");
    let names = distinct_names(node, &what)?;
    for &(path, location) in &names {
        check_output(path, stage, location)?;
    }
    // Some file systems ignore case.
    let mut folders: BTreeMap<String, &str> = BTreeMap::new();
    for &(path, location) in &names {
        if let Some(first) = folders.insert(folder(path), path) {
            if first.trim_end_matches('/') == path.trim_end_matches('/') {
                return Err(duplicate(&what, path, location));
            }
            let message =
                format!("outputs '{first}' and '{path}' of stage '{stage}' differ only in case");
            let error = SpecErrorKind::SimilarOutputs.at(location, message);
            return Err(error.hint("rename one: some file systems ignore case"));
        }
    }
    for &(path, location) in &names {
        let inner = folder(path);
        let mut above = inner.match_indices('/').map(|(slash, _)| &inner[..slash]);
        if let Some(outer) = above.find_map(|outer| folders.get(outer)) {
            let message = format!("output '{path}' of stage '{stage}' is inside output '{outer}'");
            let hint = format!("'{}/' includes everything in it", outer.trim_end_matches('/'));
            return Err(SpecErrorKind::NestedOutputs.at(location, message).hint(hint));
        }
    }
    Ok(names.into_iter().map(|(path, _)| path.to_owned()).collect())
}

/// A path on a file system that ignores case.
fn folder(path: &str) -> String {
    path.trim_end_matches('/').to_lowercase()
}

/// Longest name on common file systems, in bytes.
const MAX_NAME: usize = 255;

fn check_output(path: &str, stage: &str, location: Location) -> SpecResult<()> {
    let inside = "name a path below {out}, such as table.csv or plots/";
    let mut names = path.strip_suffix('/').unwrap_or(path).split('/');
    let (why, hint) = if path.starts_with('/') {
        ("it must be relative to {out}", inside)
    } else if names.clone().any(|name| name == "..") {
        ("it leaves the stage's folder", inside)
    } else if names.clone().any(|name| name.is_empty() || name == ".") {
        ("a name in it is empty or '.'", inside)
    } else if path.contains('\\') || path.contains(char::is_control) {
        ("it holds a character that no output may have", inside)
    } else if path.starts_with("{out}") {
        ("it must not begin with {out}, which it is relative to", inside)
    } else if path.contains(['{', '}', '*', '?', '$']) {
        ("patterns, variables and placeholders are not allowed", "a folder 'NAME/' takes any files")
    } else if names.any(|name| name.len() > MAX_NAME) {
        ("a name in it is longer than 255 bytes", "shorten it")
    } else {
        return Ok(());
    };
    let message = format!("output '{path}' of stage '{stage}': {why}");
    Err(SpecErrorKind::InvalidOutput.at(location, message).hint(hint))
}
