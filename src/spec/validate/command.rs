//! `run:`, `outputs:` and `env:` of a `command` stage.

use super::super::error::{Location, SpecResult};
use super::super::error_kind::SpecErrorKind;
use super::super::model::Command;
use super::super::raw::tree::Node;
use super::super::vars::Vars;
use super::declare::Declared;
use super::{ONE_OF_TWO, missing_key, names_once};
use std::collections::BTreeMap;

const KEYS: [&str; 3] = ["run", "outputs", "env"];

/// What a command says of itself; `None` for other kinds, which may say nothing.
pub(crate) fn command(stage: &Declared<'_>, vars: &Vars) -> SpecResult<Option<Command>> {
    let title = stage.title();
    if !stage.kind.command {
        return match KEYS.iter().find_map(|&key| Some((key, field(stage, key)?))) {
            Some((key, location)) => {
                let (stage, kind) = (stage.name.to_owned(), stage.kind.name);
                Err(SpecErrorKind::NotACommand { key, stage, kind }.at(location))
            }
            None => Ok(None),
        };
    }
    let Some(run) = stage.node.get("run") else {
        return Err(missing_key("run", &title, stage.location)
            .hint("run: \"program {input} > {out}/file\"".to_owned()));
    };
    let what = format!("'run' of {title}");
    let line = vars.expand(run.text(&what)?, &what, run.location)?;
    if line.trim().is_empty() {
        return Err(SpecErrorKind::Empty { what, expected: "a command line" }.at(run.location));
    }
    let what = format!("'env' of {title}");
    let mut env = Vec::new();
    for (name, location) in names_once(stage.node.get("env"), &what)? {
        if name.is_empty() || name.contains(['=', '\0', '$']) {
            let (what, found) = (what.clone(), format!("string {name:?}"));
            let expected = "the name of an environment variable".to_owned();
            return Err(SpecErrorKind::WrongType { what, found, expected }.at(location));
        }
        env.push(name.to_owned());
    }
    Ok(Some(Command { run: line, outputs: stage.outputs.clone(), env }))
}

/// The declared outputs: relative paths that stay inside the stage's folder, none inside another.
pub(crate) fn outputs(node: Option<&Node>, stage: &str) -> SpecResult<Vec<String>> {
    let written = names_once(node, &format!("'outputs' of stage '{stage}'"))?;
    let mut names = Vec::new();
    for (path, location) in written {
        fits(path, stage, location)?;
        names.push((path, location));
    }
    // Some file systems do not tell upper and lower case apart.
    let mut folders: BTreeMap<String, &str> = BTreeMap::new();
    for &(path, location) in &names {
        if let Some(first) = folders.insert(folder(path), path) {
            let stage = stage.to_owned();
            if first.trim_end_matches('/') == path.trim_end_matches('/') {
                let what = format!("'outputs' of stage '{stage}'");
                let fault = SpecErrorKind::Duplicate { what, name: path.to_owned() };
                return Err(fault.at(location).hint(ONE_OF_TWO.to_owned()));
            }
            let (first, second) = (first.to_owned(), path.to_owned());
            let hint = "such files fall together where case does not count: rename one".to_owned();
            return Err(SpecErrorKind::SimilarOutputs { first, second, stage }
                .at(location)
                .hint(hint));
        }
    }
    for &(path, location) in &names {
        let inner = folder(path);
        let mut above = inner.match_indices('/').map(|(slash, _)| &inner[..slash]);
        if let Some(outer) = above.find_map(|outer| folders.get(outer)) {
            let hint =
                format!("'{}/' alone takes all that lies in it", outer.trim_end_matches('/'));
            let (outer, inner) = ((*outer).to_owned(), path.to_owned());
            let fault = SpecErrorKind::NestedOutputs { outer, inner, stage: stage.to_owned() };
            return Err(fault.at(location).hint(hint));
        }
    }
    Ok(names.into_iter().map(|(path, _)| path.to_owned()).collect())
}

/// A path as a file system without case sees it.
fn folder(path: &str) -> String {
    path.trim_end_matches('/').to_lowercase()
}

/// Longest name that file systems take, in bytes.
const LONGEST_NAME: usize = 255;

fn fits(path: &str, stage: &str, location: Location) -> SpecResult<()> {
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
        ("no pattern, variable or placeholder is put in here", "a folder 'NAME/' takes any files")
    } else if names.any(|name| name.len() > LONGEST_NAME) {
        ("a name in it is longer than 255 bytes", "shorten it")
    } else {
        return Ok(());
    };
    let (path, stage) = (path.to_owned(), stage.to_owned());
    Err(SpecErrorKind::InvalidOutput { path, stage, why }.at(location).hint(hint.to_owned()))
}

fn field(stage: &Declared<'_>, key: &str) -> Option<Location> {
    stage.fields.iter().find(|entry| entry.key == key).map(|entry| entry.location)
}
