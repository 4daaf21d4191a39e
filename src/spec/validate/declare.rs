//! The name, kind and outputs of each stage, read before anything else so that references can be checked.

use super::checks::{missing_key, name};
use super::outputs;
use crate::spec::{Entry, Location, Node, SpecErrorKind, SpecResult, StageKind, Vars};
use crate::text::suggest;
use std::collections::HashMap;
use std::path::Path;

/// A stage's name, kind and outputs.
pub(crate) struct Declared<'a> {
    pub(crate) name: &'a str,
    pub(crate) location: Location,
    pub(crate) node: &'a Node,
    pub(crate) kind: &'static StageKind,
    /// The declared outputs of a `command`; empty for other kinds.
    pub(crate) outputs: Vec<String>,
}

impl Declared<'_> {
    /// `stage 'train'`
    pub(crate) fn title(&self) -> String {
        format!("stage '{}'", self.name)
    }

    /// The names of its outputs.
    pub(crate) fn output_names(&self) -> Vec<&str> {
        match self.kind.is_command {
            true => self.outputs.iter().map(String::as_str).collect(),
            false => self.kind.outputs.iter().map(|output| output.name).collect(),
        }
    }
}

/// All stages of a file, in its order.
pub(crate) struct Stages<'a> {
    pub(crate) list: Vec<Declared<'a>>,
    pub(crate) by_name: HashMap<&'a str, usize>,
}

/// The file around a stage.
pub(crate) struct FileContext<'a> {
    pub(crate) root: &'a Path,
    pub(crate) vars: &'a Vars,
    pub(crate) declared: &'a Stages<'a>,
}

/// Reads names, kinds and outputs.
pub(crate) fn all<'a>(
    entries: &'a [Entry],
    kinds: &[&'static StageKind],
) -> SpecResult<Stages<'a>> {
    let list = entries.iter().map(|entry| one(entry, kinds)).collect::<SpecResult<Vec<_>>>()?;
    let by_name = list.iter().enumerate().map(|(index, stage)| (stage.name, index)).collect();
    Ok(Stages { list, by_name })
}

fn one<'a>(entry: &'a Entry, kinds: &[&'static StageKind]) -> SpecResult<Declared<'a>> {
    name("stage", &entry.key, entry.location)?;
    let title = format!("stage '{}'", entry.key);
    let node = &*entry.value;
    node.map(&title)?;
    let names = kinds.iter().map(|kind| kind.name);
    let Some(uses) = node.get("uses") else {
        return Err(missing_key("uses", &title, entry.location)
            .maybe_hint(suggest::listed("stage kinds", names)));
    };
    let written = uses.text(&format!("'uses' of {title}"))?;
    let Some(&kind) = kinds.iter().find(|kind| kind.name == written) else {
        return Err(SpecErrorKind::UnknownKind
            .at(uses.location, format!("unknown stage kind '{written}' of {title}"))
            .maybe_hint(suggest::or_list(written, "stage kinds", names)));
    };
    let outputs = node.get("outputs").filter(|_| kind.is_command);
    let outputs = outputs::outputs(outputs, &entry.key)?;
    Ok(Declared { name: &entry.key, location: entry.location, node, kind, outputs })
}
