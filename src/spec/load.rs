//! A file to a pipeline.

use super::raw::settings;
use super::{Location, Node, Pipeline, Setting, SpecError, SpecErrorKind, SpecResult, StageKind};
use super::{name, raw, validate};
use std::path::Path;
use std::rc::Rc;

/// Reads and validates a pipeline file with the settings of the command line.
///
/// `root` is the project; relative paths in the file start there. `kinds` are all stage kinds.
///
/// # Errors
/// Returns the first error, with its location.
pub fn load(
    path: &Path,
    root: &Path,
    kinds: &[&'static StageKind],
    settings: &[Setting],
) -> Result<Pipeline, SpecError> {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = name::name_of(&path)?;
    let validated = tree(&path).and_then(|mut tree| {
        settings::apply(settings, Rc::make_mut(&mut tree))?;
        validate::pipeline(&tree, &root, kinds)
    });
    let file = validated.map_err(|error| error.in_file(&path, &root, settings))?;
    let validate::ValidatedFile { about, seed, stages } = file;
    Ok(Pipeline { name, about, seed, path, root, stages })
}

/// Reads the `about:` of a file and checks nothing else.
pub(crate) fn about(path: &Path, root: &Path) -> Result<String, SpecError> {
    let about = tree(path).and_then(|tree| validate::about(&tree));
    about.map_err(|error| error.in_file(path, root, &[]))
}

fn tree(path: &Path) -> SpecResult<Rc<Node>> {
    let bytes = fs_err::read(path)
        .map_err(|error| SpecErrorKind::Unreadable.at(Location::WholeFile, error.to_string()))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let location = Location::of_byte(&valid, valid.len());
        SpecErrorKind::NotUtf8.at(location, "not UTF-8 text").hint("save the file as UTF-8")
    })?;
    raw::parse(text)
}
